package demo

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/pkg/browser"

	"cloudpc-bot/bot/blockkit"
)

//go:embed page
var files embed.FS

// page serves the session that is on to browsers on this machine.
type page struct {
	program string
	pace    pace
	changes *broadcast

	mu      sync.RWMutex
	session *session
}

// Serve shows the page until ctx ends, and then returns nil. It prints the page's address on out, and calls open with it.
func Serve(ctx context.Context, out io.Writer, program string, open func(address string)) error {
	p, err := newPage(program, forPeople)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer p.close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	secret := rand.Text()
	address := fmt.Sprintf("http://%s/%s/", ln.Addr(), secret)
	server := &http.Server{Handler: guard(secret, p.handler()), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(ln) }()
	fmt.Fprintf(out, "The real bot, between a fake Slack and a fake Microsoft Graph. Nothing real is erased.\n\n"+
		"    %s\n\nThe address is for a browser on this machine. Ctrl-C ends the demo.\n", address)
	go open(address) // which may last as long as the browser
	select {
	case <-ctx.Done():
		return server.Close()
	case err := <-served:
		return fmt.Errorf("demo: %w", err)
	}
}

// browse opens the address where there is a display; where there is none, people read it.
func browse(address string) {
	if display() {
		browser.Stdout, browser.Stderr = io.Discard, io.Discard
		_ = browser.OpenURL(address) // the address is printed too
	}
}

func newPage(program string, pace pace) (*page, error) {
	p := &page{program: program, pace: pace, changes: newBroadcast()}
	var err error
	p.session, err = begin(program, pace, p.changes)
	return p, err
}

// reset ends the session and begins another.
func (p *page) reset() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	next, err := begin(p.program, p.pace, p.changes)
	if err != nil {
		return err
	}
	old := p.session
	p.session = next
	p.changes.send()
	return old.end()
}

func (p *page) close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.session.end()
}

// on is the session that is on.
func (p *page) on() *session {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.session
}

func (p *page) handler() http.Handler {
	root, err := fs.Sub(files, "page")
	if err != nil {
		panic(err) // the folder is embedded
	}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServerFS(root))
	mux.HandleFunc("GET /blockkit.css", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		_, _ = io.WriteString(w, blockkit.Style())
	})
	mux.HandleFunc("GET /log", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, p.on().bot.logs())
	})
	mux.HandleFunc("GET /events", p.events)
	mux.HandleFunc("POST /type", act(p, (*session).typed))
	mux.HandleFunc("POST /shortcut", act(p, (*session).shortcut))
	mux.HandleFunc("POST /press", act(p, (*session).pressed))
	mux.HandleFunc("POST /suggest", act(p, (*session).suggest))
	mux.HandleFunc("POST /submit", act(p, (*session).submitted))
	mux.HandleFunc("POST /close", act(p, (*session).closed))
	mux.HandleFunc("POST /signin", act(p, (*session).signedIn))
	mux.HandleFunc("POST /kill", act(p, (*session).killed))
	mux.HandleFunc("POST /start", act(p, (*session).restart))
	mux.HandleFunc("POST /trouble", act(p, func(s *session, _ context.Context, t struct {
		Name string
		On   bool
	}) (any, error) {
		return nil, s.trouble(t.Name, t.On)
	}))
	mux.HandleFunc("POST /reset", act(p, func(_ *session, _ context.Context, _ struct{}) (any, error) { return nil, p.reset() }))
	return mux
}

// maxBody is far more than anybody types, in bytes.
const maxBody = 1 << 20

// act answers a POST of JSON with what do returns, or with why it cannot be done.
func act[T any](p *page, do func(*session, context.Context, T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var asked T
		d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		d.DisallowUnknownFields()
		if err := d.Decode(&asked); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		answer, err := do(p.on(), r.Context(), asked)
		if refused, ok := errors.AsType[*impossible](err); ok {
			answer = refused // an answer like any other: the browser's console is for mistakes of the page
		} else if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer) // fails if the browser has gone
	}
}

// debounce is how long changes are gathered before they are shown: several come together.
const debounce = 50 * time.Millisecond

// events sends what a person sees, again after every change (server-sent events). For an unknown one it is what
// Ada sees.
func (p *page) events(w http.ResponseWriter, r *http.Request) {
	as := r.URL.Query().Get("as")
	if !known(as) {
		as = ada
	}
	zone, err := time.LoadLocation(r.URL.Query().Get("zone"))
	if err != nil {
		zone = time.UTC
	}
	w.Header().Set("Content-Type", "text/event-stream")
	flush := http.NewResponseController(w)
	for {
		changed := p.changes.next()
		state, err := json.Marshal(p.on().state(as, zone, time.Now()))
		if err == nil {
			_, err = fmt.Fprintf(w, "data: %s\n\n", state)
		}
		if err != nil || flush.Flush() != nil {
			return
		}
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		}
		select {
		case <-time.After(debounce):
		case <-r.Context().Done():
			return
		}
	}
}
