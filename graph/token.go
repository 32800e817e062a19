package graph

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"cloudpc-bot/bot/cooldown"
)

// credential makes every failure of the one inside it a [*tokenError], and does not ask it
// while Entra wants to be left alone.
type credential struct {
	azcore.TokenCredential
	client *Client
}

func (c credential) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	if left := c.client.rests.Left(tokenKey); left > 0 {
		return azcore.AccessToken{}, &tokenError{retryAfter: left,
			text: "no token: Entra asked to be left alone for another " + left.Round(time.Second).String()}
	}
	t, err := c.TokenCredential.GetToken(ctx, o)
	if err != nil {
		failed := newTokenError(ctx, err, c.client.clock())
		c.client.rest("Entra", "token", failed.retryAfter, tokenKey)
		return azcore.AccessToken{}, failed
	}
	return t, nil
}

// tokenError is ErrNoToken, and ErrRejected where asking again cannot help. It
// does not keep azidentity's error, which holds the request with the secret and
// prints whole bodies.
type tokenError struct {
	code     string // AADSTS…, where Entra gave one
	traceID  string // Entra's, for Microsoft's support
	text     string
	rejected bool
	ctx      error // of the context, where that is why

	retryAfter time.Duration // for which Entra wants to be left alone; 0 = it did not say
}

func (t *tokenError) Error() string { return t.text }
func (t *tokenError) Unwrap() error { return t.ctx }
func (t *tokenError) NonRetriable() {}
func (t *tokenError) Is(target error) bool {
	return target == ErrNoToken || target == ErrRejected && t.rejected
}

// remedy says what to do about the rejections that are seen most.
var remedy = map[string]string{
	"AADSTS7000215":  "the client secret is wrong: AZURE_CLIENT_SECRET wants the secret's value, not its id",
	"AADSTS7000222":  "the client secret has expired: make a new one and set AZURE_CLIENT_SECRET",
	"AADSTS700016":   "the tenant has no such application: check AZURE_CLIENT_ID and AZURE_TENANT_ID",
	"AADSTS7000112":  "the application is disabled in the tenant",
	"AADSTS700027":   "the certificate is not registered with the application: check AZURE_CLIENT_CERTIFICATE_PATH",
	"AADSTS700213":   "the application has no federated credential for this workload's subject",
	"AADSTS90002":    "there is no such tenant: check AZURE_TENANT_ID and AZURE_AUTHORITY_HOST",
	"AADSTS900023":   "AZURE_TENANT_ID is neither a tenant's id nor its domain",
	"AADSTS500011":   "the tenant does not know the resource: check GRAPH_URL",
	"AADSTS53003":    "a Conditional Access policy of the tenant blocks the application",
	"AADSTS50049":    "the authority is unknown: check AZURE_AUTHORITY_HOST, or set AZURE_DISABLE_INSTANCE_DISCOVERY for a private one",
	"invalid_client": "check AZURE_CLIENT_ID and its secret or certificate",
}

// passing are errors of Entra that go away although they come with a 4xx.
var passing = []string{"temporarily_unavailable", "server_error", "AADSTS90033", "AADSTS50196", "AADSTS700024"}

var (
	aadsts    = regexp.MustCompile(`AADSTS\d{4,8}`)
	oauthCode = regexp.MustCompile(`^[a-z_]{1,40}$`)
	guid      = regexp.MustCompile(`^[0-9A-Fa-f-]{36}$`)
)

func newTokenError(ctx context.Context, err error, now time.Time) *tokenError {
	t := &tokenError{ctx: ctx.Err()}
	failed, ok := errors.AsType[*azidentity.AuthenticationFailedError](err)
	switch {
	case t.ctx != nil:
		t.text = "no token: Entra did not answer in time"
		if errors.Is(t.ctx, context.Canceled) {
			t.text = "no token: asked to stop while waiting for Entra"
		}
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

// read finds out what Entra's answer means. Its description is not repeated: it
// is long, and nobody promises that it does not echo what was sent.
func (t *tokenError) read(resp *http.Response) {
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
	t.rejected = resp.StatusCode/100 == 4 && resp.StatusCode != http.StatusTooManyRequests &&
		!slices.Contains(passing, answer.Error) && !slices.Contains(passing, t.code)

	t.text = "no token: Entra says " + strings.TrimSpace(t.code+" "+answer.Error)
	for _, about := range []string{t.code, answer.Error} {
		if do, ok := remedy[about]; ok {
			t.text += ": " + do
			break
		}
	}
	if t.code == "" {
		t.code = answer.Error
	}
}

// tellingParts begin what is worth telling of an error that azidentity has
// flattened to text. What precedes them is addresses, what is not listed could
// be anything.
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
