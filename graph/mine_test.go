package graph

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/google/go-cmp/cmp"
)

const scope = "https://graph.example/CloudPC.ReadWrite.All"

// person is a client of s with the scope of a person's sign-in.
func (s *service) person(t *testing.T, cred *entra) *Client {
	t.Helper()
	return s.client(t, func(c *Config) { c.Credential, c.Scopes = cred, []string{scope} })
}

func TestMineReadsEveryPage(t *testing.T) {
	var s *service
	s = serve(t, false, func(w http.ResponseWriter, r *http.Request) {
		body := `{"value":[{"id":"1","displayName":"CPC-dan"},{"id":"2","displayName":null}],"@odata.nextLink":"` + s.URL + `/v1.0/me/cloudPCs?$skiptoken=x"}`
		if r.URL.RawQuery != "" {
			body = `{"value":[{"id":"3"}]}`
		}
		says(200, body)(w, r)
	})
	cred := &entra{}
	got, err := s.person(t, cred).Mine(t.Context())
	if diff := cmp.Diff([]Own{{"1", "CPC-dan"}, {"2", ""}, {"3", ""}}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
	seen := s.arrivals()
	if len(seen) != 2 || seen[0].method+seen[0].path+seen[0].query != "GET/v1.0/me/cloudPCs" || seen[1].query != "$skiptoken=x" {
		t.Errorf("%+v", seen)
	}
	for _, asked := range cred.asked {
		if len(asked.Scopes) != 1 || asked.Scopes[0] != scope || !asked.EnableCAE {
			t.Errorf("a token was asked for with %+v", asked)
		}
	}
	none, err := serve(t, false, says(200, `{"value":[]}`)).person(t, cred).Mine(t.Context())
	if err != nil || len(none) != 0 {
		t.Errorf("%v %v", none, err)
	}
}

// A shortened list would hide a machine, or be taken for one without any.
func TestMineIsNeverShortened(t *testing.T) {
	const first = `{"value":[{"id":"1"}],"@odata.nextLink":"NEXT"}`
	for name, row := range map[string]struct {
		next string // "" = the first page is the one that is wrong
		page string
		says string
	}{
		"no JSON":              {page: `<html>`, says: "not the expected JSON"},
		"no value":             {page: `{}`, says: "not the expected JSON"},
		"another value":        {page: `{"value":{}}`, says: "not the expected JSON"},
		"no id":                {page: `{"value":[{"displayName":"CPC-dan"}]}`, says: "has no id"},
		"an id of no text":     {page: `{"value":[{"id":7}]}`, says: "has no id"},
		"no machine":           {page: `{"value":[null]}`, says: "has no id"},
		"a link of no text":    {page: `{"value":[],"@odata.nextLink":7}`, says: "not the expected JSON"},
		"another host":         {next: "https://example.com/v1.0/me/cloudPCs", page: `{"value":[]}`, says: "another host"},
		"in the clear":         {next: "http://HOST/v1.0/me/cloudPCs?a", page: `{"value":[]}`, says: "another host"},
		"a loop":               {next: "https://HOST/v1.0/me/cloudPCs", page: `{"value":[]}`, says: "already read"},
		"no second page":       {next: "https://HOST/v1.0/me/cloudPCs?a", page: `{}`, says: "not the expected JSON"},
		"a second without ids": {next: "https://HOST/v1.0/me/cloudPCs?a", page: `{"value":[{}]}`, says: "has no id"},
	} {
		t.Run(name, func(t *testing.T) {
			var s *service
			s = serve(t, false, func(w http.ResponseWriter, r *http.Request) {
				body := row.page
				if row.next != "" && r.URL.RawQuery == "" {
					body = strings.Replace(first, "NEXT", strings.Replace(row.next, "HOST", strings.TrimPrefix(s.URL, "https://"), 1), 1)
				}
				says(200, body)(w, r)
			})
			got, err := s.person(t, &entra{}).Mine(t.Context())
			if got != nil || err == nil || !strings.Contains(err.Error(), row.says) || !strings.HasPrefix(err.Error(), `graph: list own "me": 200`) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
}

// A 403 to a person has two possible causes, and an operator who reads the line has to know both.
func TestWhatPeopleMayNotDoNamesBothCauses(t *testing.T) {
	s := serve(t, false, says(403, `{"error":{"code":"Forbidden","message":"No."}}`))
	c := s.person(t, &entra{})
	_, list := c.Mine(t.Context())
	for name, err := range map[string]error{
		"list own": list, "reprovision own, me": c.ReprovisionMine(t.Context(), pcID), "reprovision own, users": c.ReprovisionOf(t.Context(), "oid", pcID),
	} {
		e, _ := errors.AsType[*Error](err)
		if !errors.Is(err, ErrForbidden) || e.Op != strings.Split(name, ",")[0] {
			t.Errorf("%s: %v", name, err)
		}
		for _, part := range []string{"consent", "delegated permission", "CloudPC.ReadWrite.All", `"Enable users to reset their Cloud PCs"`} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%s: no %s in %v", name, part, err)
			}
		}
	}
	if err := c.Reprovision(t.Context(), pcID, Build{}); strings.Contains(err.Error(), "Enable users") {
		t.Errorf("the admin form: %v", err)
	}
}

func TestASignInThatIsOver(t *testing.T) {
	over := func(from int) func(int) error {
		return func(n int) error {
			if n < from {
				return nil
			}
			return &azidentity.AuthenticationRequiredError{}
		}
	}
	for name, row := range map[string]struct {
		from    int // the token request that fails first
		answer  http.HandlerFunc
		arrives int
	}{
		"before the call":               {1, says(204, ""), 0},
		"while a challenge is answered": {2, challenged, 1},
	} {
		for op, call := range map[string]func(*Client) error{
			"list":        func(c *Client) error { _, err := c.Mine(t.Context()); return err },
			"reprovision": func(c *Client) error { return c.ReprovisionMine(t.Context(), pcID) },
		} {
			s := serve(t, false, row.answer)
			err := call(s.person(t, &entra{fails: over(row.from)}))
			if !errors.Is(err, ErrSignInOver) || !errors.Is(err, ErrNoToken) || errors.Is(err, ErrRejected) || OutcomeOf(err) != NotActed {
				t.Errorf("%s, %s: %v, %v", op, name, OutcomeOf(err), err)
			}
			if !strings.Contains(err.Error(), "the person's sign-in is over, and they have to sign in again") {
				t.Errorf("%s, %s: %v", op, name, err)
			}
			if n := len(s.arrivals()); n != row.arrives {
				t.Errorf("%s, %s: %d calls arrived", op, name, n)
			}
		}
	}
	s := serve(t, false, says(204, ""))
	err := s.person(t, &entra{fails: func(int) error { return errors.New("dial tcp: no route to host") }}).ReprovisionMine(t.Context(), pcID)
	if errors.Is(err, ErrSignInOver) || !errors.Is(err, ErrNoToken) {
		t.Errorf("an outage: %v", err)
	}
}

func TestNothingTellsThePersonsToken(t *testing.T) {
	for _, status := range []int{200, 302, 400, 403, 404} {
		var log logged
		s := serve(t, false, func(w http.ResponseWriter, r *http.Request) {
			given := r.Header.Get("Authorization")
			w.Header().Set("Location", "https://example.com/?t="+given)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, `{"error":{"code":"`+given+`","message":"your `+given+`"},"value":[{"id":""}]}`)
		})
		c := s.client(t, func(c *Config) { c.Log, c.Scopes = log.logger(), []string{scope} })
		_, err := c.Mine(t.Context())
		leaks(t, err, &log)
		leaks(t, c.ReprovisionMine(t.Context(), pcID), &log)
		leaks(t, c.ReprovisionOf(t.Context(), "oid", pcID), &log)
	}
}
