package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// SignInConfig is what a person's sign-in needs to know.
type SignInConfig struct {
	Tenant string // the tenant's id; never "organizations", which lets in people of any tenant
	Client string // the tenant's own public client; azidentity's default is an app of Microsoft's
	Scope  string // one delegated permission, written out, such as https://graph.microsoft.com/CloudPC.ReadWrite.All

	DisableInstanceDiscovery bool              // as in [CredentialConfig]
	Transport                http.RoundTripper // to Entra; nil = http.DefaultTransport
}

// SignIn is one person's sign-in by device code. It is used once: the credential holds one person's tokens, in
// memory and nowhere else, and nobody else's sign-in waits for it.
//
// It is azidentity's credential, because its tokens take part in continuous access evaluation. What that hides is why
// a sign-in failed: the answer's body is consumed. A policy in its pipeline reads it first.
type SignIn struct {
	cred   *azidentity.DeviceCodeCredential
	scopes policy.TokenRequestOptions
	prompt func(DeviceCode) error

	mu      sync.Mutex
	refusal *SignInError // the newest answer that says no, and not just not yet
	unshown error        // why the code could not be shown, which azidentity passes on as text only
}

// DeviceCode is what a person has to type where.
type DeviceCode struct {
	Code  string
	URL   string    // as Entra says it; it differs between clouds
	Until time.Time // by this machine's clock; azidentity does not pass on how long the code lives
}

// deviceCodeLife is how long Entra's codes live (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
const deviceCodeLife = 15 * time.Minute

// Account is who has signed in.
type Account struct {
	ObjectID string // oid, which never changes
	Tenant   string // tid: where they signed in
	Name     string // the user principal name, which may change
	Guest    bool   // of another organisation
}

// SignInError is why nobody has signed in.
type SignInError struct {
	Why    SignInFailure
	Code   string // OAuth's word, such as authorization_declined; "" = there was no answer
	Number int    // Entra's AADSTS number; 0 = there is none. Entra says that numbers may change
	Err    error
}

// SignInFailure is the kind of a [SignInError].
type SignInFailure string

// The kinds.
const (
	SignInDeclined  SignInFailure = "declined"   // the person said no
	SignInExpired   SignInFailure = "expired"    // nobody typed the code in time, or Conditional Access stopped them in the browser, which shows nowhere else
	SignInNotPublic SignInFailure = "not-public" // the app's registration does not allow public client flows
	SignInNoConsent SignInFailure = "no-consent" // an admin has to consent to the app's permission
	SignInWrongApp  SignInFailure = "wrong-app"  // the tenant has no such app, or no such permission
	SignInBlocked   SignInFailure = "blocked"    // the tenant does not allow it, and says so to the app
	SignInUnknown   SignInFailure = "unknown"    // no answer, or one that is not understood
)

func (e *SignInError) Error() string {
	text := "auth: sign-in: " + string(e.Why)
	if e.Code != "" {
		text += " (" + e.Code
		if e.Number != 0 {
			text += fmt.Sprintf(", AADSTS%d", e.Number)
		}
		text += ")"
	}
	return text
}

func (e *SignInError) Unwrap() error { return e.Err }

// NewSignIn prepares a sign-in; prompt is called with the code once there is one, and should return soon. NewSignIn contacts
// nobody.
func NewSignIn(c SignInConfig, prompt func(DeviceCode) error) (*SignIn, error) {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	s := &SignIn{prompt: prompt, scopes: policy.TokenRequestOptions{Scopes: []string{c.Scope}, EnableCAE: true}}
	var err error
	s.cred, err = azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Transport: &http.Client{Transport: c.Transport, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
			Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 5 * time.Second},
			Telemetry: policy.TelemetryOptions{ApplicationID: "cloudpc-bot"},
			// Outside of the retries, so that it sees the answer that counts.
			PerCallPolicies:  []policy.Policy{&readsRefusals{s}},
			PerRetryPolicies: []policy.Policy{wholeSeconds{}},
		},
		TenantID: c.Tenant, ClientID: c.Client, DisableInstanceDiscovery: c.DisableInstanceDiscovery,
		DisableAutomaticAuthentication: true, // a call to Graph never begins a sign-in
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			err := s.prompt(DeviceCode{Code: m.UserCode, URL: m.VerificationURL, Until: time.Now().Add(deviceCodeLife)})
			s.mu.Lock()
			s.unshown = err
			s.mu.Unlock()
			return err
		},
	})
	if err != nil {
		return nil, fmt.Errorf("auth: sign-in: %w", err)
	}
	return s, nil
}

// Wait begins the sign-in and returns who has signed in. It lasts until they are done, the code has expired or ctx ends;
// the error is then ctx's, or a [*SignInError]. It is called once.
func (s *SignIn) Wait(ctx context.Context) (Account, error) {
	record, err := s.cred.Authenticate(ctx, &s.scopes)
	if err != nil {
		return Account{}, s.failure(ctx, err)
	}
	oid, home, _ := strings.Cut(record.HomeAccountID, ".")
	return Account{ObjectID: oid, Tenant: record.TenantID, Name: record.Username, Guest: !strings.EqualFold(home, record.TenantID)}, nil
}

// failure is why Authenticate failed. What azidentity returns has lost it, and is not even the context's error where
// that has ended.
func (s *SignIn) failure(ctx context.Context, err error) error {
	s.mu.Lock()
	refusal, unshown := s.refusal, s.unshown
	s.mu.Unlock()
	switch {
	case unshown != nil:
		return fmt.Errorf("auth: sign-in: the code could not be shown: %w", unshown)
	case refusal != nil:
		refusal.Err = err
		return refusal
	case ctx.Err() != nil:
		return fmt.Errorf("auth: sign-in: %w", context.Cause(ctx))
	case strings.Contains(err.Error(), context.DeadlineExceeded.Error()): // the library's own end of the code's life
		return &SignInError{Why: SignInExpired, Err: err}
	}
	return &SignInError{Why: SignInUnknown, Err: err}
}

// Credential is the person's credential, for calls to Graph after [SignIn.Wait] has returned. It never begins a sign-in of its own.
func (s *SignIn) Credential() azcore.TokenCredential { return s.cred }

// readsRefusals is a policy that keeps what Entra says when it refuses.
type readsRefusals struct{ of *SignIn }

func (p *readsRefusals) Do(r *policy.Request) (*http.Response, error) {
	resp, err := r.Next()
	if err != nil || resp.StatusCode < http.StatusBadRequest {
		return resp, err
	}
	body, readErr := runtime.Payload(resp) // which leaves the body to be read again
	if readErr != nil {
		return resp, err
	}
	var said struct {
		Error string `json:"error"`
		Codes []int  `json:"error_codes"`
	}
	if json.Unmarshal(body, &said) != nil {
		return resp, err
	}
	refusal := &SignInError{Code: said.Error}
	if len(said.Codes) > 0 {
		refusal.Number = said.Codes[0]
	}
	if refusal.Why = meaning(refusal.Code, refusal.Number); refusal.Why == "" {
		return resp, err
	}
	p.of.mu.Lock()
	p.of.refusal = refusal
	p.of.mu.Unlock()
	return resp, err
}

// meaning is what Entra's refusal means; "" = that the person is not done yet. The words are OAuth's and Entra's
// (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code), the numbers only tell apart what has one word
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func meaning(code string, number int) SignInFailure {
	switch code {
	case "authorization_pending", "slow_down":
		return ""
	case "authorization_declined", "access_denied":
		return SignInDeclined
	case "expired_token", "code_expired":
		return SignInExpired
	case "unauthorized_client", "invalid_resource", "invalid_scope":
		return SignInWrongApp
	case "consent_required":
		return SignInNoConsent
	}
	switch number {
	case 7000218:
		return SignInNotPublic
	case 65001, 90094, 90095:
		return SignInNoConsent
	case 53003, 530033, 50097, 50105, 53000, 53001:
		return SignInBlocked
	case 700016, 650057:
		return SignInWrongApp
	}
	return SignInUnknown
}
