package causes

import (
	"time"
)

// RefusedError is a refusal by Slack that a retry will not change.
type RefusedError struct {
	Op   string // the Web API method, such as chat.postMessage
	Code string // Slack's error code, such as is_archived
}

func (e *RefusedError) Error() string { return "slack: " + e.Op + ": " + e.Code }

// Gone reports whether the target no longer exists for the bot: the message was deleted, or the
// channel is archived, hidden from the bot, or one that the bot is not in.
func (e *RefusedError) Gone() bool {
	switch e.Code {
	case "message_not_found", "channel_not_found", "not_in_channel", "is_archived", "is_inactive":
		return true
	}
	return false
}

// MissingScopeError says that the bot's token lacks an OAuth scope. The operator has to reinstall
// the app from its manifest. It unwraps to a [RefusedError].
type MissingScopeError struct {
	Op     string // the Web API method
	Needed string // the scope, or a comma-separated list of which any one suffices; empty = Slack did not say
}

func (e *MissingScopeError) Error() string {
	return "slack: " + e.Op + ": missing_scope " + e.Needed
}

// Unwrap returns the plain refusal, for callers that do not care about the reason.
func (e *MissingScopeError) Unwrap() error { return &RefusedError{Op: e.Op, Code: "missing_scope"} }

// ThrottledError says that the call was not made, or not accepted, and should be repeated after
// After: Slack answered 429, a cooldown after such an answer is still running, or the channel's
// rate limiter has a long queue. Nothing was posted. A caller that comes back too early gets the
// same error again.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string { return "slack: asked to wait " + e.After.String() }
