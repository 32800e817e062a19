package graphfake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// Config says how a tenant behaves. The zero value behaves well.
type Config struct {
	Log *slog.Logger     // one line per request at Debug; nil = silent
	Now func() time.Time // nil = time.Now; a clock moved by a test takes effect with the next request

	// Lag is how long after an accepted reprovision reads still show the old state: old
	// status, old ids, old action results. 0 = 300ms, negative = none.
	Lag time.Duration
	// Build is how long a machine stays in provisioning. 0 = 500ms, negative = until
	// [Tenant.Finish].
	Build time.Duration

	TokenLife  time.Duration  // lifetime of tokens from Entra; 0 = 1h
	PersonLife time.Duration  // the same of people's tokens; 0 = TokenLife
	Roles      []string       // app roles in tokens issued from now on; nil = CloudPC.ReadWrite.All
	Claims     map[string]any // claims of tokens issued from now on, in place of the usual ones
	PageSize   int            // machines on a page of a list; 0 = 100
	FilterV1   []string       // properties that $filter accepts in v1.0; nil = displayName, managedDeviceName, userPrincipalName
	FilterBeta []string       // the same in beta; nil = names, ids, status, types
	Host       string         // host name that clients use, such as one that a proxy resolves; "" = 127.0.0.1
	HTTP2      bool           // offer HTTP/2; "answered" then means that headers and data were sent

	NoPublicClient bool // the tenant does not know the public client, or has disabled it
	NotPublic      bool // the public client's registration does not allow public client flows
	NoConsent      bool // nobody has consented to what the public client asks for
	MustSignIn     bool // Entra renews no person's token without a sign-in, as when Conditional Access has changed
	SlowDown       bool // a token endpoint that is asked more often than its interval says slow_down

	WholeOr   bool     // honour an "or" between two properties; else only its first side, as a related service does
	FirstOnly bool     // honour only the first comparison of a filter
	Unheeded  []string // properties whose comparison a filter ignores: every machine passes it
	ExactCase bool     // filters compare with regard to case
	ZeroGUIDs bool     // ids of a machine being built are zero GUIDs instead of null
	NotInBeta []string // properties missing from beta: to $select one is a 400

	AuditLag      time.Duration // how late the audit log shows an event
	AuditDoubled  bool          // the audit log shows each event twice
	AuditShuffled bool          // the audit log shows events in no order
	NoAuditFilter bool          // a $filter of the audit log is a 400
	Correlation   string        // what correlationId is in events of calls: ClientRequestID, OwnCorrelation or NoCorrelation

	// ReportColumns is the order of the columns in the usage report, without those that it
	// does not name; nil = all, in the order of Microsoft's page.
	ReportColumns []string
}

func (c *Config) defaults() {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Lag == 0 {
		c.Lag = 300 * time.Millisecond
	}
	if c.Build == 0 {
		c.Build = 500 * time.Millisecond
	}
	if c.TokenLife == 0 {
		c.TokenLife = time.Hour
	}
	if c.Roles == nil {
		c.Roles = []string{readWrite}
	}
	if c.PageSize <= 0 {
		c.PageSize = 100
	}
	if c.FilterV1 == nil {
		c.FilterV1 = []string{"displayName", "managedDeviceName", "userPrincipalName"}
	}
	if c.FilterBeta == nil {
		c.FilterBeta = []string{
			"displayName", "managedDeviceName", "userPrincipalName", "id", "managedDeviceId", "aadDeviceId",
			"provisioningPolicyId", "servicePlanId", "status", "provisioningType", "servicePlanType", "productType",
		}
	}
}

// Tenant is one organisation: its directory, its Cloud PCs, and a log of the requests it
// received. Its methods may be called from any goroutine.
type Tenant struct {
	tenantID, clientID, principalID, clientSecret, publicClientID string

	url    string
	ca     []byte
	log    *slog.Logger
	now    func() time.Time
	server *http.Server
	done   chan struct{} // closed by Close
	close  func()
	door   *door

	mu       sync.Mutex // guards the fields below
	cfg      Config
	changed  chan struct{}       // closed and replaced at every change
	machines []*machine          // in the order they were added
	byID     map[string]*machine // the same machines by lower-case id
	running  map[*machine]bool   // machines whose run ends by itself as time passes
	images   map[string]*Image   // by lower-case id; nil = removed
	policies map[string]*Policy  // by lower-case id; includes every policy that a machine names
	added    int
	tokens   map[string]*token
	signIns  []*signIn
	grants   map[string]*grant // by refresh token
	aliases  map[string]bool   // other addresses of the root
	faults   []*pending
	calls    []*Call
	posts    []*Post
	audit    []AuditEvent
	hook     func(Call, string)
}

// New opens a tenant without Cloud PCs. It fails if there is no free port on 127.0.0.1.
func New(cfg Config) (*Tenant, error) {
	cfg.defaults()
	ca, tlsConfig, err := certificate(cfg.Host)
	if err != nil {
		return nil, fmt.Errorf("graphfake: certificate: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("graphfake: %w", err)
	}
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	t := &Tenant{
		tenantID: guid(), clientID: guid(), principalID: guid(), publicClientID: guid(), clientSecret: "fake~" + secret(24),
		url: "https://" + net.JoinHostPort(cmp.Or(cfg.Host, "127.0.0.1"), port), ca: ca, log: cfg.Log, now: cfg.Now, done: make(chan struct{}),
		cfg: cfg, changed: make(chan struct{}), tokens: map[string]*token{}, grants: map[string]*grant{}, aliases: map[string]bool{}, door: &door{Listener: ln},
		byID: map[string]*machine{}, running: map[*machine]bool{}, policies: map[string]*Policy{}, images: map[string]*Image{},
	}
	t.close = sync.OnceFunc(func() { close(t.done); _ = t.server.Close() })
	t.server = &http.Server{
		Handler: http.HandlerFunc(t.serve), TLSConfig: tlsConfig, ReadHeaderTimeout: 10 * time.Second,
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, wire{}, c) },
		ErrorLog:    slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
		Protocols:   new(http.Protocols),
	}
	t.server.Protocols.SetHTTP1(true)
	t.server.Protocols.SetHTTP2(cfg.HTTP2)
	go func() {
		if err := t.server.ServeTLS(t.door, "", ""); !errors.Is(err, http.ErrServerClosed) {
			cfg.Log.Error("fake Graph stopped serving", "error", err)
		}
	}()
	return t, nil
}

// URL is the root of Graph, without a trailing slash. Entra issues tokens for it as the
// resource.
func (t *Tenant) URL() string { return t.url }

// Alias adds another address under which clients know the root of Graph, such as that of a
// forwarder that a test puts in between: Entra issues tokens for it too.
func (t *Tenant) Alias(url string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.aliases[url] = true
}

// Authority is the value for AZURE_AUTHORITY_HOST.
func (t *Tenant) Authority() string { return t.url + "/" }

// CertPEM is the root certificate to trust, as content for a CA_CERTS file.
func (t *Tenant) CertPEM() []byte { return t.ca }

// TenantID is the value for AZURE_TENANT_ID.
func (t *Tenant) TenantID() string { return t.tenantID }

// ClientID is the value for AZURE_CLIENT_ID.
func (t *Tenant) ClientID() string { return t.clientID }

// ClientSecret is the value for AZURE_CLIENT_SECRET.
func (t *Tenant) ClientSecret() string { return t.clientSecret }

// Close stops the tenant at once, with every connection and every Wait.
func (t *Tenant) Close() { t.close() }

// Tune changes the settings while the tenant runs. Now, Log, Host and HTTP2 are fixed at
// New. The function must not call the tenant.
func (t *Tenant) Tune(change func(*Config)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.cfg)
	t.cfg.defaults()
	t.tell()
}

// Add adds a Cloud PC and returns it with its gaps filled. If it names a policy that nobody
// added, a fitting one is made; the same goes for Set. An id that is not a GUID or is
// already taken is a mistake of the caller: Add panics.
func (t *Tenant) Add(p CloudPC) CloudPC {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.follow(&p)
	p.fill(t.now())
	if !p.exists() && p.AADDeviceID == "" {
		p.lose(t.cfg.ZeroGUIDs)
	}
	if !isGUID(p.ID) || t.find(p.ID) != nil {
		panic(fmt.Sprintf("graphfake: Add: id %q is no GUID or is taken", p.ID))
	}
	t.cover(p)
	t.added++
	m := &machine{CloudPC: p, seq: t.added}
	t.machines = append(t.machines, m)
	t.byID[strings.ToLower(p.ID)] = m
	t.tell()
	return p.clone()
}

// Set changes a Cloud PC while the tenant runs: drift, a rename, another user, power. It
// changes what reads show, never the run behind it. The function must not call the tenant.
// An unknown id panics, as in every method that takes one.
func (t *Tenant) Set(id string, change func(*CloudPC)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	m := t.must(id)
	change(&m.CloudPC)
	m.LastModifiedDateTime = t.now()
	t.cover(m.CloudPC)
	t.settle()
	t.tell()
}

// Remove takes a Cloud PC out of the tenant; reads of it are 404 from now on.
func (t *Tenant) Remove(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	gone := t.must(id)
	t.machines = slices.DeleteFunc(t.machines, func(m *machine) bool { return m == gone })
	delete(t.byID, strings.ToLower(id))
	delete(t.running, gone)
	t.tell()
}

// PC is a Cloud PC as reads show it now.
func (t *Tenant) PC(id string) CloudPC {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	return t.must(id).picture(t.now())
}

// PCs are the Cloud PCs as reads show them now, in the order in which they were added.
func (t *Tenant) PCs() []CloudPC {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.settle()
	all := make([]CloudPC, 0, len(t.machines))
	for _, m := range t.machines {
		all = append(all, m.picture(t.now()))
	}
	return all
}

// find looks up a machine; ids are GUIDs, so case does not matter.
func (t *Tenant) find(id string) *machine { return t.byID[strings.ToLower(id)] }

func (t *Tenant) must(id string) *machine {
	m := t.find(id)
	if m == nil {
		panic(fmt.Sprintf("graphfake: no Cloud PC %q", id))
	}
	return m
}

// tell wakes every Wait. The caller holds mu.
func (t *Tenant) tell() {
	close(t.changed)
	t.changed = make(chan struct{})
}

// Wait returns when the condition holds. It is checked at once and after every change: a
// call, an answer, a step of a life cycle. The condition may call the tenant. If ctx ends
// first, Wait returns its cause.
func (t *Tenant) Wait(ctx context.Context, condition func() bool) error {
	for {
		t.mu.Lock()
		t.settle()
		changed := t.changed
		t.mu.Unlock()
		if condition() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("graphfake: wait: %w", context.Cause(ctx))
		case <-t.done:
			return errors.New("graphfake: wait: tenant closed")
		}
	}
}
