package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/uuid"

	"cloudpc-bot/bot/cooldown"
)

// Config is what a [Client] is made of. URL and Credential are required.
type Config struct {
	URL        string // root of Graph, https://graph.microsoft.com; also the audience of the tokens
	Credential azcore.TokenCredential

	// Renew makes the credential anew, with no token in its memory. It is called when Graph
	// refuses a token that has not expired (a 401 without a challenge, or a 403: a consent
	// counts only for tokens issued after it), and at most every five minutes. It must not
	// wait for the network. nil = a token is used until it nearly expires.
	Renew func() (azcore.TokenCredential, error)

	Beta      bool            // allow reads of /beta: without it no Cloud PC has a status
	Timeout   time.Duration   // of one call, token included, where ctx has no sooner deadline; 0 = 30 s
	Transport *http.Transport // copied: proxy, dialer and roots are honoured; nil = http.DefaultTransport
	Log       *slog.Logger    // hears every answer at Debug, long rests at Warn; nil = nobody does

	// Now is the clock of rests that a service asks for and of Renew; deadlines are the wall
	// clock's. nil = time.Now.
	Now func() time.Time
}

// Client speaks with one Graph. It is safe for concurrent use.
type Client struct {
	root    string // without a slash at the end
	host    string
	beta    bool
	timeout time.Duration
	scopes  []string
	log     *slog.Logger
	now     func() time.Time // for deadlines; the wall clock
	clock   func() time.Time // for rests and renewals
	many    *wire            // for reads
	once    *wire            // for the POST

	renew   func() (azcore.TokenCredential, error)
	mu      sync.Mutex            // guards route and renewed; held while a new token is fetched
	route   *route                // in use
	renewed time.Time             // when that was last tried
	doubted atomic.Pointer[route] // whose token Graph refused last

	resting sync.Mutex    // so that a rest is told once
	rests   cooldown.Book // what a service wants to be left alone, by key
	poorer  cooldown.Book // when beta refused the newer names of fields, under its version
	listing shared        // of all Cloud PCs
}

// New makes a client; it does not connect. An error names the field of c that is wrong.
func New(c Config) (*Client, error) {
	root, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case err != nil || root.Host == "" || root.User != nil || root.RawQuery != "" || root.Fragment != "":
		return nil, errors.New("graph: the URL of Graph is not one; it has the form https://graph.microsoft.com")
	case root.Scheme != "https":
		return nil, errors.New("graph: the URL of Graph must begin with https://, a token is not sent in the clear")
	case c.Credential == nil:
		return nil, errors.New("graph: there is no credential")
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	client := &Client{
		root: root.String(), host: root.Host, beta: c.Beta,
		timeout: cmp.Or(c.Timeout, 30*time.Second), now: time.Now, clock: c.Now, renew: c.Renew,
		scopes: []string{"https://" + root.Host + "/.default"},
		log:    cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
	}
	if client.clock == nil {
		client.clock = time.Now
	}
	client.rests.Now, client.poorer.Now = client.clock, client.clock
	client.many, client.once = &wire{base.Clone(), client}, &wire{onceOnly(base), client}
	client.route = client.connect(c.Credential)
	return client, nil
}

func pipeline(token policy.Policy, w *wire, retry policy.RetryOptions) runtime.Pipeline {
	return runtime.NewPipeline("graph", "v1.0.0", runtime.PipelineOptions{
		AllowedHeaders: []string{"client-request-id", "x-ms-ags-diagnostic"}, // in azcore's own log; the rest is redacted
		PerRetry:       []policy.Policy{token},
	}, &policy.ClientOptions{
		Transport: w,
		Retry:     retry,
		Telemetry: policy.TelemetryOptions{Disabled: true}, // we say who we are ourselves
	})
}

type callIDKey struct{}

// WithCallID has the next call send id as its client-request-id, instead of a
// fresh UUID. Whoever stores it before the call can recognise the answer after it.
func WithCallID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callIDKey{}, id)
}

// call is one request with what is known of how it went.
type call struct {
	op, name, id string
	keys         []string // of what is read; none = a rest is not its business
	route        *route   // that it took
	vouched      bool     // it is a part of an answer that is Graph's own
	token        string   // that was sent, so that no text repeats it
	last         *attempt // nil = the pipeline did not get that far
}

type callKey struct{}

// begin prepares a call to url and the request that makes it. The caller has to cancel.
func (c *Client) begin(ctx context.Context, op, name, method, url string) (*call, *policy.Request, context.CancelFunc, error) {
	k := &call{op: op, name: name}
	k.id, _ = ctx.Value(callIDKey{}).(string)
	if k.id == "" {
		k.id = uuid.NewString()
	}
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, callKey{}, k), c.timeout)
	req, err := runtime.NewRequest(ctx, method, url)
	if err != nil {
		cancel()
		return nil, nil, nil, invalid(op, name, "its address cannot be built")
	}
	h := req.Raw().Header
	h.Set("User-Agent", "cloudpc-bot")
	h.Set("Accept", "application/json")
	h.Set("client-request-id", k.id)
	return k, req, cancel, nil
}

// url joins escaped segments to the address of a version of Graph.
func (c *Client) url(version string, segments ...string) string {
	u := c.root + "/" + version
	for _, s := range segments {
		u += "/" + url.PathEscape(s)
	}
	return u
}

// segment refuses what cannot be part of an address, or would be another one.
func segment(op, what, s string) error {
	if s == "" || s == "." || s == ".." || len(s) > 256 || clean(s, 256) != s {
		return invalid(op, s, what+" cannot be one")
	}
	return nil
}

// invalid is the error for what is not even sent.
func invalid(op, name, why string) error {
	return &Error{Op: op, Name: name, Outcome: Refused, Err: &cause{why, ErrInvalid}}
}
