package bot_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows is what each package may import of this module; a package that is not here is a
// mistake. "*" is anything below.
var arrows = map[string][]string{
	"":            {"*"},
	"bot/demo":    {"*"},
	"bot/ops":     {"*"},
	"bot/ops/cli": {"*"},
	"bot":         {"*"},

	"bot/ops/doctor": {"bot/config", "bot/slackio", "bot/judge", "bot/ledger/sqlite", "bot/ledger/postgres", "bot/skew", "bot/causes", "auth", "graph"},

	"bot/slackio": {"bot/intake", "bot/notify", "bot/judge", "bot/words", "bot/ledger", "bot/cooldown", "bot/skew", "bot/causes", "auth"},
	"bot/intake": {
		"bot/judge", "bot/notify", "bot/requests", "bot/worker", "bot/words", "bot/command", "bot/ledger", "bot/causes", "auth",
	},
	"bot/execute": {
		"bot/judge", "bot/notify", "bot/requests", "bot/worker", "bot/words", "bot/ledger", "bot/cooldown", "bot/causes", "auth", "graph",
	},
	"bot/notify":   {"bot/requests", "bot/worker", "bot/words", "bot/ledger", "bot/causes", "auth"},
	"bot/judge":    {"bot/ledger", "bot/causes", "auth"},
	"bot/requests": {"bot/worker", "bot/words", "bot/ledger", "auth"},
	"bot/worker":   {"bot/ledger"},
	"bot/words":    {"bot/command", "bot/ledger", "bot/causes", "auth"},

	"bot/metrics": {"bot/ledger"},

	"bot/config":            {"auth"},
	"bot/ledger/sqlite":     {"bot/ledger", "bot/ledger/row", "auth", "bot/command"},
	"bot/ledger/postgres":   {"bot/ledger", "bot/ledger/row", "bot/skew", "auth", "bot/command"},
	"bot/ledger/row":        {"bot/ledger", "auth"},
	"bot/ledger/ledgertest": {"bot/ledger", "auth", "bot/command"},
	"bot/ledger":            {"auth", "bot/command"},
	"auth":                  {},
	"bot/command":           {},
	"bot/cooldown":          {},
	"bot/causes":            {},
	"bot/skew":              {},
	"graph":                 {"bot/cooldown", "bot/skew", "bot/causes"},
	"bot/ledger/diskfake":   {},
	"bot/slackfake":         {},
	"bot/blockkit":          {},
	"graph/graphfake":       {},
}

// only is what one package alone may import from outside, with what lies below it.
var only = map[string]string{
	"github.com/slack-go/slack":                        "bot/slackio",
	"github.com/caarlos0/env/v11":                      "bot/config",
	"modernc.org/sqlite":                               "bot/ledger/sqlite bot/ledger/diskfake",
	"modernc.org/libc":                                 "bot/ledger/diskfake",
	"github.com/jackc/pgx/v5":                          "bot/ledger/postgres bot/ledger/ledgertest bot/config",
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity": "auth graph",
	"github.com/prometheus/client_golang":              "bot/metrics",
}

// pure are the rooms that do no I/O, and all that they may import of the standard library.
var pure = map[string][]string{
	"bot/words": {"cmp", "errors", "fmt", "regexp", "slices", "strconv", "strings", "time", "unicode", "unicode/utf8"},
	"bot/command": {
		"cmp", "encoding/json", "errors", "fmt", "maps", "regexp", "slices", "strconv", "strings", "unicode", "unicode/utf8", "iter", "bytes", "github.com/google/uuid",
	},
}

// TestArrows reads the imports of every file of the module, whatever system it is for. It opens
// the files itself, so that a cached verdict is one about these files.
func TestArrows(t *testing.T) {
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		from := strings.TrimPrefix(filepath.ToSlash(dir), ".")
		for _, spec := range file.Imports {
			to, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if why := forbidden(from, to); why != "" {
				t.Errorf("%s must not import %s%s", filepath.ToSlash(path), to, why)
			}
		}
		if _, known := arrows[from]; !known {
			t.Errorf("%s is on no plan: draw the arrows of %s here", path, from)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// forbidden says why one package may not import another; " " is that no arrow leads there, and ""
// that it may.
func forbidden(from, to string) string {
	room, ours := strings.CutPrefix(to, "cloudpc-bot/")
	for guarded, owners := range only {
		if (to == guarded || strings.HasPrefix(to, guarded+"/")) && !slices.Contains(strings.Split(owners, " "), from) {
			return ": only " + owners + " may"
		}
	}
	may := arrows[from]
	allowed, isPure := pure[from]
	switch {
	case ours && !slices.Contains(may, room) && !slices.Contains(may, "*"):
		return " "
	case to == "testing" && from != "bot/ledger/ledgertest":
		return ": the demo runs on it"
	case isPure && !ours && !slices.Contains(allowed, to):
		return ": it does no I/O"
	}
	return ""
}
