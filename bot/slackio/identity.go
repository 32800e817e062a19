package slackio

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

// identity is what auth.test says about the bot (docs.slack.dev/reference/methods/auth.test).
type identity struct {
	URL                 string `json:"url"`
	Team                string `json:"team"` // the workspace's name
	TeamID              string `json:"team_id"`
	EnterpriseID        string `json:"enterprise_id"`
	UserID              string `json:"user_id"`
	User                string `json:"user"`   // the bot's user name
	AppID               string `json:"app_id"` // may be absent: Slack's documented sample lacks it
	BotID               string `json:"bot_id"` // as in messages that the bot posted
	IsEnterpriseInstall bool   `json:"is_enterprise_install"`
}

// identify asks Slack who the bot is. Only a rejected token is a final error. Everything else is treated
// as temporary: an outage, a proxy that is not configured yet, a page from something between the bot
// and Slack, and also an error code that is not known here.
func (s *Client) identify(ctx context.Context) (identity, error) {
	var id identity
	err := s.call(ctx, "auth.test", nil, &id)
	var no slack.SlackErrorResponse
	switch {
	case err == nil && id.TeamID == "":
		return identity{}, &outage{text: "auth.test answered without a team; is SLACK_API_URL right?"}
	case err == nil:
		return id, nil
	case errors.As(err, &no) && rejected(no.Err):
		return identity{}, &TokenError{"SLACK_BOT_TOKEN", no.Err}
	}
	return identity{}, newOutage("auth.test", err)
}

// outage says why a method, auth.test above all, gave no usable answer, in words for the log and the readiness probe. It
// matches ErrUnreachable.
type outage struct {
	text  string
	after time.Duration // how long Slack asked to wait; 0 = it did not say
}

func (o *outage) Error() string        { return o.text }
func (o *outage) Is(target error) bool { return target == ErrUnreachable }

func (o *outage) Unwrap() error {
	if o.after == 0 {
		return nil
	}
	return &causes.ThrottledError{After: o.after}
}

func newOutage(method string, err error) *outage {
	var no slack.SlackErrorResponse
	var slow *slack.RateLimitedError
	var status slack.StatusCodeError
	var page *notSlack
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &no):
		return &outage{text: method + " answered " + no.Err}
	case errors.As(err, &slow):
		return &outage{text: method + " answered 429", after: cooldown.Cap(slow.RetryAfter)}
	case errors.As(err, &status):
		return &outage{text: fmt.Sprintf("%s answered %d", method, status.Code)}
	case errors.As(err, &page):
		return &outage{text: fmt.Sprintf("%s answered %d with a page that is not JSON; is SLACK_API_URL right?", method, page.status)}
	case errors.As(err, &untrusted):
		return &outage{text: fmt.Sprintf("%s was not called: %v; if a proxy presents its own certificate, name its root in CA_CERTS", method, withoutURL(err))}
	}
	return &outage{text: fmt.Sprintf("%s got no answer: %v", method, withoutURL(err))}
}

// notSlack is an answer that did not come from Slack, such as a proxy's error page.
type notSlack struct{ status int }

func (e *notSlack) Error() string {
	return fmt.Sprintf("status %d: the answer is not from Slack; is SLACK_API_URL right?", e.status)
}

// appToken matches an app-level token, whose third part is the app id. Slack does not document that,
// but every sample shows it.
var appToken = regexp.MustCompile(`^xapp-[0-9]+-(A[A-Z0-9]+)-`)

// appOf returns the id of the app that an app-level token belongs to, or "" if the token does not show it.
func appOf(token string) string {
	if found := appToken.FindStringSubmatch(token); found != nil {
		return found[1]
	}
	return ""
}

// TwoAppsError says that the two tokens belong to different apps: commands would arrive for one app, and
// the other would answer.
type TwoAppsError struct{ App, Bot string } // ids of the apps: of the app-level token, and of the bot token

func (e *TwoAppsError) Error() string {
	return fmt.Sprintf("slack: the two tokens belong to two apps: SLACK_APP_TOKEN to %s, SLACK_BOT_TOKEN to %s; "+
		"take both from the same app at https://api.slack.com/apps (Basic Information > App-Level Tokens, OAuth & Permissions > Bot User OAuth Token)", e.App, e.Bot)
}

// greetedFor records the app id from a socket's hello, and ends Receive if the bot token belongs to
// another app.
func (s *Client) greetedFor(app string) {
	if app == "" {
		return
	}
	s.app.Store(&app)
	if s.identity.AppID != "" && s.identity.AppID != app {
		s.giveUp(&TwoAppsError{app, s.identity.AppID})
	}
}

// Name returns the bot's user name in Slack, without the @.
func (s *Client) Name() string { return s.identity.User }

// Home returns the id of the organisation that the bot is installed in: the enterprise's (E…) on
// Enterprise Grid, else the team's (T…). It is the Org of the people who belong to it.
func (s *Client) Home() string {
	if s.identity.EnterpriseID != "" {
		return s.identity.EnterpriseID
	}
	return s.identity.TeamID
}

// org returns the organisation that a team belongs to, as far as Slack has said. On Enterprise Grid
// Slack may give the enterprise's id in place of the team's.
func (s *Client) org(team, enterprise string) string {
	grid := s.identity.EnterpriseID
	switch {
	case team == s.identity.TeamID, grid != "" && (enterprise == grid || team == grid):
		return s.Home()
	case enterprise != "":
		return enterprise
	}
	return team
}

func (s *Client) person(team, enterprise, user string) auth.Person {
	return auth.Person{Org: s.org(team, enterprise), ID: user}
}
