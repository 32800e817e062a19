package demo

import (
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
)

// guard lets through only what the page itself asks, and the person who opens it. The page can type and press as
// anybody in the fake workspace and starts processes, so no other site in the same browser and
// nobody else on this machine may use it:
//
//   - its address holds a secret, which no page elsewhere knows;
//   - the Host header has to be this machine's, so that a name that was made to lead here (DNS rebinding) does not work;
//   - a request that comes from another origin is refused, whatever it knows (developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site).
func guard(secret string, next http.Handler) http.Handler {
	prefix := "/" + secret + "/"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer") // the address is a secret
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !loopback(r.Host):
			refuse(w, http.StatusMisdirectedRequest, "This page is for a browser on this machine, by an address such as 127.0.0.1.")
		case foreign(r):
			refuse(w, http.StatusForbidden, "This page takes requests of its own origin only.")
		case subtle.ConstantTimeCompare([]byte(r.URL.Path[:min(len(r.URL.Path), len(prefix))]), []byte(prefix)) != 1:
			refuse(w, http.StatusNotFound, "The address is not complete. It stands where the demo was started.")
		default:
			http.StripPrefix(strings.TrimSuffix(prefix, "/"), next).ServeHTTP(w, r)
		}
	})
}

// loopback reports whether a Host header names this machine by an address or by its own name.
func loopback(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	ip := net.ParseIP(strings.Trim(name, "[]"))
	return strings.EqualFold(name, "localhost") || ip != nil && ip.IsLoopback()
}

// foreign reports whether a page of another origin has sent r. Opening the address, even from a link
// elsewhere, is no such request: the browser shows the page, and the other site cannot read it.
func foreign(r *http.Request) bool {
	if origin := r.Header.Get("Origin"); origin != "" && origin != "http://"+r.Host {
		return true
	}
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin": // "" = not a browser, or an old one that sends an Origin
		return false
	}
	return r.Method != http.MethodGet || r.Header.Get("Sec-Fetch-Mode") != "navigate"
}

func refuse(w http.ResponseWriter, status int, why string) { http.Error(w, why, status) }
