package doctor

import (
	"slices"
	"strings"

	"cloudpc-bot/bot/slackio"
)

const (
	reinstall = "print the app's manifest with cloudpc-bot manifest, paste it at api.slack.com/apps › your app › App Manifest, and reinstall the app; the token stays the same"
	fewer     = "remove them at api.slack.com/apps › your app › OAuth & Permissions › Scopes, and reinstall the app: whoever gets hold of the token has them too"
)

// scopes compares what Slack has granted to the bot token with what the bot needs.
func (c Case) scopes(granted []string, known bool) (found []Finding) {
	if !known {
		return []Finding{{Level: Warn, Subject: "slack scopes", Text: "Slack's answers do not say which scopes the bot token has; a proxy may remove the header X-OAuth-Scopes",
			Cure: "compare the scopes at api.slack.com/apps › your app › OAuth & Permissions with what cloudpc-bot manifest prints"}}
	}
	for _, scope := range c.Scopes {
		if !slices.Contains(granted, scope.Name) {
			found = append(found, missingScope(scope))
		}
	}
	var more []string
	for _, name := range granted {
		if !slices.Contains(c.Known, name) {
			more = append(more, name)
		}
	}
	if len(more) > 0 {
		found = append(found, Finding{Level: Warn, Subject: "slack scopes", Text: "the bot token has scopes that the bot does not use: " + strings.Join(more, ", "), Cure: fewer})
	}
	if len(found) == 0 {
		found = append(found, fine("slack scopes", "the bot token has the scopes that it needs, and no others"))
	}
	return found
}

// MissingScopes says in one line that the bot token lacks scopes, and what to do.
func MissingScopes(scopes []slackio.Scope) string {
	var names []string
	for _, s := range scopes {
		names = append(names, s.Name)
	}
	return "the bot token lacks scopes that the bot needs: " + strings.Join(names, ", ") + "; " + reinstall
}

func missingScope(s slackio.Scope) Finding {
	text := "the bot token lacks the scope " + s.Name
	if s.For != "" {
		text += ", which the bot needs " + s.For
	}
	return Finding{Level: Fail, Subject: "slack scopes", Text: text, Cure: reinstall}
}
