// Package slackio is Slack as the bot's inbox and outbox: Socket Mode in, Web API out.
// It is the one package that knows Slack's wire.
//
// In: every envelope that arrives is handed over once and acknowledged, on the
// connection that brought it, when the handler has returned. Two connections are kept,
// a successor is made before one is broken, and a connection that is about to be closed
// is read until it is. A socket goes the way that calls go: one transport, one set of roots, one
// rule for the proxy. slack-go's socketmode client is not used for this: it drops what
// arrives behind a disconnect frame, sends acknowledgements on whatever connection
// comes next, and dials without a pause. Nor is gorilla/websocket, under it: it dials by itself,
// and knows neither a proxy that speaks TLS nor socks5h, so that behind one the bot would call
// and never hear. coder/websocket dials through net/http.
//
// Whoever pressed a button is answered behind its acknowledgement and never in it, since
// Slack reads nothing there: a form within the trigger's three seconds, a line by whisper.
//
// Out: posts to one channel keep Slack's pace, in one line; a method that Slack wants left
// alone is not called until then, but tried again after five minutes at the latest. Whose turn
// is far off is told when to come back, and waits elsewhere. What Slack says
// of people, channels and user groups is kept for a minute at most, and asked for a second
// and a half; while it wants to be left alone with such a question, none is asked.
//
// A token, a response_url, a trigger_id or the address of a socket is in no log and in no
// error.
//
// What it cannot do: know whether a post arrived whose answer was lost. Slack takes no
// idempotency key, so the caller posts again, and a channel may see a card twice. Nor can
// it tell from a press to which organisation somebody belongs: on Enterprise Grid Slack sends
// one workspace of theirs. What users.info says decides, whenever somebody is judged.
package slackio

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/cooldown"
)

// Config is how to reach a workspace.
type Config struct {
	AppToken, BotToken auth.Secret
	APIURL             string        // Slack's root, with a slash at its end
	Pace               time.Duration // least time between two posts to one channel; 0 = none
	HTTP               *http.Client  // with a timeout: slack-go has none of its own; sockets go through its transport too
	Log                *slog.Logger
	Scopes             []Scope          // that the bot needs; what Slack has not granted of them is logged
	Connections        int              // sockets to keep open; 0 = 2
	Now                func() time.Time // for what is kept and expires; nil = time.Now
}

// Client is one installation of the bot in a workspace.
type Client struct {
	Config
	api     func() *slack.Client // no pointer: slack-go holds the tokens as strings, and fmt may follow one (%s)
	sockets http.RoundTripper    // what they are dialed through
	home    identity
	app     atomic.Pointer[string] // id of the app, by Slack's newest hello; nil = not named so far

	fatal        chan error   // holds the first error that is for good
	live         atomic.Int32 // sockets that are open and greeted
	unreadable   atomic.Int64 // frames and envelopes that were not understood
	socketCounts socketCounts
	after        sync.WaitGroup // what is said behind acknowledgements
	drain        time.Duration  // see drainTimeout
	limiter      channelLimiter
	cooldowns    cooldowns
	whispers     whispers
	people       lookups[auth.Standing]
	scopes       scopes
	places       lookups[auth.Place]
	groups       lookups[roster]
}

// TokenError is a token that Slack rejects for good.
type TokenError struct {
	Variable string // the setting it came from
	Code     string // Slack's error
}

func (e *TokenError) Error() string {
	cure := "copy it anew from https://api.slack.com/apps, where the app has it under OAuth & Permissions > Bot User OAuth Token"
	if e.Variable == "SLACK_APP_TOKEN" {
		cure = "make a new one at https://api.slack.com/apps, under the app's Basic Information > App-Level Tokens, with the scope connections:write"
	}
	switch e.Code {
	case "missing_scope", "no_permission":
		cure = "it lacks a scope: " + reinstall
	case "account_inactive", "token_revoked", "user_removed_from_team":
		cure = "the app was uninstalled or its token revoked: " + cure
	case "not_allowed_token_type":
		cure = "it is of another kind: SLACK_APP_TOKEN is xapp-…, SLACK_BOT_TOKEN is xoxb-…"
	}
	return fmt.Sprintf("slack: %s is rejected (%s); %s", e.Variable, e.Code, cure)
}

// ErrUnreachable is Slack without an answer of use at the start; it may pass.
var ErrUnreachable = errors.New("slack: auth.test: not reached")

// Open proves the bot token and learns where home is. An error that is ErrUnreachable may
// pass; one that is a *causes.ThrottledError too says when to try again. Whatever else it fails
// with does not pass: a *TokenError, tokens of two apps, and an app that is installed for a
// whole organisation at once, whose one token would reach workspaces whose people and
// channels the allowlist knows nothing of.
func Open(ctx context.Context, c Config) (*Client, error) {
	if c.Connections == 0 {
		c.Connections = 2
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	client := *c.HTTP
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	sockets := client.Transport
	client.Transport = retryAfter{client.Transport, c.Now}
	c.HTTP = &client
	api := slack.New(c.BotToken.Reveal(), slack.OptionAppLevelToken(c.AppToken.Reveal()), slack.OptionAPIURL(c.APIURL),
		slack.OptionHTTPClient(c.HTTP))
	s := &Client{
		Config:    c,
		api:       func() *slack.Client { return api },
		sockets:   sockets,
		fatal:     make(chan error, 1),
		drain:     drainTimeout,
		whispers:  whispers{now: c.Now},
		cooldowns: cooldowns{Book: cooldown.Book{Now: c.Now}},
		people:    lookups[auth.Standing]{op: "users.info", now: c.Now},
		places:    lookups[auth.Place]{op: "conversations.info", now: c.Now},
		groups:    lookups[roster]{op: "usergroups.users.list", now: c.Now},
	}
	s.limiter.every = c.Pace
	var err error
	if s.home, err = s.identify(ctx); err != nil {
		return nil, err
	}
	if s.home.IsEnterpriseInstall {
		return nil, errors.New("slack: the app is installed for the whole organisation; install it in one workspace instead (api.slack.com/apps > Install App), so that its allowlist is about one workspace's people")
	}
	if app := appOf(c.AppToken.Reveal()); app != "" && s.home.AppID != "" && app != s.home.AppID {
		return nil, twoApps(app, s.home.AppID)
	}
	return s, nil
}

// Ready fails while no socket is open: then Slack tells whoever types a command that the
// bot does not answer.
func (s *Client) Ready(context.Context) error {
	if s.live.Load() == 0 {
		return errors.New("no socket to Slack is open")
	}
	return nil
}

// rejected reports whether Slack's error is about a token and will not pass.
func rejected(code string) bool {
	switch code {
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
		"no_permission", "missing_scope", "user_removed_from_team", "team_disabled", "forbidden_team":
		return true
	}
	return false
}

// giveUp ends Receive with an error that is for good.
func (s *Client) giveUp(err error) {
	select {
	case s.fatal <- err:
	default:
	}
}

// withoutURL strips the address from an error of net/http: a response_url or a socket's
// address is as good as a token. Of one that does not parse, the cause quotes a part.
func withoutURL(err error) error {
	var e *url.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Op == "parse":
		return errors.New("the address is not one")
	}
	return e.Err
}
