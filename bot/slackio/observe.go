package slackio

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// Observer learns what passes between the bot and Slack, as for metrics. Its methods must return at once.
type Observer interface {
	// CalledSlack: a call of a Web API method, or of a response_url under that name, was answered with an
	// HTTP status; 0 = it was not answered. ok is false where the body says ok: false.
	CalledSlack(method string, status int, ok bool)
	// Cooldown: a service asked to be left alone until then.
	Cooldown(service string, until time.Time)
	// Acknowledged: an envelope of a type was handled within took; written = its acknowledgement was sent.
	Acknowledged(envelope string, took time.Duration, written bool)
	// Reconnected: a socket needs a successor, for Slack's reason, or as planned, or because it was dropped;
	// or it was not_opened.
	Reconnected(reason string)
}

// nobody observes nothing.
type nobody struct{}

func (nobody) CalledSlack(string, int, bool)            {}
func (nobody) Cooldown(string, time.Time)               {}
func (nobody) Acknowledged(string, time.Duration, bool) {}
func (nobody) Reconnected(string)                       {}

// observer is who observes.
func (c *Config) observer() Observer {
	if c.Observer == nil {
		return nobody{}
	}
	return c.Observer
}

// observedReason is why a socket was replaced, as an Observer is told it.
func observedReason(reason string) string {
	switch reason {
	case "":
		return "dropped"
	case itsTime:
		return "planned"
	}
	return reason
}

// observed is a transport that tells the observer of every call.
type observed struct {
	http.RoundTripper
	root     string // of the Web API
	observer Observer
}

func (o observed) RoundTrip(req *http.Request) (*http.Response, error) {
	method, isAPI := strings.CutPrefix(req.URL.Scheme+"://"+req.URL.Host+req.URL.Path, o.root)
	if !isAPI {
		method = responseURL
	}
	resp, err := o.RoundTripper.RoundTrip(req)
	if err != nil {
		o.observer.CalledSlack(method, 0, false)
		return resp, err
	}
	o.observer.CalledSlack(method, resp.StatusCode, resp.StatusCode != http.StatusOK || !verdictOf(resp).no)
	return resp, nil
}

// verdict is what the body of an answer says.
type verdict struct {
	no   bool   // ok: false
	code string // Slack's error
}

// verdictOf reads the verdict in the body of an answer, and leaves the body readable.
func verdictOf(resp *http.Response) verdict {
	body := resp.Body
	raw, err := io.ReadAll(io.LimitReader(body, longestAnswer))
	resp.Body = struct { // the same bytes, to be read again
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(raw), body), body}
	var said struct {
		OK    *bool  `json:"ok"`
		Error string `json:"error"`
	}
	if err != nil || json.Unmarshal(raw, &said) != nil || said.OK != nil && *said.OK || said.OK == nil && said.Error == "" {
		return verdict{}
	}
	return verdict{true, said.Error}
}
