package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azure "github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// SignInConfig is what a person's sign-in needs to know.
type SignInConfig struct {
	Tenant string // the tenant's id; never "organizations", which lets in people of any tenant
	Client string // the tenant's own public client; azidentity's default is an app of Microsoft's
	Scope  string // one delegated permission, written out, such as https://graph.microsoft.com/CloudPC.ReadWrite.All

	Cloud                    azure.Configuration // where people sign in; zero = as AZURE_AUTHORITY_HOST says, else the global cloud
	DisableInstanceDiscovery bool                // as in [CredentialConfig]
	Transport                http.RoundTripper   // to Entra; nil = http.DefaultTransport
}

// SignIn is one person's sign-in by device code. It is used once: the credential holds one person's tokens, in
// memory and nowhere else, and nobody else's sign-in waits for it.
//
// It is azidentity's credential, because its tokens take part in continuous access evaluation. What that hides, why a
// sign-in failed and how long a code lives, is read from Entra's answers on their way ([readsAnswers]).
type SignIn struct {
	cred   *azidentity.DeviceCodeCredential
	scopes policy.TokenRequestOptions
	begun  atomic.Bool
}

// DeviceCode is what a person has to type where.
type DeviceCode struct {
	Code  string
	URL   string    // as Entra says it; it differs between clouds
	Until time.Time // by this machine's clock
}

// DeviceCodeLife is how long a code lives if Entra's answer does not say it
// (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code).
const DeviceCodeLife = 15 * time.Minute

// Account is who has signed in.
type Account struct {
	ObjectID string // oid, which never changes; of a guest the one in their home tenant, which is not the one in this tenant
	Tenant   string // tid: where they signed in
	Name     string // the user principal name, which may change
	Guest    bool   // of another organisation
}

// SignInError is why nobody has signed in. It does not wrap azidentity's error, which prints whole answers, and an
// answer that cannot be read may hold tokens.
type SignInError struct {
	Why    SignInFailure
	Code   string // OAuth's word, such as authorization_declined; "" = there was no answer, or none with such a word
	Number int    // Entra's AADSTS number; 0 = there is none. Entra says that numbers may change
	Detail string // for operators: what the network said, or the status of an answer without a word; "" = nothing
}

// SignInFailure is the kind of a [SignInError].
type SignInFailure string

// The kinds.
const (
	SignInDeclined  SignInFailure = "declined"   // the person said no
	SignInExpired   SignInFailure = "expired"    // nobody typed the code in time, or Conditional Access stopped them in the browser, which shows nowhere else
	SignInNotPublic SignInFailure = "not-public" // the app's registration does not allow public client flows
	SignInNoConsent SignInFailure = "no-consent" // an admin has to consent to the app's permission
	SignInWrongApp  SignInFailure = "wrong-app"  // the tenant has no such app or has disabled it, there is no such permission, or no such tenant
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
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// NewSignIn prepares a sign-in; prompt is called with the code once there is one, and should return soon: Entra is asked
// whether the person is done only after that. An error of prompt ends the sign-in. NewSignIn contacts nobody.
func NewSignIn(c SignInConfig, prompt func(DeviceCode) error) (*SignIn, error) {
	switch { // azidentity would put something else in place of the first two
	case c.Tenant == "" || strings.EqualFold(c.Tenant, "organizations") || strings.EqualFold(c.Tenant, "common"):
		return nil, errors.New("auth: sign-in: no tenant is set, and people of any tenant must not sign in")
	case c.Client == "":
		return nil, errors.New("auth: sign-in: no public client is set")
	case c.Scope == "":
		return nil, errors.New("auth: sign-in: no scope is set")
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	s := &SignIn{scopes: policy.TokenRequestOptions{Scopes: []string{c.Scope}, EnableCAE: true}}
	var err error
	s.cred, err = azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		ClientOptions: azcore.ClientOptions{
			Cloud: c.Cloud,
			Transport: &http.Client{Transport: eachItsBody{c.Transport}, Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse // codes and tokens must go to the authority and nowhere else
			}},
			Retry:     policy.RetryOptions{MaxRetries: 2, RetryDelay: 500 * time.Millisecond, MaxRetryDelay: 5 * time.Second},
			Telemetry: policy.TelemetryOptions{ApplicationID: "cloudpc-bot"},
			// Outside of the retries, so that it sees the answer that counts.
			PerCallPolicies:  []policy.Policy{readsAnswers{}},
			PerRetryPolicies: []policy.Policy{wholeSeconds{}},
		},
		TenantID: c.Tenant, ClientID: c.Client, DisableInstanceDiscovery: c.DisableInstanceDiscovery,
		DisableAutomaticAuthentication: true, // a call to Graph never begins a sign-in
		UserPrompt: func(ctx context.Context, m azidentity.DeviceCodeMessage) error {
			got := answersIn(ctx)
			got.unshown = prompt(DeviceCode{Code: m.UserCode, URL: m.VerificationURL, Until: got.until})
			return got.unshown
		},
	})
	if err != nil {
		return nil, fmt.Errorf("auth: sign-in: %w", err)
	}
	return s, nil
}

var errBegun = errors.New("auth: sign-in: it has begun before, and a sign-in has one code")

// Wait begins the sign-in and returns who has signed in. It lasts until they are done, the code has expired or ctx ends;
// the error is then ctx's, prompt's, or a [*SignInError]. It is called once: a second call is an error, and contacts nobody.
func (s *SignIn) Wait(ctx context.Context) (Account, error) {
	if s.begun.Swap(true) {
		return Account{}, errBegun
	}
	got := &answers{}
	record, err := s.cred.Authenticate(context.WithValue(ctx, answersKey{}, got), &s.scopes)
	if err != nil {
		return Account{}, got.whyNobodySignedIn(ctx)
	}
	oid, home, _ := strings.Cut(record.HomeAccountID, ".")
	return Account{ObjectID: oid, Tenant: record.TenantID, Name: record.Username, Guest: !strings.EqualFold(home, record.TenantID)}, nil
}

// whyNobodySignedIn is why Authenticate failed. What azidentity returns has lost it, and is not even the context's error
// where that has ended.
func (a *answers) whyNobodySignedIn(ctx context.Context) error {
	switch {
	case a.refusal != nil:
		return a.refusal
	case ctx.Err() != nil:
		return fmt.Errorf("auth: sign-in: %w", context.Cause(ctx))
	case a.unshown != nil:
		return fmt.Errorf("auth: sign-in: the code could not be shown: %w", a.unshown)
	case !a.until.IsZero() && !time.Now().Before(a.until): // the library does not ask any more
		return &SignInError{Why: SignInExpired}
	case a.failed != nil:
		return &SignInError{Why: SignInUnknown, Detail: oneLine(a.failed.Error())}
	case a.answer != nil:
		return &SignInError{Why: SignInUnknown, Detail: fmt.Sprintf("an answer of %d that cannot be read", a.answer.StatusCode)}
	}
	return &SignInError{Why: SignInUnknown}
}

// meaning is what Entra's refusal means; "" = that the person is not done yet. The words are OAuth's and Entra's
// (learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code), the numbers tell apart what has one word
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func meaning(code string, number int) SignInFailure {
	if code == "authorization_pending" || code == "slow_down" {
		return ""
	}
	switch number { // before the words: Conditional Access too says access_denied
	case 7000218:
		return SignInNotPublic
	case 65001, 90094, 90095:
		return SignInNoConsent
	case 53003, 530033, 50097, 50105, 53000, 53001:
		return SignInBlocked
	case 700016, 650057, 7000112, 90002:
		return SignInWrongApp
	}
	switch code {
	case "authorization_declined", "access_denied":
		return SignInDeclined
	case "expired_token", "code_expired":
		return SignInExpired
	case "unauthorized_client", "invalid_resource", "invalid_scope":
		return SignInWrongApp
	case "consent_required":
		return SignInNoConsent
	}
	return SignInUnknown
}
