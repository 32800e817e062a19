package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
)

// credential turns every failure of the credential inside it into a [*noTokenError], and does
// not ask Entra while Entra is in a cooldown.
type credential struct {
	azcore.TokenCredential
	client *Client
}

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if left := c.client.rests.Left(tokenKey); left > 0 {
		return azcore.AccessToken{}, &noTokenError{retryAfter: left,
			text: "no token: Entra asked for a cooldown, which ends in " + left.Round(time.Second).String()}
	}
	t, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		failed := newNoTokenError(ctx, err, c.client.clock())
		c.client.rest(serviceEntra, "token", failed.retryAfter, tokenKey)
		return azcore.AccessToken{}, failed
	}
	return t, nil
}

// noTokenError is ErrNoToken, and also ErrRejected or ErrSignInOver if asking again cannot help. It does not
// wrap azidentity's error, which holds the request with the secret and prints whole bodies.
type noTokenError struct {
	code     string // AADSTS…, if Entra gave one, else its OAuth error code
	traceID  string // Entra's trace id, for Microsoft's support
	text     string
	rejected bool
	over     bool  // the person has to sign in again
	ctx      error // the context's error, if that is the reason

	retryAfter time.Duration // the cooldown that Entra asked for; 0 = none
}

func (t *noTokenError) Error() string { return t.text }
func (t *noTokenError) Unwrap() error { return t.ctx }
func (t *noTokenError) NonRetriable() {}
func (t *noTokenError) Is(target error) bool {
	return target == ErrNoToken || target == ErrRejected && t.rejected || target == ErrSignInOver && t.over
}

var (
	aadsts    = regexp.MustCompile(`AADSTS\d{4,8}`)
	oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)
	guid      = regexp.MustCompile(`^[0-9A-Fa-f-]{36}$`)
)

func newNoTokenError(ctx context.Context, err error, now time.Time) *noTokenError {
	t := &noTokenError{ctx: ctx.Err()}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	_, over := errors.AsType[*azidentity.AuthenticationRequiredError](err)
	switch {
	case t.ctx != nil:
		t.text = "no token: Entra did not answer in time"
		if errors.Is(t.ctx, context.Canceled) {
			t.text = "no token: the caller gave up while waiting for Entra"
		}
	case over:
		t.over, t.text = true, "no token: the person's sign-in is over, and they have to sign in again"
	case ok && failed.RawResponse != nil:
		t.read(failed.RawResponse)
		if asksForRest(failed.RawResponse.StatusCode) {
			t.retryAfter = cooldown.RetryAfter(failed.RawResponse.Header.Get("Retry-After"), now)
		}
	default:
		t.text = "no token: " + plainReason(err.Error())
	}
	return t
}

// read works out what Entra's answer means. It does not repeat the description, which is long
// and not guaranteed not to echo what was sent.
func (t *noTokenError) read(resp *http.Response) {
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		TraceID     string `json:"trace_id"`
	}
	if body, err := runtime.Payload(resp); err == nil {
		_ = json.Unmarshal(body, &answer)
	}
	if !oauthCode.MatchString(answer.Error) {
		t.text = fmt.Sprintf("no token: Entra answered %d", resp.StatusCode)
		return
	}
	if guid.MatchString(answer.TraceID) {
		t.traceID = answer.TraceID
	}
	t.code = aadsts.FindString(answer.Description)
	why := causes.Entra(t.code, answer.Error)
	t.rejected = resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests && why.Retry != causes.Passes

	t.text = "no token: Entra says " + strings.TrimSpace(t.code+" "+answer.Error)
	if !why.IsZero() {
		t.text += ": " + strings.TrimSuffix(why.Text(), ".")
	}
	if t.code == "" {
		t.code = answer.Error
	}
}

// tellingParts mark the start of the useful part of an error that azidentity has flattened
// to text. What precedes it is addresses; what is not listed could be anything.
var tellingParts = []string{
	"x509:", "tls:", "proxyconnect", "lookup ", "dial tcp", "connection reset", "unexpected EOF", "EOF",
	"ManagedIdentityCredential", "DefaultAzureCredential", "WorkloadIdentityCredential", "EnvironmentCredential",
}

func plainReason(text string) string {
	for _, part := range tellingParts {
		if _, after, ok := strings.Cut(text, part); ok {
			after, _, _ = strings.Cut(after, ". To troubleshoot")
			return clean(part+after, 200)
		}
	}
	return "Entra gave no usable answer"
}
