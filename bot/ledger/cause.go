package ledger

import "strings"

// MissingScope is the cause of a look-up in Slack for which the app lacks a scope: needed is that
// scope, or several with commas between them of which one would do. For group direct messages
// the app asks for none, because nothing is told there: that is a chat that the bot cannot be in.
func MissingScope(needed string) Cause {
	if strings.Contains(needed, "mpim:") {
		return Cause{Code: OthersChat}
	}
	return Cause{Code: NoScope, Detail: needed}
}
