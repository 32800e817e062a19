package bot_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// tap stands between the program and Slack, and keeps what the program says on each socket.
type tap struct {
	*httptest.Server
	t      *testing.T
	silent atomic.Bool // sockets are not answered

	mu   sync.Mutex
	said []*bytes.Buffer
}

func newTap(t *testing.T, slack string) *tap {
	t.Helper()
	to, err := url.Parse(strings.TrimSuffix(slack, "/api/"))
	if err != nil {
		t.Fatal(err)
	}
	tap := &tap{t: t}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to) },
		ModifyResponse: func(r *http.Response) error {
			if r.StatusCode == http.StatusSwitchingProtocols {
				r.Body = tap.listen(r.Body)
				return nil
			}
			raw, err := io.ReadAll(r.Body) // the address of a socket is in it
			raw = bytes.ReplaceAll(raw, []byte(to.Host), []byte(strings.TrimPrefix(tap.URL, "http://")))
			r.Body = io.NopCloser(bytes.NewReader(raw))
			r.Header.Set("Content-Length", strconv.Itoa(len(raw)))
			return err
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
	tap.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if tap.silent.Load() && strings.HasPrefix(r.URL.Path, "/link/") {
			<-r.Context().Done()
			return
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(tap.Close)
	return tap
}

// tapped is one socket of a tap.
type tapped struct {
	io.ReadWriteCloser
	tap  *tap
	said *bytes.Buffer
}

func (t *tap) listen(socket io.ReadCloser) io.ReadWriteCloser {
	t.mu.Lock()
	defer t.mu.Unlock()
	said := &bytes.Buffer{}
	t.said = append(t.said, said)
	return tapped{socket.(io.ReadWriteCloser), t, said}
}

func (l tapped) Write(b []byte) (int, error) {
	l.tap.mu.Lock()
	l.said.Write(b)
	l.tap.mu.Unlock()
	return l.ReadWriteCloser.Write(b)
}

// saidGoodbye checks that every socket ended with a close frame, behind so many
// acknowledgements on all of them.
func (t *tap) saidGoodbye(acks int) {
	t.t.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	texts := 0
	for n, said := range t.said {
		kinds := frames(said.Bytes())
		texts += strings.Count(kinds, "t")
		if strings.Count(kinds, "c") != 1 || !strings.HasSuffix(kinds, "c") {
			t.t.Errorf("socket %d ends with %s", n, kinds[max(0, len(kinds)-20):])
		}
	}
	if texts != acks || len(t.said) < 2 {
		t.t.Errorf("%d acknowledgements on %d sockets, and Slack has seen %d", texts, len(t.said), acks)
	}
}

// frames names the frames that a client has sent: t for text, c for close, p for pong.
func frames(raw []byte) (kinds string) {
	for len(raw) >= 2 {
		size, head := int(raw[1]&0x7f), 2
		switch {
		case size == 126 && len(raw) >= 4:
			size, head = int(binary.BigEndian.Uint16(raw[2:])), 4
		case size >= 126:
			return kinds + "?" // longer than an acknowledgement may be
		}
		if head += 4 + size; head > len(raw) { // with its mask
			return kinds + "?"
		}
		kinds += map[byte]string{1: "t", 8: "c", 10: "p"}[raw[0]&0x0f]
		raw = raw[head:]
	}
	return kinds
}
