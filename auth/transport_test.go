package auth_test

import (
	"crypto/x509"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/auth"
)

// proxies is the whole of what Go reads of proxies.
func proxies(t *testing.T, set map[string]string) {
	t.Helper()
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "")
		if value, ok := set[name]; ok {
			t.Setenv(name, value)
		} else {
			os.Unsetenv(name)
		}
	}
}

func TestProxiesThatAreFine(t *testing.T) {
	for _, value := range []string{
		"", "http://proxy:3128", "http://proxy", "HTTP://Proxy.example.com:3128/", "https://proxy.example.com:8443", "socks5://10.0.0.1:1080",
		"socks5h://proxy", "http://user:pa%25ss@proxy:3128", "http://user@proxy:3128", "http://user:p@ss@proxy:3128", "http://[::1]:3128",
		"proxy:3128", "proxy", "proxy.example.com", "10.0.0.1:3128", "localhost:3128", "user:password@proxy:3128", "http://proxy:3128/path",
	} {
		for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
			proxies(t, map[string]string{name: value})
			if err := auth.CheckProxies(); err != nil {
				t.Errorf("%s=%s: %v", name, value, err)
			}
		}
	}
	proxies(t, map[string]string{"ALL_PROXY": "gopher://x", "NO_PROXY": "%", "HTTPS_PROXY": "%", "https_proxy": "http://proxy"})
	if err := auth.CheckProxies(); err != nil {
		t.Errorf("what Go does not read: %v", err)
	}
}

// Go would ignore some of these in silence and call everybody directly, and look for others at
// an address that nobody meant.
func TestProxiesThatAreWrongAreNamedAndNotQuoted(t *testing.T) {
	const encode, schemes, address = "percent-encode", "http, https, socks5 or socks5h", "http://proxy.example.com:3128"
	for value, cure := range map[string]string{
		"http://user:pa%ss@s3cret:3128": encode, "user:pa%ss@s3cret:3128": encode, "http://us er:s3cret@proxy:3128": encode,
		"http://user:s3cret#x@proxy:3128": encode, "http://user:s3cret/x@proxy:3128": encode, "http://user:s3cret?x@proxy:3128": encode,
		"http://user:12/s3cret@proxy:3128": encode, "http://user:12?s3cret@proxy": encode, "http://user:12#s3cret@proxy": encode,
		"https://user:s3cret[@proxy:3128": encode, "socks5://user:s3cret^@proxy:1080": encode,
		"http://proxy:s3cret": address, "http://proxy:99999": address, "http://proxy:0": address, "http://": address, "http://:3128": address,
		"http://s3cret proxy:3128": address, " http://s3cret:3128": address, "http://s3cret:3128\n": address, "http:s3cret:3128": address, "http:/s3cret:3128": address, "http//s3cret:3128": address,
		"socks://s3cret:1080": schemes, "socks4://s3cret:1080": schemes, "ftp://s3cret": schemes, "ws://s3cret:1": schemes, "://s3cret": address,
	} {
		for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
			proxies(t, map[string]string{name: value})
			err := auth.CheckProxies()
			if err == nil {
				t.Errorf("%s=%q is taken", name, value)
				continue
			}
			text := err.Error()
			if !strings.HasPrefix(text, name+": ") || !strings.Contains(text, cure) || strings.Contains(text, "s3cret") || strings.Contains(text, "\n") {
				t.Errorf("%s=%q: %s; want one line about %q", name, value, text, cure)
			}
		}
	}
}

func TestEachWrongProxyHasALine(t *testing.T) {
	proxies(t, map[string]string{"HTTP_PROXY": "gopher://x", "https_proxy": "http://u:%@x"})
	err := auth.CheckProxies()
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "HTTP_PROXY: ") || !strings.Contains(err.Error(), "https_proxy: ") {
		t.Errorf("%v", err)
	}
}

// The managed identity of a machine is told to it alone, and by an address of its own network.
func TestWhatIsOnThisLinkIsNotAskedThroughAProxy(t *testing.T) {
	const proxy = "http://proxy.example.com:3128"
	if os.Getenv("HTTP_PROXY") != proxy { // net/http reads it once in the life of a process
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = []string{"HTTP_PROXY=" + proxy, "HTTPS_PROXY=" + proxy, "NO_PROXY=beside.example.com"}
		if out, err := child.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	transport := auth.Transport(nil)
	for url, want := range map[string]string{
		"http://169.254.169.254/metadata/identity/oauth2/token": "", "http://169.254.169.254:80/": "", "http://169.254.131.2:8081/msi/token": "",
		"http://[fe80::1%25eth0]/": "", "http://[::ffff:169.254.169.254]/": "", "http://127.0.0.1:40342/metadata": "", "http://localhost:42356/msi/token": "",
		"http://[::1]:80/": "", "https://beside.example.com/": "",
		"https://slack.com/api/": proxy, "https://login.microsoftonline.com/": proxy, "http://10.0.0.1/": proxy, "http://169.254.169.254.example.com/": proxy,
	} {
		req, err := http.NewRequest(http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		through, err := transport.Proxy(req)
		got := ""
		if through != nil {
			got = through.String()
		}
		if err != nil || got != want {
			t.Errorf("%s goes through %q (%v), want %q", url, got, err, want)
		}
	}
}

func TestTLSSessionsAreResumed(t *testing.T) {
	for _, h2 := range []bool{true, false} {
		var resumed []bool
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			resumed = append(resumed, r.TLS.DidResume)
		}))
		s.EnableHTTP2 = h2
		s.StartTLS()
		defer s.Close()
		roots := x509.NewCertPool()
		roots.AddCert(s.Certificate())
		transport := auth.Transport(roots)
		for _, c := range []*http.Transport{transport, transport, transport.Clone()} {
			resp, err := (&http.Client{Transport: c}).Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.Copy(io.Discard, resp.Body)
			_ = resp.Body.Close()
			c.CloseIdleConnections()
		}
		if want := []bool{false, true, true}; !slices.Equal(resumed, want) {
			t.Errorf("HTTP/2 %v: resumed %v, want %v", h2, resumed, want)
		}
	}
}
