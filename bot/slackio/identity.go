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

// identity is what auth.test says of the bot.
type identity struct {
	URL                 string `json:"url"`
	TeamID              string `json:"team_id"`
	EnterpriseID        string `json:"enterprise_id"`
	UserID              string `json:"user_id"`
	User                string `json:"user"`   // the bot's name
	AppID               string `json:"app_id"` // Slack may leave it out
	BotID               string `json:"bot_id"` // as messages of the bot carry it
	IsEnterpriseInstall bool   `json:"is_enterprise_install"`
}

// identify asks who the bot is. Only a rejected token is final. Whatever else comes in place of
// an answer may pass: an outage, a proxy that is not configured yet, a page of something
// between, and also an error of Slack's that nobody knows.
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
	return identity{}, newOutage(err)
}

// outage is why Slack did not tell who the bot is, in the words of a log and of a probe.
type outage struct {
	text  string
	after time.Duration // that Slack asked to wait; 0 = it did not say
}

func (o *outage) Error() string        { return o.text }
func (o *outage) Is(target error) bool { return target == ErrUnreachable }

func (o *outage) Unwrap() error {
	if o.after == 0 {
		return nil
	}
	return &causes.ThrottledError{After: o.after}
}

func newOutage(err error) *outage {
	var no slack.SlackErrorResponse
	var slow *slack.RateLimitedError
	var status slack.StatusCodeError
	var page *notSlack
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &no):
		return &outage{text: "auth.test answered " + no.Err}
	case errors.As(err, &slow):
		return &outage{text: "auth.test answered 429", after: cooldown.Cap(slow.RetryAfter)}
	case errors.As(err, &status):
		return &outage{text: fmt.Sprintf("auth.test answered %d", status.Code)}
	case errors.As(err, &page):
		return &outage{text: fmt.Sprintf("auth.test answered %d with a page that is no JSON; is SLACK_API_URL right?", page.status)}
	case errors.As(err, &untrusted):
		return &outage{text: fmt.Sprintf("auth.test was not called: %v; if something between has a certificate of its own, name its root in CA_CERTS", withoutURL(err))}
	}
	return &outage{text: fmt.Sprintf("auth.test got no answer: %v", withoutURL(err))}
}

// notSlack is an answer that is none of Slack's.
type notSlack struct{ status int }

func (e *notSlack) Error() string {
	return fmt.Sprintf("status %d: no answer of Slack's; is SLACK_API_URL right?", e.status)
}

// appToken has the id of the app as its third part; Slack documents it nowhere, and shows it in
// every sample.
var appToken = regexp.MustCompile(`^xapp-[0-9]+-(A[A-Z0-9]+)-`)

// appOf is the id of the app that an app-level token belongs to; empty where it does not tell.
func appOf(token string) string {
	if found := appToken.FindStringSubmatch(token); found != nil {
		return found[1]
	}
	return ""
}

// twoApps is the error of tokens that do not belong together: commands would arrive for one app,
// and the other would answer.
func twoApps(app, bot string) error {
	return fmt.Errorf("slack: the two tokens belong to two apps: SLACK_APP_TOKEN to %s, SLACK_BOT_TOKEN to %s; "+
		"take both from the same app at https://api.slack.com/apps (Basic Information > App-Level Tokens, OAuth & Permissions > Bot User OAuth Token)", app, bot)
}

// greetedFor takes in for which app Slack has opened a socket.
func (s *Client) greetedFor(app string) {
	if app == "" {
		return
	}
	s.app.Store(&app)
	if s.home.AppID != "" && s.home.AppID != app {
		s.giveUp(twoApps(app, s.home.AppID))
	}
}

// Name is what people call the bot in Slack, without the @.
func (s *Client) Name() string { return s.home.User }

// Home is the organisation of the installation, as persons of it carry it.
func (s *Client) Home() string {
	if s.home.EnterpriseID != "" {
		return s.home.EnterpriseID
	}
	return s.home.TeamID
}

// org is the organisation that a team belongs to, as far as Slack has told. On Enterprise
// Grid the enterprise may stand in place of the team.
func (s *Client) org(team, enterprise string) string {
	grid := s.home.EnterpriseID
	switch {
	case team == s.home.TeamID, grid != "" && (enterprise == grid || team == grid):
		return s.Home()
	case enterprise != "":
		return enterprise
	}
	return team
}

func (s *Client) person(team, enterprise, user string) auth.Person {
	return auth.Person{Org: s.org(team, enterprise), ID: user}
}
