package slackio

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/skew"
)

// AppToken is what Slack says about an app-level token. Such a token belongs to an app and to no
// workspace.
type AppToken struct {
	App    string   // id of the app; "" = unknown
	Scopes []string // nil = Slack did not say
}

// ExamineAppToken asks Slack about the app-level token of a configuration. It calls auth.test, and
// apps.connections.open to see whether the token may open a socket. The address in that answer is
// thrown away: a socket that is dialled gets a share of the clicks, and nobody would answer them. The
// error is a *[TokenError] if Slack rejects the token.
func ExamineAppToken(ctx context.Context, c Config) (AppToken, error) {
	s := newClient(c)
	of := AppToken{App: appOf(c.AppToken.Reveal())}
	headers := func(h http.Header) {
		if list := h.Get("X-OAuth-Scopes"); list != "" {
			of.Scopes = splitScopes(list)
		}
	}
	var about struct {
		App string `json:"app_id"`
	}
	for _, method := range []string{"auth.test", opening} {
		err := s.send(ctx, method, url.Values{}, &c.AppToken, headers, &about)
		var no slack.SlackErrorResponse
		if errors.As(err, &no) && rejected(no.Err) {
			return of, &TokenError{"SLACK_APP_TOKEN", no.Err}
		}
		if err != nil {
			return of, newOutage(method, err)
		}
		if about.App != "" {
			of.App = about.App
		}
	}
	return of, nil
}

// App returns the id of the app that the bot token belongs to, from auth.test or else from bots.info
// (docs.slack.dev/reference/methods/bots.info, scope users:read).
func (s *Client) App(ctx context.Context) (string, error) {
	if s.identity.AppID != "" {
		return s.identity.AppID, nil
	}
	var answer struct {
		Bot struct {
			App string `json:"app_id"`
		} `json:"bot"`
	}
	err := s.asking(ctx, "bots.info", url.Values{"bot": {s.identity.BotID}}, &answer)
	return answer.Bot.App, err
}

// OneApp fails with a *[TwoAppsError] if the two tokens belong to different apps, as far as Slack says to
// which. app is the app-level token's; "" = what the token itself shows.
func (s *Client) OneApp(ctx context.Context, app string) error {
	if app == "" {
		app = appOf(s.AppToken.Reveal())
	}
	bot, err := s.App(ctx)
	if err != nil || bot == "" || app == "" || bot == app {
		return err
	}
	return &TwoAppsError{app, bot}
}

// Installed returns the name and the id of the workspace that the bot is installed in.
func (s *Client) Installed() (name, id string) { return s.identity.Team, s.identity.TeamID }

// Granted returns the scopes that Slack has granted to the bot token; false = it did not say.
func (s *Client) Granted() (names []string, known bool) {
	s.scopes.mu.Lock()
	defer s.scopes.mu.Unlock()
	return splitScopes(s.scopes.latest), s.scopes.latest != ""
}

// Skew returns how far Slack's clock is ahead of this machine's, by the Date of its latest answer; false
// = no answer had one.
func (s *Client) Skew() (ahead time.Duration, known bool) { return s.clock.Ahead() }

// dated is a transport that reads the service's clock from each answer.
type dated struct {
	http.RoundTripper
	clock *skew.Latest
}

func (d dated) RoundTrip(req *http.Request) (*http.Response, error) {
	sent := time.Now()
	resp, err := d.RoundTripper.RoundTrip(req)
	if err == nil {
		d.clock.Note(resp.Header, sent, time.Now())
	}
	return resp, err
}
