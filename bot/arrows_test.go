package bot_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// arrows is what each package may import of this module; a package that is not here is a
// mistake. "*" is anything below.
var arrows = map[string][]string{
	"":         {"*"},
	"bot/demo": {"*"},
	"bot/ops":  {"*"},
	"bot":      {"*"},

	"bot/slackio": {"bot/intake", "bot/notify", "bot/judge", "bot/words", "bot/ledger", "bot/cooldown", "bot/causes", "auth"},
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

	"bot/config":            {"auth"},
	"bot/ledger/sqlite":     {"bot/ledger", "bot/ledger/row", "auth", "bot/command"},
	"bot/ledger/postgres":   {"bot/ledger", "bot/ledger/row", "auth", "bot/command"},
	"bot/ledger/row":        {"bot/ledger", "auth"},
	"bot/ledger/ledgertest": {"bot/ledger", "auth", "bot/command"},
	"bot/ledger":            {"auth", "bot/command"},
	"auth":                  {},
	"bot/command":           {},
	"bot/cooldown":          {},
	"bot/causes":            {},
	"graph":                 {"bot/cooldown", "bot/causes"},
	"bot/slackfake":         {},
	"bot/blockkit":          {},
	"graph/graphfake":       {},
}

// only is what one package alone may import from outside, with what lies below it.
var only = map[string]string{
	"github.com/slack-go/slack":                        "bot/slackio",
	"github.com/caarlos0/env/v11":                      "bot/config",
	"modernc.org/sqlite":                               "bot/ledger/sqlite",
	"github.com/jackc/pgx/v5":                          "bot/ledger/postgres bot/ledger/ledgertest bot/config",
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity": "auth graph",
}

func TestArrows(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "cloudpc-bot/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	room := func(path string) (string, bool) {
		rest, ours := strings.CutPrefix(path, "cloudpc-bot")
		return strings.TrimPrefix(rest, "/"), ours && (rest == "" || rest[0] == '/')
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		from, _ := room(p.ImportPath)
		may, known := arrows[from]
		if !known {
			t.Errorf("%s is on no plan: draw its arrows here", p.ImportPath)
		}
		for _, i := range p.Imports {
			if to, ours := room(i); ours && !slices.Contains(may, to) && !slices.Contains(may, "*") {
				t.Errorf("%s must not import %s", p.ImportPath, i)
			}
			for guarded, owners := range only {
				if (i == guarded || strings.HasPrefix(i, guarded+"/")) && !slices.Contains(strings.Split(owners, " "), from) {
					t.Errorf("%s must not import %s", p.ImportPath, i)
				}
			}
			if i == "testing" && from != "bot/ledger/ledgertest" {
				t.Errorf("%s must not import testing: the demo runs on it", p.ImportPath)
			}
		}
	}
}
