package graph

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/google/uuid"

	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/skew"
)

// Config holds what a [Client] is made of. URL and Credential are required.
type Config struct {
	URL        string // root of Graph, such as https://graph.microsoft.com; also the audience of the tokens
	Credential azcore.TokenCredential

	// Scopes are those of the tokens; nil = everything that the application has been granted in
	// Graph (/.default). A person's client names the scopes that the person has signed in for,
	// written out, such as https://graph.microsoft.com/CloudPC.ReadWrite.All: the credential
	// finds a token in its cache only by them.
	Scopes []string

	// Renew returns a new credential with an empty token cache. It is called when Graph
	// refuses a token that has not expired: on a 401 without a challenge, or on a 403, since
	// an admin consent shows only in tokens issued after it. It is called at most once in
	// five minutes and must not wait for the network. With nil, a token is used until it
	// nearly expires.
	Renew func() (azcore.TokenCredential, error)

	Beta      bool            // allow reads of /beta: v1.0 has no status
	Timeout   time.Duration   // for one call, including its token, unless ctx ends sooner; 0 = 30 s
	Transport *http.Transport // copied: proxy, dialer and roots are honoured; nil = http.DefaultTransport
	Log       *slog.Logger    // every answer at Debug, long cooldowns at Warn; nil = no logging
	Observer  Observer        // nil = nobody

	// Now is the clock for cooldowns and for Renew. Deadlines use the wall clock. nil =
	// time.Now.
	Now func() time.Time
}

// Client talks to one Graph root. It is safe for concurrent use.
type Client struct {
	root    string // without a trailing slash
	host    string
	beta    bool
	timeout time.Duration
	scopes  []string
	log     *slog.Logger
	observe Observer
	now     func() time.Time // the wall clock, for deadlines
	clock   func() time.Time // for cooldowns and renewals
	many    *wire            // for reads
	once    *wire            // for the POST

	renew   func() (azcore.TokenCredential, error)
	mu      sync.Mutex            // guards route and renewed; held while a new token is fetched
	route   *route                // the one in use
	renewed time.Time             // when a new token was last requested
	refused atomic.Pointer[route] // the route whose token Graph refused last

	resting sync.Mutex    // serialises rest, so that a cooldown is logged once
	rests   cooldown.Book // cooldowns that Graph or Entra asked for, by key
	poorer  cooldown.Book // set, under the key beta, while beta refuses the newer field names
	skew    skew.Latest   // of Graph's clock
	listing shared        // the listing of all Cloud PCs in progress

	latest atomic.Pointer[ended] // nil = no call has ended yet
}

// New makes a client without connecting. An error names the field of c that is wrong.
func New(c Config) (*Client, error) {
	root, err := url.Parse(strings.TrimRight(c.URL, "/"))
	switch {
	case err != nil || root.Host == "" || root.User != nil || root.RawQuery != "" || root.Fragment != "":
		return nil, errors.New("graph: the URL of Graph is not valid; it has the form https://graph.microsoft.com")
	case root.Scheme != "https":
		return nil, errors.New("graph: the URL of Graph must begin with https://, because tokens are not sent in the clear")
	case c.Credential == nil:
		return nil, errors.New("graph: no credential is set")
	}
	base := c.Transport
	if base == nil {
		base = http.DefaultTransport.(*http.Transport)
	}
	client := &Client{
		root: root.String(), host: root.Host, beta: c.Beta,
		timeout: cmp.Or(c.Timeout, 30*time.Second), now: time.Now, clock: c.Now, renew: c.Renew,
		scopes: slices.Clone(c.Scopes),
		log:    cmp.Or(c.Log, slog.New(slog.DiscardHandler)),
	}
	if len(client.scopes) == 0 {
		client.scopes = []string{"https://" + root.Host + "/.default"}
	}
	if client.observe = c.Observer; client.observe == nil {
		client.observe = nobody{}
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
		AllowedHeaders: []string{"client-request-id", "x-ms-ags-diagnostic"}, // azcore's own log redacts every header not listed here or in its defaults
		PerRetry:       []policy.Policy{token},
	}, &policy.ClientOptions{
		Transport: w,
		Retry:     retry,
		Telemetry: policy.TelemetryOptions{Disabled: true}, // begin sets the User-Agent
	})
}

type callIDKey struct{}

// WithCallID makes the next call send id as its client-request-id instead of a fresh UUID.
// A caller that stores the id before the call can recognise the answer afterwards
// (learn.microsoft.com/graph/best-practices-concept).
func WithCallID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, callIDKey{}, id)
}

// call is one request and what is known about how it went.
type call struct {
	op, name, id string
	keys         []string // cooldown keys of what is read; none for the POST, which starts no cooldown
	route        *route   // the route it was sent by
	media        string   // of the answer, if that is not JSON's
	vouched      bool     // it is part of a batch answer known to be Graph's own
	token        string   // the token that was sent, so that it can be redacted from texts
	last         *attempt // nil = the pipeline never reached the wire
}

type callKey struct{}

// begin prepares a call to url and its request. The caller must cancel.
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

// url joins the escaped segments to the root of a Graph version.
func (c *Client) url(version string, segments ...string) string {
	u := c.root + "/" + version
	for _, s := range segments {
		u += "/" + url.PathEscape(s)
	}
	return u
}

// segment refuses what cannot be a path segment, or would make the path a different one.
func segment(op, what, s string) error {
	if s == "" || s == "." || s == ".." || len(s) > 256 || clean(s, 256) != s {
		return invalid(op, s, "this cannot be "+what)
	}
	return nil
}

// invalid is the error for a call that is refused before it is sent.
func invalid(op, name, why string) error {
	return &Error{Op: op, Name: name, Outcome: Refused, Err: &cause{why, ErrInvalid}}
}
