package ops

import (
	"strings"

	"cloudpc-bot/bot/slackio"
)

// groupScope is needed only if a list names a user group
// (docs.slack.dev/reference/methods/usergroups.users.list).
const groupScope = "usergroups:read"

// Scopes are the scopes of the manifest that a bot with these lists of people and user groups needs,
// each with the manifest's comment on what it is for.
func Scopes(lists ...[]string) (needed []slackio.Scope) {
	groups := hasGroup(lists...)
	for _, scope := range asked() {
		if scope.Name != groupScope || groups {
			needed = append(needed, scope)
		}
	}
	return needed
}

// asked reads the bot's scopes from the manifest: the lines "- name # why" below "bot:". A test checks
// that the manifest keeps this form.
func asked() (scopes []slackio.Scope) {
	_, list, _ := strings.Cut(slackManifest(), "\n    bot:\n")
	for line := range strings.Lines(list) {
		item, ok := strings.CutPrefix(strings.TrimSpace(line), "- ")
		if !ok {
			break
		}
		name, why, _ := strings.Cut(item, "#")
		scopes = append(scopes, slackio.Scope{Name: strings.TrimSpace(name), For: strings.TrimSpace(why)})
	}
	return scopes
}
