package demo

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestOnlyThePageItselfMayAsk(t *testing.T) {
	t.Parallel()
	served := guard("s3cret", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/press" && r.URL.Path != "/" {
			t.Errorf("the page is asked for %s", r.URL.Path)
		}
	}))
	const page = "http://127.0.0.1:4242"
	for name, row := range map[string]struct {
		method, path, host string
		header             map[string]string
		want               int
	}{
		"the page opened by its address":     {"GET", "/s3cret/", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, 200},
		"the page opened from a link":        {"GET", "/s3cret/", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200},
		"the page's own press":               {"POST", "/s3cret/press", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Origin": page}, 200},
		"by this machine's name":             {"POST", "/s3cret/press", "localhost:4242", map[string]string{"Origin": "http://localhost:4242"}, 200},
		"by IPv6":                            {"GET", "/s3cret/", "[::1]:4242", nil, 200},
		"no secret":                          {"GET", "/", "127.0.0.1:4242", nil, 404},
		"half the secret":                    {"GET", "/s3c", "127.0.0.1:4242", nil, 404},
		"another secret":                     {"POST", "/s3creT/press", "127.0.0.1:4242", nil, 404},
		"a name that leads here":             {"GET", "/s3cret/", "rebound.example:4242", nil, 421},
		"a name that begins like an address": {"GET", "/s3cret/", "127.0.0.1.rebound.example:4242", nil, 421},
		"another machine's address":          {"GET", "/s3cret/", "192.0.2.1:4242", nil, 421},
		"no host":                            {"GET", "/s3cret/", "", nil, 421},
		"a press by another site":            {"POST", "/s3cret/press", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Origin": "https://evil.example"}, 403},
		"a press by an old browser":          {"POST", "/s3cret/press", "127.0.0.1:4242", map[string]string{"Origin": "https://evil.example"}, 403},
		"a form of another site":             {"POST", "/s3cret/press", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Origin": "null"}, 403},
		"a page on another port":             {"POST", "/s3cret/press", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:9999"}, 403},
		"a script that reads":                {"GET", "/s3cret/", "127.0.0.1:4242", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(row.method, page+row.path, nil)
			r.Host = row.host
			for k, v := range row.header {
				r.Header.Set(k, v)
			}
			w := httptest.NewRecorder()
			served.ServeHTTP(w, r)
			if w.Code != row.want {
				t.Errorf("answered %d, want %d: %s", w.Code, row.want, w.Body)
			}
			if w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Content-Security-Policy") == "" {
				t.Error("the answer lacks the headers that keep its address and its scripts to itself")
			}
		})
	}
}
