package causes

import (
	"time"
)

// RefusedError is Slack's no to something that trying again will not change.
type RefusedError struct {
	Op   string // Slack's method
	Code string // Slack's error
}

func (e *RefusedError) Error() string { return "slack: " + e.Op + ": " + e.Code }

// Gone reports whether there is nothing left to write to: the message was deleted, or the
// channel is closed to the bot.
func (e *RefusedError) Gone() bool {
	switch e.Code {
	case "message_not_found", "channel_not_found", "not_in_channel", "is_archived", "is_inactive":
		return true
	}
	return false
}

// MissingScopeError is a [RefusedError] for want of a scope: whoever runs the bot has to install
// its app anew from the manifest.
type MissingScopeError struct {
	Op     string // Slack's method
	Needed string // the scope, or several with commas between them of which one would do; empty = Slack did not say
}

func (e *MissingScopeError) Error() string {
	return "slack: " + e.Op + ": missing_scope " + e.Needed
}

// Unwrap is the same no, for those to whom its reason does not matter.
func (e *MissingScopeError) Unwrap() error { return &RefusedError{Op: e.Op, Code: "missing_scope"} }

// ThrottledError is Slack's wish to be asked later, or a turn that is not soon. Whoever asks
// before is told the same, and nothing was said.
type ThrottledError struct{ After time.Duration }

func (e *ThrottledError) Error() string { return "slack: asked to wait " + e.After.String() }
