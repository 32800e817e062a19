package bot_test

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// logKeys are the keys of log lines, one for each fact, so that an operator can join the lines of
// the bot with those of Graph.
var logKeys = map[string]string{
	"name":              "of a channel",
	"run_state":         "how a run stands, in Graph's word",
	"version":           "of the program",
	"troubles":          "how many troubles were found",
	"what":              "what a service was asked for",
	"retry_after":       "for how long a service asked to be left alone",
	"stack":             "where it panicked",
	"pause":             "for how long the bot waits",
	"panic":             "what a handler panicked with",
	"outcome":           "what an answer of Graph proves",
	"messages":          "what Slack said besides an error",
	"member":            "the Slack id of somebody in a user group",
	"meant":             "the variable that was probably meant",
	"graph":             "the address of Microsoft Graph",
	"foreign_sockets":   "how many sockets of the app are another process's",
	"for":               "what a scope is for",
	"payload":           "the type of an envelope's payload",
	"count":             "how many of the kind there were so far",
	"bytes":             "the size of a frame",
	"attempts":          "how often it was tried",
	"admin_groups":      "how many user groups are",
	"admins":            "how many people are on ADMINS",
	"address":           "where the probes listen",
	"acknowledged":      "whether a frame that could not be read was acknowledged",
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
	"state":             "where it stands",
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

func (k keyed) WithGroup(name string) slog.Handler {
	return keyed{k.Handler.WithGroup(name), k.unknown}
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

// doubts is how often an interaction of somebody's was answered in doubt, because the ledger was slow.
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

// TestEveryLogKeyIsInTheTable reads the keys that stand in the code, so that lines count that no
// script brings about.
func TestEveryLogKeyIsInTheTable(t *testing.T) {
	logs := map[string]bool{"Debug": true, "Info": true, "Warn": true, "Error": true, "With": true, "DebugContext": true, "trouble": true}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "fake") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fn, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !logs[fn.Sel.Name] {
				return true
			}
			from := map[string]int{"With": 0, "DebugContext": 2, "trouble": 3}[fn.Sel.Name]
			if from == 0 && fn.Sel.Name != "With" {
				from = 1
			}
			for i := from; i < len(call.Args); i += 2 {
				key, ok := call.Args[i].(*ast.BasicLit)
				if !ok || key.Kind != token.STRING {
					break
				}
				name, _ := strconv.Unquote(key.Value)
				if _, known := logKeys[name]; !known || !snakeCase.MatchString(name) {
					t.Errorf("%s logs the key %q, which logKeys does not have", path, name)
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
