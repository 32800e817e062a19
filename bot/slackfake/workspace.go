package slackfake

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Config describes a workspace. The zero value is one in which nothing goes wrong. Defaults that name a number are
// Slack's.
type Config struct {
	Log *slog.Logger     // receives every call and frame at Debug; nil = nothing is logged
	Now func() time.Time // clock for timestamps and expiry; nil = time.Now

	PingEvery      time.Duration   // interval between the pings of a socket; 0 = 10s
	AckDeadline    time.Duration   // until a person sees operation_timeout; 0 = 3s
	WarningGrace   time.Duration   // time between a disconnect frame with "warning" and the close; 0 = 10s
	Farewell       time.Duration   // how long a socket is read after its close frame, at most; 0 = 1s, which is the fake's own choice
	ConnectionTime time.Duration   // how long a socket lives before it gets a "warning"; 0 = 18060s, as in captures of real hellos
	EventRetries   []time.Duration // waits before an unacknowledged event is sent again; nil = 0, 1m, 5m (docs.slack.dev/apis/events-api)
	AckAnywhere    bool            // accept an ack on a connection other than its envelope's; whether Slack does is unknown

	Pace  float64 // posts per second and channel, beyond which chat.postMessage answers 429; 0 = unlimited. Slack's: about 1
	Tier2 int     // calls per minute of each Tier 2 method (usergroups.*), beyond which it answers 429; 0 = unlimited. Slack's: 20 or more

	Host string      // host name in all URLs, for instance one that only a proxy resolves; "" = 127.0.0.1
	TLS  *tls.Config // must contain a certificate; URLs are then https and wss; nil = http and ws

	AppToken string // the app-level token; "" = a random one
	BotApp   string // the app that the bot's token belongs to, by the app_id in auth.test's answer; "" = AppID's, and the field is missing, as in Slack's documented sample
	NoAppID  bool   // auth.test's answer lacks app_id with a BotApp too; bots.info has it

	Team       string   // "" = T0HOME
	Enterprise string   // "" = not on Enterprise Grid
	OrgInstall bool     // the app is installed for the whole enterprise, not for one workspace
	Command    string   // "" = /reprovision
	Shortcuts  []string // callback ids of the global shortcuts; nil = reprovision
	NoEscape   bool     // the manifest says should_escape: false
}

func (c Config) complete() Config {
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	c.PingEvery = cmp.Or(c.PingEvery, 10*time.Second)
	c.AckDeadline = cmp.Or(c.AckDeadline, 3*time.Second)
	c.WarningGrace = cmp.Or(c.WarningGrace, 10*time.Second)
	c.Farewell = cmp.Or(c.Farewell, closeHandshake)
	c.ConnectionTime = cmp.Or(c.ConnectionTime, 18060*time.Second)
	c.Team = cmp.Or(c.Team, "T0HOME")
	c.Command = cmp.Or(c.Command, "/reprovision")
	if c.Shortcuts == nil {
		c.Shortcuts = []string{"reprovision"}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.EventRetries == nil {
		c.EventRetries = []time.Duration{0, time.Minute, 5 * time.Minute}
	}
	return c
}

const (
	botUser = "U0REPROBOT"
	botID   = "B0REPROBOT"
	appID   = "A0REPRO"
	domain  = "home"
)

// Workspace is one Slack workspace with one app installed. Its methods may be called from any goroutine.
type Workspace struct {
	cfg      Config
	server   *http.Server
	host     string // name:port
	appToken string
	botToken string
	done     chan struct{} // closed by Close

	mu       sync.Mutex // guards everything below
	changed  chan struct{}
	version  int
	lastTS   int64 // microseconds; the latest ts handed out
	serial   int
	scopes   map[string]bool
	noScopes bool              // answers do not carry X-OAuth-Scopes
	revoked  map[string]string // token → the error code that its calls get
	noTab    bool              // the app's messages tab is switched off
	people   map[string]*Person
	groups   map[string]*Group
	rooms    map[string]*room
	whispers []*Ephemeral
	shown    map[string][]string // person → what they were shown privately
	views    []*View
	triggers map[string]*trigger
	links    map[string]*responseLink
	events   map[string]bool // event types the app subscribed to

	calls     []*Call
	faults    []*failing
	nextPost  map[string]time.Time   // channel → when chat.postMessage is allowed again
	lately    map[string][]time.Time // Tier 2 method → its calls within the last minute
	onCall    []func(Call, string)
	onSocket  []func(string)
	tickets   map[string]time.Time
	sockets   []*socket
	opened    int
	turn      int // round robin over sockets
	envelopes map[string][]*envelope
	acks      []Ack
	wire      wire
}

// New starts a workspace on a free loopback port. The caller must end it with Close.
func New(cfg Config) (*Workspace, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("slackfake: %w", err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	w := &Workspace{
		cfg:       cfg.complete(),
		host:      net.JoinHostPort(cmp.Or(cfg.Host, "127.0.0.1"), port),
		appToken:  cmp.Or(cfg.AppToken, "xapp-1-"+appID+"-"+secret(8)+"-"+secret(32)),
		botToken:  "xoxb-" + secret(6) + "-" + secret(6) + "-" + secret(12),
		done:      make(chan struct{}),
		changed:   make(chan struct{}),
		revoked:   map[string]string{},
		people:    map[string]*Person{},
		groups:    map[string]*Group{},
		rooms:     map[string]*room{},
		shown:     map[string][]string{},
		triggers:  map[string]*trigger{},
		links:     map[string]*responseLink{},
		events:    map[string]bool{},
		nextPost:  map[string]time.Time{},
		lately:    map[string][]time.Time{},
		tickets:   map[string]time.Time{},
		envelopes: map[string][]*envelope{},
	}
	w.SetScopes("commands", "chat:write", "im:write", "users:read", "users:read.email", "channels:read", "groups:read", "usergroups:read")
	w.AddPerson(Person{ID: botUser, Name: "reprovision", RealName: "Reprovision Bot", Bot: true})

	mux := http.NewServeMux()
	mux.HandleFunc("/api/", w.serveAPI)
	mux.HandleFunc("/link/", w.serveLink)
	mux.HandleFunc("/hooks/", w.serveResponseURL)
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute, TLSConfig: cfg.TLS}
	go func() { // returns ErrServerClosed after Close
		if cfg.TLS != nil {
			_ = w.server.ServeTLS(ln, "", "")
		} else {
			_ = w.server.Serve(ln)
		}
	}()
	return w, nil
}

// Close drops all connections and frees the port. A Wait in progress fails. Close may be called more than once.
func (w *Workspace) Close() {
	w.mu.Lock()
	select {
	case <-w.done:
		w.mu.Unlock()
		return
	default:
	}
	close(w.done)
	open := append([]*socket(nil), w.sockets...)
	w.mu.Unlock()
	_ = w.server.Close()
	for _, s := range open {
		s.reset()
	}
}

// URL returns the root of the Web API with the trailing slash that clients expect.
func (w *Workspace) URL() string { return w.root("http") + "/api/" }

// root returns the server's URL without a path, for the scheme "http" or "ws".
func (w *Workspace) root(scheme string) string {
	if w.cfg.TLS != nil {
		scheme += "s"
	}
	return scheme + "://" + w.host
}

// AppToken returns the app-level token, which is good for apps.connections.open and auth.test.
func (w *Workspace) AppToken() string { return w.appToken }

// BotToken returns the bot's token, which is good for everything but apps.connections.open.
func (w *Workspace) BotToken() string { return w.botToken }

// BotUser returns the user id under which the bot posts.
func (w *Workspace) BotUser() string { return botUser }

// Team returns the id of the home team.
func (w *Workspace) Team() string { return w.cfg.Team }

// BotID returns the bot's bot_id, as in messages that it posted.
func (w *Workspace) BotID() string { return botID }

// AppID returns the id of the installed app.
func (w *Workspace) AppID() string { return appID }

// Version returns a number that grows with every change, for callers that poll.
func (w *Workspace) Version() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version
}

var errClosed = errors.New("slackfake: the workspace is closed")

// Wait returns nil as soon as cond is true. It evaluates cond again after every change in the workspace, so cond should
// depend on nothing else. It fails if ctx ends or the workspace is closed. The workspace is unlocked while cond runs.
func (w *Workspace) Wait(ctx context.Context, cond func() bool) error {
	for {
		w.mu.Lock()
		changed := w.changed
		w.mu.Unlock()
		if cond() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-w.done:
			return errClosed
		}
	}
}

// change runs f with the workspace locked, and wakes every Wait.
func (w *Workspace) change(f func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f()
	w.version++
	close(w.changed)
	w.changed = make(chan struct{})
}

// stamp returns a new ts, larger than all before. The workspace is locked.
func (w *Workspace) stamp() string {
	w.lastTS = max(w.cfg.Now().UnixMicro(), w.lastTS+1)
	return fmt.Sprintf("%d.%06d", w.lastTS/1e6, w.lastTS%1e6)
}

// next returns a new serial number. The workspace is locked.
func (w *Workspace) next() int {
	w.serial++
	return w.serial
}

// secret returns n random bytes in hex.
func secret(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// uuid returns a random (version 4) UUID.
func uuid() string {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
