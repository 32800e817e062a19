package command

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzParse: an accepted order is within the grammar and prints to text that parses to
// the same order; a refused one has an error that points into the text, and is safe to
// show, and what it suggests can be typed.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "help", "CPC-ada", id, "{" + strings.ToUpper(id) + "}",
		`CPC-ada os=windows11 account=standardUser reason="disk is full"`,
		"“Ada’s PC” os = 11 account=‘local admin’",
		`"a ""b"" c" reason='it's "full"'`, "`x` reason=“a”” b”", `"='" reason="''"`,
		"status", "STATUS r-7k3f", "status CPC-ada", `status "desk"`, "status desk", "status ‘R-7K3F’", "history", "history CPC–ada", "History “a b”", `history "help"`, "history x y", "history os=11", "list", "list all", "cancel", "Cancel `R–7K3F`", "cancel 7k3f 7k3g", "cancel 7\u212a3F", "cancel os=11", `cancel ""`,
		"freeze", "freeze Intune’s down", `freeze "a ""b"" c"`, `freeze "a" b`, "freeze '&lt;x&gt;", "freeze reason = x", "unfreeze", "unfreeze it",
		"<@U1|ada> os=win11", "<mailto:a@b.c|a@b.c>", "<http://pc1.x|pc1.x> <!here> <#C1|x>", "<<a|b>", "&amp;lt;@U1&gt;",
		"CPC-ada acount=admin", "CPC-ada os=windows 11", "CPC-ada reason=disk is full", "os= account=admin", "= =", "x os:11",
		"\ufeffCPC–ada\u200b\u00a0os=win10", "CPC-\u202eada", "a\u200bb", "reason=\u200d x", "CPC\n```", "\xff",
		"frezee", "*freeze*", "`list`", "stop R-7K3F", "approve 7k3f", "histroy “a b”", "R-7K3F", "R-7K3F. deny", "please x os=11", "reprovision x now", "x --os 11", "x reason: a b", "status a b", `"stop"`, "@freeze!",
		"*CPC-ada* os=11", "_CPC-ada os=windows11_", "`CPC-ada os=windows11`", "```\nlist\n```", "**a*", "*os*=*11* ~x~", "`a` `b`", "_`'x'`_", `*"a b"*`,
		strings.Repeat("x", 494) + " os=11", `x reason="` + strings.Repeat(`"" `, 90) + `"`, "x reason='" + strings.Repeat("“", 299) + "'",
	} {
		f.Add(seed)
	}
	f.Fuzz(holds)
}

// TestAnyMixHolds plays FuzzParse's promises on random sentences of the grammar's pieces,
// which bytes by chance seldom form.
func TestAnyMixHolds(t *testing.T) {
	pieces := strings.Split("frezee|stop|approve|now|reprovision|--os|os:|r-7k3f|help|status|list|history|history|cancel|Cancel 7k3f|Status R–7K3F|desk|freeze|freeze|unfreeze|R-7K3F|CPC-ada|CPC-ada|–|"+id+"|os|OS_version|account|reason|notify|=|=|=|==|win11|11|windows 11|standard|user|"+
		"unknownFutureValue|\"|\"|\"|\"\"|“|”|'|'|’|`|@|:|&amp;|&lt;|&amp;lt;|<|>|<@U1>|<http://x=y>|<mailto:a@b>|"+
		"\u00a0|\u200b|\u200d|\ufeff|é|x|\t", "|")
	rnd := rand.New(rand.NewPCG(1, 2))
	orders := map[Verb]int{}
	for range 5_000 {
		var b strings.Builder
		for range 1 + rnd.IntN(12) {
			b.WriteString(pieces[rnd.IntN(len(pieces))])
			if rnd.IntN(2) == 0 {
				b.WriteByte(' ')
			}
		}
		holds(t, b.String())
		o, _ := Parse(b.String())
		orders[o.Verb]++
	}
	if orders[Reprovision] < 250 || orders[Freeze] < 50 || orders[Cancel] < 5 || orders[History] < 15 {
		t.Errorf("few of the sentences were orders: %v proves little", orders)
	}
}

func holds(t *testing.T, text string) {
	o, err := Parse(text)
	if err == nil {
		accepted(t, o)
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: %T is no *Error", text, err)
	}
	if o != (Order{}) {
		t.Fatalf("%q: an order %#v with an error", text, o)
	}
	refused(t, e)
}

func accepted(t *testing.T, o Order) {
	printed := o.String()
	again, err := Parse(printed)
	if err != nil || again != o {
		t.Fatalf("%#v prints %q, which reads as %#v, %v", o, printed, again, err)
	}
	if strings.ContainsAny(person.ReplaceAllString(printed, ""), "<>") {
		t.Fatalf("%q is not escaped for Slack", printed)
	}
	switch o.Verb {
	case Help, List, Unfreeze:
		if o != (Order{Verb: o.Verb}) {
			t.Fatalf("%s with %#v", o.Verb, o)
		}
	case Cancel, Status, History:
		if o != (Order{Verb: o.Verb, Request: o.Request, PC: o.PC}) || o.Request != "" && (o.PC != "" || !canonical(o.Request)) {
			t.Fatalf("%s of %#v", o.Verb, o)
		}
		if o.Verb == Cancel && o.Request == "" || o.Verb == Cancel && o.PC != "" || o.Verb == History && o.Request != "" {
			t.Fatalf("%s of %#v", o.Verb, o)
		}
		if o.PC != "" {
			machine(t, o)
		}
	case Freeze:
		if o != (Order{Verb: Freeze, Reason: o.Reason}) || o.Reason != strings.TrimSpace(o.Reason) {
			t.Fatalf("freeze with %#v", o)
		}
	case Reprovision:
		if o.Request != "" {
			t.Fatalf("a machine with the request %q", o.Request)
		}
		machine(t, o)
	case Form:
		if o != (Order{Verb: Form, OS: o.OS, Account: o.Account, Reason: o.Reason}) {
			t.Fatalf("form with %#v", o)
		}
	default:
		t.Fatalf("verb %q", o.Verb)
	}
	if o.OS != "" && o.OS != Windows10 && o.OS != Windows11 || o.Account != "" && o.Account != StandardUser && o.Account != Administrator {
		t.Fatalf("Graph knows no such choice: %#v", o)
	}
	if utf8.RuneCountInString(o.Reason) > MaxReason || strings.ContainsFunc(o.PC+o.Reason, unreadable) {
		t.Fatalf("reason %q", o.Reason)
	}
}

// machine holds an order's machine against what one can be.
func machine(t *testing.T, o Order) {
	if o.PC == "" || o.PC != strings.TrimSpace(o.PC) || strings.ContainsFunc(o.PC, invisible) {
		t.Fatalf("machine %q", o.PC)
	}
	if o.ByID() && (len(o.PC) != 36 || o.PC != strings.ToLower(o.PC)) {
		t.Fatalf("id %q is not canonical", o.PC)
	}
}

// canonical says that a request's id is in the ledger's form.
func canonical(id string) bool {
	letters, ok := strings.CutPrefix(id, "R-")
	return ok && len(letters) >= 4 && len(letters) <= 12 && strings.Trim(letters, "23456789ABCDEFGHJKMNPQRSTVWXYZ") == ""
}

func refused(t *testing.T, e *Error) {
	runes := utf8.RuneCountInString(e.Text)
	if e.At < 0 || e.Len < 0 || e.At+e.Len > runes || runes > MaxText+1 {
		t.Fatalf("%d+%d points out of %q (%d runes)", e.At, e.Len, e.Text, runes)
	}
	if e.Problem == "" || e.Len == 0 && e.Problem != NoMachine && e.Problem != NoRequest {
		t.Fatalf("%#v points at nothing", e)
	}
	if e.Verb != "" && e.Nearest != "" && e.Nearest != string(Cancel) {
		if o, err := Parse(e.Nearest); err != nil || o.Verb != e.Verb {
			t.Fatalf("%#v suggests what reads as %#v, %v", e, o, err)
		}
	}
	if e.Machine != "" {
		if o, err := Parse(e.Machine); err != nil || o.Verb != Reprovision || o != (Order{Verb: Reprovision, PC: o.PC}) {
			t.Fatalf("%#v suggests a machine that reads as %#v, %v", e, o, err)
		}
	}
	for _, shown := range []string{e.Text, e.Got, e.Nearest, e.Machine, e.Error()} {
		if strings.ContainsFunc(shown, func(r rune) bool { return unreadable(r) && r != unicode.ReplacementChar }) {
			t.Fatalf("%q is not safe to show", shown)
		}
	}
	text, marks, ok := strings.Cut(e.Pointer(), "\n")
	spaces := len(marks) - len(strings.TrimLeft(marks, " "))
	switch {
	case !ok || strings.ContainsAny(e.Pointer(), "`\r") || strings.Count(e.Pointer(), "\n") != 1:
		t.Fatalf("%q breaks out of its code block", e.Pointer())
	case strings.Trim(marks[spaces:], "^") != "" || len(marks) == spaces:
		t.Fatalf("%q has no pointer", e.Pointer())
	case len(marks) > utf8.RuneCountInString(text)+1 || e.Len > 0 && len(marks) > utf8.RuneCountInString(text):
		t.Fatalf("%q points beside the text", e.Pointer())
	}
}

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"plain":   "CPC-ada os=windows11 account=standardUser",
		"full":    "\ufeff<http://pc1.corp.example.com|pc1.corp.example.com>\u00a0OS = “Windows 11” account=admin reason=“R&amp;D’s disk is full”",
		"refused": "CPC-ada os=windows11 acount=standardUser",
		"long":    strings.Repeat("<", 40_000),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = Parse(text)
			}
		})
	}
}
