package graph

import (
	"crypto/tls"
	"errors"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestThreeFormsOnTheWire(t *testing.T) {
	const callID = "0d2a51c5-2f61-4bd5-93d8-3b1f3a9d9a11"
	header := http.Header{
		"Accept":            {"application/json"},
		"Accept-Encoding":   {"gzip"},
		"Authorization":     {"Bearer " + secret},
		"Client-Request-Id": {callID},
		"Connection":        {"close"},
		"User-Agent":        {"cloudpc-bot"},
	}
	with := func(length string) http.Header {
		h := header.Clone()
		h.Set("Content-Length", length)
		h.Set("Content-Type", "application/json")
		return h
	}
	const admin = "/v1.0/deviceManagement/virtualEndpoint/cloudPCs/" + pcID + "/reprovision"
	for _, row := range []struct {
		name   string
		call   func(*Client, *http.Request) error
		path   string
		body   string
		header http.Header
	}{
		{"admin, nothing chosen", func(c *Client, r *http.Request) error {
			return c.Reprovision(r.Context(), pcID, Build{})
		}, admin, `{}`, with("2")},
		{"admin, both chosen", func(c *Client, r *http.Request) error {
			return c.Reprovision(r.Context(), pcID, Build{OS: "windows11", Account: "standardUser"})
		}, admin, `{"osVersion":"windows11","userAccountType":"standardUser"}`, with("58")},
		{"admin, one chosen", func(c *Client, r *http.Request) error {
			return c.Reprovision(r.Context(), pcID, Build{Account: "administrator"})
		}, admin, `{"userAccountType":"administrator"}`, with("35")},
		{"mine", func(c *Client, r *http.Request) error {
			return c.ReprovisionMine(r.Context(), pcID)
		}, "/v1.0/me/cloudPCs/" + pcID + "/reprovision", "", with("0")},
		{"a user's", func(c *Client, r *http.Request) error {
			return c.ReprovisionOf(r.Context(), "ada#ext/@example.com", pcID)
		}, "/v1.0/users/ada%23ext%2F@example.com/cloudPCs/" + pcID + "/reprovision", "", with("0")},
		{"an id that would be another path", func(c *Client, r *http.Request) error {
			return c.Reprovision(r.Context(), "x/../y?a=b#c", Build{})
		}, "/v1.0/deviceManagement/virtualEndpoint/cloudPCs/x%2F..%2Fy%3Fa=b%23c/reprovision", `{}`, with("2")},
	} {
		t.Run(row.name, func(t *testing.T) {
			s := serve(t, false, says(204, ""))
			r, _ := http.NewRequestWithContext(WithCallID(t.Context(), callID), "", "/", nil)
			if err := row.call(s.client(t, nil), r); err != nil {
				t.Fatal(err)
			}
			want := []arrival{{method: "POST", path: row.path, body: row.body, proto: "HTTP/1.1", header: row.header}}
			got := s.arrivals()
			opts := []cmp.Option{cmp.AllowUnexported(arrival{}), cmpopts.IgnoreFields(arrival{}, "from")}
			if diff := cmp.Diff(want, got, opts...); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEveryCallHasAnIDOfItsOwn(t *testing.T) {
	s := serve(t, false, says(204, ""))
	c := s.client(t, nil)
	for range 2 {
		if err := c.ReprovisionMine(t.Context(), pcID); err != nil {
			t.Fatal(err)
		}
	}
	seen := s.arrivals()
	a, b := seen[0].header.Get("client-request-id"), seen[1].header.Get("client-request-id")
	if len(a) != 36 || len(b) != 36 || a == b {
		t.Errorf("client-request-ids %q and %q", a, b)
	}
}

// A server may offer HTTP/2, where GOAWAY makes net/http send again, and it may
// keep connections open, where a dead one does. The POST takes neither.
func TestEveryPostHasAConnectionOfItsOwn(t *testing.T) {
	s := serve(t, true, inTurn(says(204, ""), says(204, ""), says(200, `{"id":"`+pcID+`"}`)))
	c := s.client(t, nil)
	for range 2 {
		if err := c.Reprovision(t.Context(), pcID, Build{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.CloudPC(t.Context(), pcID); err != nil {
		t.Fatal(err)
	}
	seen := s.arrivals()
	if seen[0].from == seen[1].from {
		t.Error("two POSTs shared a connection")
	}
	if seen[0].proto != "HTTP/1.1" || seen[1].proto != "HTTP/1.1" || seen[2].proto != "HTTP/2.0" {
		t.Errorf("protocols %s, %s and for the read %s", seen[0].proto, seen[1].proto, seen[2].proto)
	}
}

// A POST comes so rarely that a session of an earlier one has expired. The reads, where their transport
// keeps sessions, have a fresh one.
func TestThePostResumesATLSSession(t *testing.T) {
	for name, row := range map[string]struct {
		cache tls.ClientSessionCache // of the reads
		first bool
	}{"of the reads": {tls.NewLRUClientSessionCache(0), true}, "of its own": {nil, false}} {
		s := serve(t, true, inTurn(says(200, `{"id":"`+pcID+`"}`), says(204, ""), says(204, "")))
		transport := s.Client().Transport.(*http.Transport).Clone()
		transport.TLSClientConfig.ClientSessionCache = row.cache
		c := s.client(t, func(c *Config) { c.Transport = transport })
		_, read := c.CloudPC(t.Context(), pcID)
		if err := errors.Join(read, c.Reprovision(t.Context(), pcID, Build{}), c.Reprovision(t.Context(), pcID, Build{})); err != nil {
			t.Fatal(err)
		}
		seen := s.arrivals()
		if seen[1].resumed != row.first || !seen[2].resumed || seen[1].proto != "HTTP/1.1" || seen[1].from == seen[2].from {
			t.Errorf("%s: %+v", name, seen)
		}
	}
}
