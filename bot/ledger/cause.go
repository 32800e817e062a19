package ledger

import "strings"

// MissingScope is the cause for a Slack lookup that failed because the app lacks a scope. Needed
// is that scope, or a comma-separated list of which any one suffices. A list with an mpim scope is
// about a group direct message. The app requests no mpim scope on purpose, because the bot cannot
// be a member there and never posts there; so the cause is [OthersChat] instead of [NoScope].
func MissingScope(needed string) Cause {
	if strings.Contains(needed, "mpim:") {
		return Cause{Code: OthersChat}
	}
	return Cause{Code: NoScope, Detail: needed}
}
