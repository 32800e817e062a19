package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// codes are all causes that the ledger has, read from its source: a new one is not forgotten here.
func codes(t *testing.T) (all []ledger.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../ledger/request.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if kind, ok := spec.Type.(*ast.Ident); ok && kind.Name == "Code" {
			for _, v := range spec.Values {
				code, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, ledger.Code(code))
			}
		}
		return true
	})
	return all
}

func TestEveryCauseHasARowWithAllColumns(t *testing.T) {
	all := codes(t)
	if len(all) < 30 || len(all) != len(reasons) {
		t.Errorf("the ledger has %d causes, the table %d", len(all), len(reasons))
	}
	for _, code := range all {
		row, ok := reasons[code]
		if !ok {
			t.Errorf("%s has no row in the table of causes (bot/words/why.go)", code)
			continue
		}
		for column, empty := range map[string]bool{"what": row.what == nil, "do": row.do == nil, "again": row.again == ""} {
			if empty {
				t.Errorf("the row of %s in the table of causes (bot/words/why.go) has an empty column: %s", code, column)
			}
		}
		if row.what == nil || row.do == nil {
			continue
		}
		for _, c := range []ledger.Cause{
			{Code: code}, {Code: code, Detail: "detail", Status: 409, RequestID: "r1", Reason: "<!channel> `x`", Until: time.Unix(1, 0), Where: "C1"},
			{Code: code, Detail: "someState", Status: 503},
		} {
			line := string(Why(c))
			if strings.Contains(line, "%!") || !strings.HasSuffix(line, ".") && !strings.HasSuffix(line, "”") || strings.Contains(line, "  ") || strings.Contains(line, "<!channel") || strings.Contains(line, "..") {
				t.Errorf("%s: %q", code, line)
			}
			if do := Cure(c); do != "" && !strings.Contains(strings.NewReplacer("“", "", "`", "").Replace(unescape(Line(line))), strings.ReplaceAll(do, "`", "")) {
				t.Errorf("%s: the log says %q, and people read %q", code, do, line)
			}
		}
	}
}

func TestCausesOfServicesAreSaidByTheirRow(t *testing.T) {
	for name, row := range map[string]struct {
		cause ledger.Cause
		says  []string
		not   []string
	}{
		"G4":                      {ledger.Cause{Code: ledger.SecondAdmin, Status: 400}, []string{"second administrator", "Multi Admin Approval", "Nothing was erased"}, []string{"options"}},
		"G5: its reason":          {ledger.Cause{Code: ledger.GraphRefused, Status: 409, Detail: "InvalidCloudPcState", Reason: "The Cloud PC is <busy>."}, []string{"“The Cloud PC is &lt;busy&gt;.”"}, []string{"without options"}},
		"G5: without options":     {ledger.Cause{Code: ledger.GraphRefused, Status: 400}, []string{"does not accept the request"}, []string{"options"}},
		"G5: with options":        {ledger.Cause{Code: ledger.Options, Status: 400}, []string{"without options"}, nil},
		"G9":                      {ledger.Cause{Code: ledger.Between, Status: 403}, []string{"instead of Microsoft Graph", "HTTPS_PROXY"}, []string{"CloudPC.ReadWrite.All"}},
		"G16":                     {ledger.Cause{Code: ledger.BadIdentity, Detail: "AADSTS900439"}, []string{"another cloud", "AZURE_AUTHORITY_HOST", "GRAPH_URL"}, []string{"renew"}},
		"G17":                     {ledger.Cause{Code: ledger.BadIdentity, Detail: "AADSTS53003"}, []string{"Conditional Access"}, []string{"secret", "renew"}},
		"G21: issuer":             {ledger.Cause{Code: ledger.BadIdentity, Detail: "AADSTS700211"}, []string{"issuer"}, []string{"secret or certificate"}},
		"G21: audience":           {ledger.Cause{Code: ledger.BadIdentity, Detail: "AADSTS700212"}, []string{"audience"}, nil},
		"G21: both":               {ledger.Cause{Code: ledger.BadIdentity, Detail: "AADSTS7002138"}, []string{"Compare issuer, subject and audience"}, nil},
		"G21: the clock":          {ledger.Cause{Code: ledger.NoToken, Detail: "AADSTS700024"}, []string{"clock"}, nil},
		"G25":                     {ledger.Cause{Code: ledger.NoSuchCall, Status: 404}, []string{"GRAPH_URL"}, []string{"machine is gone"}},
		"G10: grace":              {ledger.Cause{Code: ledger.WrongState, Detail: "inGracePeriod", Until: time.Unix(1800000000, 0)}, []string{"grace", "<!date^1800000000", "Assign the licence or policy again"}, nil},
		"an unknown state":        {ledger.Cause{Code: ledger.WrongState}, []string{"does not show"}, []string{"is ,"}},
		"S6":                      {ledger.Cause{Code: ledger.NoScope, Detail: "users:read"}, []string{"users:read", "manifest"}, []string{"in a moment"}},
		"S7: elsewhere":           {ledger.Cause{Code: ledger.MayNotPost, Detail: "not_in_channel", Where: "C1"}, []string{"<#C1>", "invite me there"}, []string{"a channel that I am in"}},
		"S8: archived":            {ledger.Cause{Code: ledger.MayNotPost, Detail: "is_archived"}, []string{"archived"}, []string{"/invite"}},
		"S8: read-only":           {ledger.Cause{Code: ledger.MayNotPost, Detail: "restricted_action_read_only_channel"}, []string{"only some people may post"}, []string{"/invite"}},
		"S8: its own fault":       {ledger.Cause{Code: ledger.MayNotPost, Detail: "invalid_blocks"}, []string{"a bug"}, []string{"/invite"}},
		"S8: a code nobody knows": {ledger.Cause{Code: ledger.MayNotPost, Detail: "something_new"}, []string{"something_new", "/invite"}, nil},
	} {
		line := string(Why(row.cause))
		for _, want := range row.says {
			if !strings.Contains(line, want) {
				t.Errorf("%s: %q does not say %q", name, line, want)
			}
		}
		for _, no := range row.not {
			if strings.Contains(line, no) {
				t.Errorf("%s: %q says %q", name, line, no)
			}
		}
	}
}

func TestWhetherAskingAgainHelpsIsSaid(t *testing.T) {
	for _, row := range []struct {
		cause ledger.Cause
		want  string
	}{
		{ledger.Cause{Code: ledger.GraphRefused, Status: 409}, " Request it again in a while."},
		{ledger.Cause{Code: ledger.GraphRefused, Status: 404}, " Then request it again."},
		{ledger.Cause{Code: ledger.GraphRefused, Status: 451}, ""},
		{ledger.Cause{Code: ledger.SlackSilent}, " Request it again in a while."},
	} {
		if got := string(again(row.cause)); got != row.want {
			t.Errorf("%+v: %q, want %q", row.cause, got, row.want)
		}
	}
	if causes.Graph(451, "").Retry != causes.Useless {
		t.Error("the table has changed")
	}
}

// What Graph says of a failed rebuild stands in a sentence, be it a code, a message, or what it shows.
func TestWhatGraphReportsIsASentence(t *testing.T) {
	for detail, want := range map[string]string{
		"somethingNew; It could not join.": "Microsoft reports somethingNew: It could not join.",
		"somethingNew":                     "Microsoft reports somethingNew.",
		"It could not join; Ask for help":  "Microsoft reports It could not join; Ask for help.",
		"status failed":                    "Microsoft reports status failed.",
		"":                                 "Microsoft does not say why.",
		"its remote action Reprovision is failed":   "Microsoft reports that its remote action Reprovision is failed.",
		"its remote action Reprovision is canceled": "Microsoft reports that its remote action Reprovision is canceled.",
		"NOENOUGHIPADDRESS; No.":                    "the subnet has no free IP address (NOENOUGHIPADDRESS). Enlarge the subnet, or wait: addresses that failed builds took are released within hours.",
	} {
		if got := string(Why(ledger.Cause{Code: ledger.BuildFailed, Detail: detail})); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
