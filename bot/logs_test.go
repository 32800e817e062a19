package bot_test

import (
	"bytes"
	"context"
	"log/slog"
	"regexp"
	"strings"
	"sync"
)

// logKeys are the keys of log lines, one for each fact, so that an operator can join the lines of
// the bot with those of Graph.
var logKeys = map[string]string{
	"act":               "what they tried",
	"action":            "of a button",
	"after":             "for how long it is put off",
	"already":           "whether it was frozen before",
	"app":               "the id of a Slack app",
	"app_sockets":       "how many sockets Slack counts for the app",
	"by":                "the Slack id of who acts",
	"cause":             "why it ended, waits or is in doubt, as a code of the ledger",
	"channel":           "a Slack channel",
	"client_request_id": "the id that a call to Graph was sent with",
	"cure":              "what somebody can do about it",
	"detail":            "the particulars of that cause",
	"error":             "what went wrong",
	"event":             "what happened to it",
	"from":              "its state before",
	"glimpse":           "an end that shows and is not proven",
	"graph_request_id":  "the id that Graph gave it: for Microsoft's support",
	"group":             "a Slack user group",
	"host":              "of a call to Graph",
	"machine":           "what people call its Cloud PC",
	"method":            "an HTTP method, or a method of Slack's",
	"op":                "what a call to Graph is for",
	"org":               "their organisation",
	"path":              "of a call to Graph",
	"person":            "the Slack id of somebody who is looked up",
	"power":             "whether it waits for power",
	"proto":             "HTTP's version",
	"reason":            "why something is refused, in a service's word or a rule's",
	"request":           "the id of a request, as R-7K3F",
	"scope":             "a Slack scope",
	"seen":              "whether the run itself shows in Graph",
	"sent":              "whether anything of a call was written",
	"service":           "Slack, Microsoft Graph, Entra or PostgreSQL",
	"sign":              "what shows it",
	"state":             "where it stands, or the machine does in Graph's word",
	"status":            "an HTTP status",
	"to":                "its state after",
	"took":              "how long a call lasted",
	"ts":                "a message in it",
	"type":              "of an envelope",
	"until":             "when a rest is over",
	"variable":          "the environment variable that names it",
	"verdict":           "why they may not",
	"why":               "what an admin said when freezing, or a look found",
}

var snakeCase = regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)

// keyed is a log that notes the keys of its lines that are not in the table.
type keyed struct {
	slog.Handler
	unknown *sync.Map
}

func (k keyed) note(a slog.Attr) bool {
	if _, known := logKeys[a.Key]; !known || !snakeCase.MatchString(a.Key) {
		k.unknown.Store(a.Key, true)
	}
	return true
}

func (k keyed) Handle(ctx context.Context, r slog.Record) error {
	r.Attrs(k.note)
	return k.Handler.Handle(ctx, r)
}

func (k keyed) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		k.note(a)
	}
	return keyed{k.Handler.WithAttrs(attrs), k.unknown}
}

// logs is everything the bot has logged, at every level.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// doubts is how often a gesture of somebody's was answered in doubt, because the ledger was slow.
func (l *logs) doubts(person string) (n int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"the ledger did not answer in time for the acknowledgement"`) && strings.HasSuffix(line, "by="+person+"\n") {
			n++
		}
	}
	return n
}

// has tells when something was logged.
func (l *logs) has(what string) func() bool {
	return func() bool { return strings.Contains(l.String(), what) }
}
