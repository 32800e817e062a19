// Package slackio connects the bot to Slack: Socket Mode in, Web API out. It is the only package
// that knows Slack's wire formats.
//
// In: every envelope is handed to the handler once, and acknowledged when the handler has returned,
// on the connection that delivered it. The client keeps two connections open, connects a
// successor before it gives one up, and reads a connection that Slack is about to close until it is
// closed. A socket uses the same transport as API calls: one set of root certificates and one proxy
// configuration.
//
// slack-go's socketmode client is not used. It drops envelopes that arrive behind a disconnect frame,
// sends acknowledgements on whatever connection comes next, loses them on shutdown, and after a
// successful dial reconnects without any back-off (v0.35.0, measured against a local fake: 1,300 calls
// of apps.connections.open per second). Nor is gorilla/websocket, on which it is built: gorilla dials
// by itself, and v1.5.3 supports neither https:// nor socks5h:// proxies, so behind one of those the
// bot could call Slack but receive nothing. coder/websocket dials through net/http.
//
// The answer to a pressed button is sent after the acknowledgement and never in it, because Slack
// ignores the payload of that acknowledgement: a form is opened within the trigger's three seconds, a
// line is whispered. The request form is opened before anything is looked up, even before the
// acknowledgement is written, and filled by its id when the handler knows what it shows. The options of
// its menu and the errors below its fields do travel in acknowledgements.
//
// Out: posts to one channel are sent one at a time, at Slack's rate of about one per second. After a
// 429 a method is not called until its cooldown ends, five minutes at most. A post whose turn is far
// off does not block its caller: the caller gets an error that says when to come back. What Slack says
// about people, channels and user groups is cached for a minute, and each lookup is bounded by 1.5
// seconds; while such a method is cooling down, none is sent.
//
// No token, response_url, trigger_id or socket address appears in a log or in an error.
//
// Cases it cannot handle: it cannot tell whether a post arrived if the answer was lost. Slack accepts
// no idempotency key, so the caller posts again, and a channel may see a card twice. Nor can it tell
// from a press which organisation a person belongs to: on Enterprise Grid the payload names only one of
// their workspaces. The bot therefore asks users.info whenever it judges a person.
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
	"cloudpc-bot/bot/skew"
)

// Config says how to reach a workspace.
type Config struct {
	AppToken, BotToken auth.Secret
	APIURL             string        // root of the Web API, with a trailing slash: https://slack.com/api/
	Pace               time.Duration // minimum time between two posts to one channel; 0 = no limit. Slack allows about one a second: docs.slack.dev/apis/web-api/rate-limits
	HTTP               *http.Client  // must have a timeout, since slack-go sets none; sockets are dialed through its transport
	Log                *slog.Logger
	Observer           Observer         // nil = nobody
	Scopes             []Scope          // that the bot needs; those that Slack has not granted are logged
	Connections        int              // sockets to keep open; 0 = 2. Slack allows 10 per app: docs.slack.dev/apis/events-api/using-socket-mode
	Now                func() time.Time // clock for caches and expiry; nil = time.Now
}

// Client is the bot's connection to the workspace in which it is installed.
type Client struct {
	Config
	api      func() *slack.Client // a func and not a pointer: slack-go keeps the tokens as plain strings, and fmt would print them through a pointer
	sockets  http.RoundTripper    // transport through which sockets are dialed
	identity identity
	clock    *skew.Latest           // Slack's
	app      atomic.Pointer[string] // app id from Slack's latest hello; nil = not known yet

	fatal        chan error   // holds the first error that a retry cannot cure
	live         atomic.Int32 // open sockets that have received Slack's hello
	unreadable   atomic.Int64 // frames and envelopes that could not be decoded
	socketCounts socketCounts
	after        sync.WaitGroup // work that follows acknowledgements: forms and whispers
	drain        time.Duration  // see drainTimeout; a field so that tests can shorten it
	limiter      channelLimiter
	cooldowns    cooldowns
	whispers     whispers
	people       lookups[account]
	scopes       scopes
	places       lookups[auth.Place]
	groups       lookups[roster]
}

// TokenError says that Slack rejects a token for good. Its text tells the operator what to do.
type TokenError struct {
	Variable string // the environment variable that the token came from
	Code     string // Slack's error code
}

func (e *TokenError) Error() string {
	return fmt.Sprintf("slack: %s is rejected (%s); %s", e.Variable, e.Code, e.cure())
}

// cure is what the operator has to do.
func (e *TokenError) cure() string {
	cure := "copy it again from https://api.slack.com/apps, where the app has it under OAuth & Permissions > Bot User OAuth Token"
	if e.Variable == "SLACK_APP_TOKEN" {
		cure = "make a new one at https://api.slack.com/apps, under the app's Basic Information > App-Level Tokens, with the scope connections:write"
	}
	switch e.Code {
	case "missing_scope", "no_permission":
		if e.Variable == "SLACK_APP_TOKEN" { // its scopes are chosen when it is made
			return "it lacks the scope connections:write: " + cure
		}
		return "it lacks a scope: " + reinstall
	case "account_inactive", "token_revoked", "user_removed_from_team":
		cure = "the app was uninstalled or its token revoked: " + cure
	case "not_allowed_token_type":
		cure = "it is the wrong kind of token: SLACK_APP_TOKEN is xapp-…, SLACK_BOT_TOKEN is xoxb-…"
	}
	return cure
}

// ErrUnreachable says that Slack gave no usable answer when the bot started. A retry may help.
var ErrUnreachable = errors.New("slack: auth.test: Slack could not be reached")

// Open verifies the bot token with auth.test and learns which workspace the bot is installed in. It
// opens no socket; see [Client.Receive].
//
// If the error is [ErrUnreachable], a retry may help; if it is a *causes.ThrottledError as well, that
// says when. Every other error is final: a *TokenError, two tokens that belong to different apps, or
// an app that is installed for a whole organisation. Such an org-wide token would reach workspaces
// whose people and channels the allowlist does not know.
func Open(ctx context.Context, c Config) (*Client, error) {
	s := newClient(c)
	var err error
	if s.identity, err = s.identify(ctx); err != nil {
		return nil, err
	}
	if s.identity.IsEnterpriseInstall {
		return nil, errors.New("slack: the app is installed for the whole organisation; install it in one workspace instead (api.slack.com/apps > Install App), so that its allowlist is about one workspace's people")
	}
	if app := appOf(c.AppToken.Reveal()); app != "" && s.identity.AppID != "" && app != s.identity.AppID {
		return nil, &TwoAppsError{app, s.identity.AppID}
	}
	return s, nil
}

// newClient makes a client that has not called Slack yet.
func newClient(c Config) *Client {
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
	clock := &skew.Latest{}
	client.Transport = observed{retryAfter{dated{client.Transport, clock}, c.Now}, c.APIURL, c.observer()}
	c.HTTP = &client
	api := slack.New(c.BotToken.Reveal(), slack.OptionAppLevelToken(c.AppToken.Reveal()), slack.OptionAPIURL(c.APIURL),
		slack.OptionHTTPClient(c.HTTP))
	s := &Client{
		Config:    c,
		clock:     clock,
		api:       func() *slack.Client { return api },
		sockets:   sockets,
		fatal:     make(chan error, 1),
		drain:     drainTimeout,
		whispers:  whispers{now: c.Now},
		cooldowns: cooldowns{Book: cooldown.Book{Now: c.Now}},
		people:    lookups[account]{op: "users.info", now: c.Now},
		places:    lookups[auth.Place]{op: "conversations.info", now: c.Now},
		groups:    lookups[roster]{op: "usergroups.users.list", now: c.Now},
	}
	s.limiter.every = c.Pace
	return s
}

// Ready fails while no socket is open. Slack then tells everybody who types a command that the bot
// did not answer (dispatch_failed).
func (s *Client) Ready(context.Context) error {
	switch left := s.cooldowns.Left(opening); {
	case s.live.Load() > 0:
		return nil
	case left > 0:
		return fmt.Errorf("no socket to Slack is open: Slack asked to wait %s before the next", left.Round(time.Second))
	}
	return errors.New("no socket to Slack is open")
}

// rejected reports whether Slack's error code means that the token is refused for good.
func rejected(code string) bool {
	switch code {
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_allowed_token_type",
		"no_permission", "missing_scope", "user_removed_from_team", "team_disabled", "forbidden_team":
		return true
	}
	return false
}

// giveUp makes Receive return err. Only the first such error counts.
func (s *Client) giveUp(err error) {
	select {
	case s.fatal <- err:
	default:
	}
}

// withoutURL strips the URL from an error of net/http, because a response_url or a socket address is
// as good as a token. If the URL did not parse, the cause is dropped too, since it quotes part of it.
func withoutURL(err error) error {
	var e *url.Error
	switch {
	case !errors.As(err, &e):
		return err
	case e.Op == "parse":
		return errors.New("not a valid URL")
	}
	return e.Err
}
