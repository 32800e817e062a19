package ops_test

import (
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	about := "Without a command it runs the bot"
	for _, row := range []struct {
		args string
		code int
		want string // regular expression
	}{
		{"help", 0, about}, {"--help", 0, about}, {"-h", 0, about}, {"help help", 0, "same as --help"},
		{"version", 0, "^cloudpc-bot .* go1"}, {"--version", 0, "^cloudpc-bot .* go1"},
		{"demo --help", 0, "--script"}, {"help demo", 0, "--script"},
		{"doctor --help", 0, "(?s)--offline.*--json"}, {"docter", 2, `did you mean "doctor"\?`}, {"doctor --ofline", 2, `did you mean "--offline"\?`},
		{"manifest", 0, "socket_mode_enabled: true"}, {"manifest --help", 0, "Slack app"},
		{"manifest grafana --help", 0, "(?s)Import it in Grafana.*manifest alerts >"}, {"manifest alerts --help", 0, "rule_files"},
		{"audit --help", 0, `(?s)R-7K3F:3f9c0a1b2c3d.*rows of the table\s+texts.*3 the\s+ledger`},
		{"audit verify --help", 0, `(?s)R-7K3F:3f9c0a1b2c3d.*3 the\s+ledger`}, {"help audit export", 0, `(?s)JSON object.*client_request_id.*--from`},
		{"audit show --help", 0, "every event with its receipt"}, {"audit redact --help", 0, `(?s)has not ended is refused.*What stays.*Slack's messages.*--yes`},
		{"audit show", 2, "<request>"}, {"audit verify nonsense", 2, "not a receipt"}, {"audit redact R-7K3F", 2, "--yes"}, {"audit export --form x", 2, `did you mean "--from"`},
		{"health --help", 0, `/healthz(.|\n)*HTTP_ADDR\s+is\s+off`}, {"version --help", 0, "the version of Go"},

		{"server", 2, "unexpected argument server\ncloudpc-bot help lists the commands"}, {"manifst", 2, `did you mean "manifest"\?`},
		{"adit R-7K3F:3f9c0a1b2c3d", 2, `did you mean "audit"\?`}, {"--versoin", 2, `did you mean "--version"\?`},
		{"demo more", 2, "unexpected argument more"}, {"demo --scirpt", 2, `did you mean "--script"\?`}, {"version 1", 2, "unexpected argument 1"},
		{"help manifst", 2, `did you mean "manifest"\?`}, {"audit nonsense", 2, "not a receipt"},
	} {
		code, out := start(t, nil, strings.Fields(row.args)...)
		if code != row.code || !regexp.MustCompile(row.want).MatchString(out) {
			t.Errorf("%s: exit status %d, want %d and %q\n%s", row.args, code, row.code, row.want, out)
		}
	}
	if code, out := start(t, nil, ""); code != 2 || !strings.Contains(out, "unexpected argument") {
		t.Errorf("an empty word: exit status %d\n%s", code, out)
	}
}

func TestDemoTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	began := time.Now()
	code, out := start(t, nil, "demo", "--script")
	if code != 0 || time.Since(began) > 30*time.Second {
		t.Errorf("exit status %d after %v\n%s", code, time.Since(began), out)
	}
	for _, want := range []string{"/reprovision CPC-DAN-01", "looking for CPC-DAN-01", "ben\n", "Accepted by Microsoft", "Done. CPC-DAN-01 is ready", "Microsoft Graph received:  POST"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo lacks %q\n%s", want, out)
		}
	}
}
