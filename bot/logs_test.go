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
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// logKeys are the keys of log lines, one for each fact, so that an operator can join the lines of
// the bot with those of Graph.
var logKeys = map[string]string{
	"job": "a kind of work in the queue",

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
	"entries":           "how many ids are on a list",
	"erased":            "of how many requests words were erased",
	"added":             "which ids were put on it",
	"removed":           "which ids were taken off it",
	"error":             "what went wrong",
	"event":             "what happened to it",
	"from":              "its state before",
	"glimpse":           "an end that shows and is not proven",
	"graph_request_id":  "the id that Graph gave it: for Microsoft's support",
	"group":             "a Slack user group",
	"host":              "of a call to Graph",
	"actor":             "who did something, as Graph names them",
	"application":       "the id of an application in Entra",
	"audit_event":       "the id of an event in the tenant's audit log",
	"done":              "when something was done, by Graph's clock",
	"machine":           "what people call its Cloud PC",
	"method":            "an HTTP method, or a method of Slack's",
	"op":                "what a call to Graph is for",
	"org":               "their organisation",
	"path":              "of a call to Graph",
	"person":            "the Slack id of somebody who is looked up",
	"power":             "whether it waits for power",
	"proto":             "HTTP's version",
	"reason":            "why, as a person wrote it",
	"request":           "the id of a request, as R-7K3F",
	"scope":             "a Slack scope",
	"seen":              "whether the run itself shows in Graph",
	"service_reason":    "why, in a service's own words",
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
	"verdict":           "why they may not, as a rule says it",
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
	used := map[string]bool{}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(path, "fake") || strings.Contains(path, "blockkit") { // whose attributes are HTML's
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			for _, name := range keysOf(n) {
				if _, known := logKeys[name]; !known || !snakeCase.MatchString(name) {
					t.Errorf("%s logs the key %q, which logKeys does not have", path, name)
				}
				used[name] = true
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range logKeys {
		if !used[name] {
			t.Errorf("nothing logs the key %q", name)
		}
	}
}

// keysOf are the keys that an expression logs: of a call of a log's methods, of slog's attributes, and of
// attributes that are gathered first. A key that is no literal is left out, and those behind it are read.
func keysOf(n ast.Node) (names []string) {
	pairs := func(args []ast.Expr) {
		for i := 0; i < len(args); i++ {
			switch a := args[i].(type) {
			case *ast.BasicLit:
				if name, err := strconv.Unquote(a.Value); err == nil && a.Kind == token.STRING {
					names = append(names, name)
				}
			case *ast.CallExpr:
				if s, ok := a.Fun.(*ast.SelectorExpr); ok {
					if of, ok := s.X.(*ast.Ident); ok && of.Name == "slog" { // one argument, which is read by itself
						continue
					}
				}
			}
			i++ // its value
		}
	}
	switch n := n.(type) {
	case *ast.CallExpr:
		switch fn := n.Fun.(type) {
		case *ast.Ident:
			if fn.Name == "append" && gathered(n.Args[0]) {
				pairs(n.Args[1:])
			}
		case *ast.SelectorExpr:
			if of, ok := fn.X.(*ast.Ident); ok && of.Name == "slog" && len(n.Args) == 2 {
				pairs(n.Args)
			} else if from, ok := logCalls[fn.Sel.Name]; ok && len(n.Args) > from && (fn.Sel.Name != "Error" || len(n.Args) > 1) {
				if n.Ellipsis == token.NoPos {
					pairs(n.Args[from:])
				} else {
					pairs(n.Args[from : len(n.Args)-1])
				}
			}
		}
	case *ast.AssignStmt:
		for i, value := range n.Rhs {
			if list, ok := value.(*ast.CompositeLit); ok && i < len(n.Lhs) && gathered(n.Lhs[i]) {
				pairs(list.Elts)
			}
		}
	}
	return names
}

// logCalls are a log's methods and what passes attributes on, with the place of the first key.
var logCalls = map[string]int{"Debug": 1, "Info": 1, "Warn": 1, "Error": 1, "With": 0, "DebugContext": 2, "trouble": 3}

// gathered reports whether a variable holds attributes for a log.
func gathered(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && slices.Contains([]string{"attrs", "about", "args"}, id.Name)
}

func TestAKeyBehindOneThatIsNoLiteralIsRead(t *testing.T) {
	for code, want := range map[string]string{
		`log.Info("what", "a", 1, key, 2, "b", 3)`:              "a b",
		`log.Info("what", slog.Any("x", 1), "b", "value")`:      "b",
		`log.Error(what, append(about, "a", 1, "b", "v")...)`:   "",
		`append(about, "a", 1, "b", "v")`:                       "a b",
		`log.With("a", "v")`:                                    "a",
		`s.trouble("what", "finding", "cure", "group", id)`:     "group",
		`log.DebugContext(ctx, "what", "a", slog.String(k, v))`: "a",
	} {
		e, err := parser.ParseExpr(code)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(keysOf(e), " "); got != want {
			t.Errorf("%s: %q, want %q", code, got, want)
		}
	}
}
