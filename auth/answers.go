package auth

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
)

// answers is what became of the requests to Entra within one call of a person's credential, which azidentity does not
// pass on. The newest request counts: the fields but until and unshown are about that one.
type answers struct {
	until   time.Time // when the code expires
	unshown error     // why the code could not be shown

	answer  *http.Response // nil = there was no request, or no answer
	failed  error          // why there was no answer
	refusal *SignInError   // nil = the answer does not say no, or just not yet
}

type answersKey struct{}

// answersIn is what a call's context carries; a call without has its own.
func answersIn(ctx context.Context) *answers {
	if a, ok := ctx.Value(answersKey{}).(*answers); ok {
		return a
	}
	return &answers{}
}

// readsAnswers is a policy that keeps what Entra answers, and has a sign-in begun at most once: a second request for a
// code, after an answer that was lost, would leave a code that nobody has been shown.
type readsAnswers struct{}

func (readsAnswers) Do(r *policy.Request) (*http.Response, error) {
	ctx := r.Raw().Context()
	a, begins := answersIn(ctx), strings.HasSuffix(r.Raw().URL.Path, "/devicecode")
	if begins {
		r = r.WithContext(policy.WithRetryOptions(ctx, policy.RetryOptions{MaxRetries: -1}))
	}
	a.answer, a.failed, a.refusal = nil, nil, nil
	resp, err := r.Next()
	if err != nil {
		a.failed = err
		return resp, err
	}
	body, err := runtime.Payload(resp) // which leaves the body to be read again
	if err != nil {
		a.failed = err
		return nil, err
	}
	var said struct {
		Error   string `json:"error"`
		Codes   []int  `json:"error_codes"`
		Expires int    `json:"expires_in"`
	}
	_ = json.Unmarshal(body, &said)                                                                                     // what is missing is zero
	a.answer = &http.Response{StatusCode: resp.StatusCode, Status: resp.Status, Header: resp.Header, Body: http.NoBody} // never a body that may hold tokens
	if resp.StatusCode < http.StatusBadRequest {
		if begins {
			a.until = time.Now().Add(DeviceCodeLife)
			if said.Expires > 0 {
				a.until = time.Now().Add(time.Duration(said.Expires) * time.Second)
			}
		}
		return resp, nil
	}
	a.answer.Body = io.NopCloser(bytes.NewReader(body))
	a.refusal = &SignInError{Why: SignInUnknown, Detail: fmt.Sprintf("an answer of %d", resp.StatusCode)}
	if oauthWord.MatchString(said.Error) { // else it is not Entra's
		a.refusal = &SignInError{Code: said.Error}
		if len(said.Codes) > 0 {
			a.refusal.Number = said.Codes[0]
		}
		if a.refusal.Why = meaning(a.refusal.Code, a.refusal.Number); a.refusal.Why == "" {
			a.refusal = nil
		}
	}
	return resp, nil
}

// eachItsBody gives each attempt a body of its own. azcore rewinds its one body for the next attempt, while net/http
// may still be reading it.
type eachItsBody struct{ http.RoundTripper }

// RoundTrip implements [http.RoundTripper].
func (t eachItsBody) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		_ = req.Body.Close() // a RoundTripper has to, and what it closes is memory
		if err != nil {
			return nil, err
		}
		req = req.Clone(req.Context())
		req.Body, req.GetBody = io.NopCloser(bytes.NewReader(body)), func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	}
	return t.RoundTripper.RoundTrip(req)
}

var oauthWord = regexp.MustCompile(`^[a-z_]{1,40}$`)

// Credential is the person's credential, for calls to Graph after [SignIn.Wait] has returned. It never begins a sign-in
// of its own: where Entra wants the person to sign in again, the error is an [azidentity.AuthenticationRequiredError].
// azidentity returns that for every failure. Here it is returned only if Entra has refused to renew the token, or there
// is nothing to renew; an outage has an error of its own, since it passes.
func (s *SignIn) Credential() azcore.TokenCredential { return renewing{s.cred} }

// renewing is a person's credential that knows a refusal from an outage.
type renewing struct{ azcore.TokenCredential }

// GetToken implements [azcore.TokenCredential].
func (c renewing) GetToken(ctx context.Context, o policy.TokenRequestOptions) (azcore.AccessToken, error) {
	got := &answers{}
	t, err := c.TokenCredential.GetToken(context.WithValue(ctx, answersKey{}, got), o)
	if err == nil {
		return t, nil
	}
	if _, over := errors.AsType[*azidentity.AuthenticationRequiredError](err); !over {
		return t, err
	}
	switch {
	case ctx.Err() != nil:
		return t, fmt.Errorf("auth: sign-in: %w", context.Cause(ctx))
	case got.failed != nil:
		return t, fmt.Errorf("auth: sign-in: the token cannot be renewed: %s", oneLine(got.failed.Error()))
	case got.answer != nil && !got.refused():
		return t, &azidentity.AuthenticationFailedError{RawResponse: got.answer}
	}
	return t, err
}

// refused reports whether the newest answer is Entra's word that it gives no token, and not an outage or somebody else's.
func (a *answers) refused() bool {
	return a.refusal != nil && a.refusal.Code != "" && a.answer.StatusCode/100 == 4 &&
		a.answer.StatusCode != http.StatusTooManyRequests && a.answer.StatusCode != http.StatusRequestTimeout
}

// oneLine is a text of the network's, fit for a log line.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x2028 || r == 0x2029 || r >= 0x202a && r <= 0x202e {
			return ' '
		}
		return r
	}, s)
	if len(s) > 300 {
		s = strings.ToValidUTF8(s[:300], "") + "…"
	}
	return s
}
