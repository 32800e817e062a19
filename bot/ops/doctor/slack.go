package doctor

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/slackio"
)

// opener is the one scope of an app-level token that the bot needs.
const opener = "connections:write"

const reachSlack = "check that this machine reaches Slack (SLACK_API_URL, HTTPS_PROXY, CA_CERTS)"

// slack checks both tokens, what they may do, and what the configuration names in Slack.
func (c Case) slack(ctx context.Context, transport *http.Transport) (found []Finding) {
	setup := slackio.Config{
		AppToken: c.Config.SlackAppToken, BotToken: c.Config.SlackBotToken, APIURL: c.Config.SlackAPIURL,
		HTTP: &http.Client{
			Transport: transport, Timeout: 10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }, // the tokens must go to Slack and nowhere else
		},
		Log: slog.New(slog.DiscardHandler),
	}
	app, err := slackio.ExamineAppToken(ctx, setup)
	found = append(found, appToken(app, err)...)
	client, err := slackio.Open(ctx, setup)
	if err != nil {
		if errors.Is(err, slackio.ErrUnreachable) && slices.ContainsFunc(found, func(f Finding) bool { return errors.Is(f.Err, slackio.ErrUnreachable) }) {
			return found // once is enough
		}
		return append(found, tokenFault(err))
	}
	name, id := client.Installed()
	found = append(found, fine("slack tokens", "SLACK_BOT_TOKEN is good for @%s in the workspace %s (%s)", client.Name(), name, id))
	if err := client.OneApp(ctx, app.App); err != nil {
		found = append(found, oneApp(err)...)
	}
	granted, known := client.Granted()
	found = append(found, c.scopes(granted, known)...)
	if known {
		found = append(found, c.compared(granted)...)
	}
	found = append(found, Inspect(ctx, client, Setup{
		Admins: c.Config.Admins, Requesters: c.Config.Requesters, Channel: c.Config.ApprovalChannel,
		Approvals: c.Config.Approvals, AllowSelf: c.Config.AllowSelf, Notify: c.Config.NotifyApprovers,
		SelfService: c.Config.SelfService, SelfServiceApprovals: c.Config.SelfServiceApprovals,
	})...)
	ahead, known := client.Skew()
	return append(found, Clock("Slack", ahead, known)...)
}

// appToken tells what Slack says about the app-level token.
func appToken(app slackio.AppToken, err error) (found []Finding) {
	if err != nil {
		return []Finding{tokenFault(err)}
	}
	var more []string
	for _, scope := range app.Scopes {
		if scope != opener {
			more = append(more, scope)
		}
	}
	if len(more) > 0 {
		found = append(found, Finding{Level: Warn, Subject: "slack scopes", Text: "SLACK_APP_TOKEN has scopes that the bot does not use: " + strings.Join(more, ", "),
			Cure: "make one with " + opener + " alone at api.slack.com/apps › your app › Basic Information › App-Level Tokens, and revoke this one"})
	}
	text := "SLACK_APP_TOKEN may open a socket"
	if app.App != "" {
		text += " for the app " + app.App
	}
	return append(found, fine("slack tokens", "%s; none was opened", text))
}

// tokenFault tells why a token is of no use, or why Slack did not say.
func tokenFault(err error) Finding {
	f := failed("slack tokens", err, reachSlack)
	if errors.Is(err, slackio.ErrUnreachable) {
		f.Subject, f.Text = "slack tokens", "Slack could not be asked about the tokens: "+f.Text
	}
	return f
}

// oneApp tells that the tokens are of two apps, or that Slack did not say of which.
func oneApp(err error) []Finding {
	if errors.As(err, new(*slackio.TwoAppsError)) {
		return []Finding{failed("slack tokens", err, "")}
	}
	return []Finding{{Level: Warn, Subject: "slack tokens", Text: fmt.Sprintf("whether both tokens are of one app is not known: %v", err),
		Cure: "compare the App ID at api.slack.com/apps › your app › Basic Information with that in SLACK_APP_TOKEN, behind xapp-1-", Err: err}}
}
