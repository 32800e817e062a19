package command

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func parseError(t *testing.T, text string) *Error {
	t.Helper()
	o, err := Parse(text)
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%q: got %+v, %v, want an *Error", text, o, err)
	}
	return e
}

func TestWhatIsNotUnderstoodIsExplained(t *testing.T) {
	oses, accounts := []string{"windows10", "windows11"}, []string{"standardUser", "administrator"}
	options := []string{"os", "account", "reason", "notify"}
	// In typed, the part that is wrong stands in ⟦…⟧.
	for _, row := range []struct {
		typed string
		want  Error
	}{
		{`⟦""⟧`, Error{Problem: NoMachine}},
		{"CPC-ada ⟦CPC-bob⟧", Error{Problem: TwoMachines}},
		{"CPC-ada ⟦CPC-ada⟧", Error{Problem: TwoMachines}},
		{"CPC-ada os=win11 ⟦CPC-bob⟧", Error{Problem: TwoMachines}},
		{"CPC-ada ⟦windows11⟧", Error{Problem: Style, Key: "os", Want: oses, Nearest: "os=windows11"}},
		{"CPC-ada ⟦Admin⟧", Error{Problem: Style, Key: "account", Want: accounts, Nearest: "account=administrator"}},
		{"CPC-ada ⟦os:win11⟧", Error{Problem: Style, Key: "os", Want: oses, Nearest: "os=windows11"}},
		{"CPC-ada ⟦help⟧", Error{Problem: TwoMachines}},

		{"cancel⟦⟧", Error{Problem: NoRequest}},
		{`cancel ⟦""⟧`, Error{Problem: NoRequest}},
		{`status ⟦""⟧`, Error{Problem: NoMachine}},
		{`history ⟦""⟧`, Error{Problem: NoMachine}},
		{"history ⟦<@U1|ada>⟧", Error{Problem: PersonNotMachine, Got: "@ada"}},
		{"history ⟦help⟧", Error{Problem: Excess, Nearest: `"help"`}},
		{"status ⟦Help⟧ me", Error{Problem: Excess, Nearest: `"Help"`}},
		{"history ⟦list=all⟧", Error{Problem: Excess}},
		{"history CPC ⟦ada⟧", Error{Problem: TwoMachines}},
		{"history CPC-ada ⟦CPC-bob⟧ CPC-cem", Error{Problem: TwoMachines}},
		{"history CPC-ada ⟦os=11 all⟧", Error{Problem: Excess}},
		{"status CPC-ada ⟦R-7K3F⟧", Error{Problem: TwoMachines}},
		{"status R-7K3F ⟦CPC-ada⟧", Error{Problem: Excess}},
		{"history ⟦“CPC ada⟧", Error{Problem: Unclosed}},
		{`history CPC-ada ⟦"CPC ada⟧`, Error{Problem: Unclosed}},
		{"history CPC-a\u200dda", Error{At: 13, Len: 1, Problem: Control, Got: "U+200D"}},
		{"cancel ⟦CPC-ada⟧", Error{Problem: NotARequest}},
		{"cancel ⟦<@U1|ada>⟧", Error{Problem: NotARequest, Got: "@ada"}},
		{"cancel ⟦“R-7K3F R-7K3G”⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R-⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R⟧ 7K3F", Error{Problem: NotARequest}},
		{"cancel ⟦R--7K3F⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R-R-7K3F⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R-7K3⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R-23456789ABCDE⟧", Error{Problem: NotARequest}},
		{"cancel ⟦R-7K3F.⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7K30⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7K31⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7k3i⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7K3L⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7K3O⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7k3u⟧", Error{Problem: NotARequest}},
		{"cancel ⟦7\u212a3F⟧", Error{Problem: NotARequest}}, // Kelvin's K
		{"cancel ⟦7K3ſ⟧", Error{Problem: NotARequest}},      // a long s
		{"cancel ⟦７K3F⟧", Error{Problem: NotARequest}},
		{"cancel R-7K3F ⟦R-7K3G⟧", Error{Problem: Excess}},
		{"cancel 7k3f ⟦because it's “wrong⟧ ", Error{Problem: Excess}},
		{"status R-7K3F  ⟦os=11⟧", Error{Problem: Excess}},
		{"status ⟦os = 11⟧ R-7K3F", Error{Problem: Excess}},
		{"cancel ⟦notify=no⟧", Error{Problem: Excess}},
		{"list ⟦all of them⟧", Error{Problem: Excess}},
		{"list ⟦os=11⟧", Error{Problem: Excess}},
		{"unfreeze ⟦\"now⟧", Error{Problem: Excess}},
		{"freeze ⟦os⟧=11", Error{Problem: Excess}},
		{"freeze ⟦Why⟧ = \"Intune is down", Error{Problem: Excess}},
		{"⟦list⟧=all", Error{Problem: UnknownKey, Want: options}},
		{"CPC-ada ⟦cancel⟧", Error{Problem: TwoMachines}},
		{`cancel ⟦"R-7K3F⟧`, Error{Problem: Unclosed}},
		{`cancel "R-7K3F⟦"⟧x`, Error{Problem: Glued}},
		{"cancel R-7K\u200d3F", Error{At: 11, Len: 1, Problem: Control, Got: "U+200D"}},
		{"freeze a\u202eb", Error{At: 8, Len: 1, Problem: Control, Got: "U+202E"}},

		{"CPC-ada reason=disk ⟦is full⟧ os=11", Error{Problem: Unquoted, Key: "reason", Nearest: `reason="disk is full"`}},
		{"CPC-ada account=standard ⟦user⟧", Error{Problem: Unquoted, Key: "account", Nearest: `account="standard user"`}},
		{"account=standard ⟦user⟧ CPC-ada", Error{Problem: Unquoted, Key: "account", Nearest: `account="standard user"`}},
		{"CPC-ada os=⟦windows 11⟧", Error{Problem: UnknownValue, Key: "os", Want: oses, Nearest: "windows11"}},
		{"os=⟦Windows 10⟧ CPC-ada", Error{Problem: UnknownValue, Key: "os", Want: oses, Nearest: "windows10"}},
		{"account=⟦local admin⟧ CPC-ada", Error{Problem: UnknownValue, Key: "account", Want: accounts, Nearest: "administrator"}},

		{"⟦@ada⟧", Error{Problem: BarePerson}},
		{"⟦@ada⟧ reason=\"as <@U1|ada> says\"", Error{Problem: BarePerson, Got: "@ada"}},
		{"⟦<!subteam^S1|@it-help>⟧", Error{Problem: BarePerson, Got: "@it-help"}},
		{"⟦<!here>⟧", Error{Problem: BarePerson, Got: "@here"}},
		{`⟦"<@U1|ada>"⟧`, Error{Problem: BarePerson, Got: `"@ada"`}},
		{"⟦*<@U1|ada>*⟧", Error{Problem: BarePerson, Got: "*@ada*"}},
		{"⟦<@U1|ada>x⟧", Error{Problem: BarePerson, Got: "@adax"}},

		{"CPC-ada ⟦acount⟧=admin", Error{Problem: UnknownKey, Want: options, Nearest: "account"}},
		{"CPC-ada ⟦so⟧=win11", Error{Problem: UnknownKey, Want: options, Nearest: "os"}},
		{"CPC-ada ⟦Raeson⟧=x", Error{Problem: UnknownKey, Want: options, Nearest: "reason"}},
		{"CPC-ada ⟦type⟧=admin", Error{Problem: UnknownKey, Want: options, Nearest: "account"}},
		{"CPC-ada ⟦--os win11⟧", Error{Problem: Style, Key: "os", Want: oses, Nearest: "os=windows11"}},
		{"CPC-ada ⟦colour⟧=red", Error{Problem: UnknownKey, Want: options}},
		{"⟦pc⟧=CPC-ada", Error{Problem: UnknownKey, Want: options}},
		{"⟦help⟧=me", Error{Problem: UnknownKey, Want: options}},
		{"⟦CPC-ada⟧ =win11", Error{Problem: UnknownKey, Want: options, Nearest: "os"}},
		{"CPC-ada reason=x ⟦=⟧ y", Error{Problem: UnknownKey, Want: options}},

		{"CPC-ada os=⟦win12⟧", Error{Problem: UnknownValue, Key: "os", Want: oses}}, // as near to 10 as to 11
		{"CPC-ada os=⟦windos11⟧", Error{Problem: UnknownValue, Key: "os", Want: oses, Nearest: "windows11"}},
		{"CPC-ada os=⟦linux⟧", Error{Problem: UnknownValue, Key: "os", Want: oses}},
		{"CPC-ada os=⟦=11⟧", Error{Problem: UnknownValue, Key: "os", Want: oses, Nearest: "windows11"}},
		{"CPC-ada account=⟦amdin⟧", Error{Problem: UnknownValue, Key: "account", Want: accounts, Nearest: "administrator"}},
		{"CPC-ada account=⟦“standart user”⟧", Error{Problem: UnknownValue, Key: "account", Want: accounts, Nearest: "standardUser"}},
		{"CPC-ada os=⟦unknownFutureValue⟧", Error{Problem: Sentinel, Key: "os", Want: oses}},
		{"CPC-ada account = ⟦UNKNOWNFUTUREVALUE⟧", Error{Problem: Sentinel, Key: "account", Want: accounts}},

		{"CPC-ada os=win11 ⟦os⟧=win11", Error{Problem: KeyTwice, Key: "os", Want: oses}},
		{"os=win10 CPC-ada ⟦OS_Version⟧=win11", Error{Problem: KeyTwice, Key: "os", Want: oses}},
		{"OsVersion=win11 CPC-ada ⟦os⟧=win11", Error{Problem: KeyTwice, Key: "os", Want: oses}},
		{"CPC-ada reason=a ⟦reason⟧=b", Error{Problem: KeyTwice, Key: "reason"}},
		{"CPC-ada ⟦os=⟧", Error{Problem: NoValue, Key: "os", Want: oses}},
		{"CPC-ada ⟦os=⟧ account=admin", Error{Problem: NoValue, Key: "os", Want: oses}},
		{"CPC-ada ⟦os =⟧ account = admin", Error{Problem: NoValue, Key: "os", Want: oses}},
		{`CPC-ada ⟦reason=" "⟧`, Error{Problem: NoValue, Key: "reason"}},

		{`CPC-ada reason=⟦"disk is full⟧`, Error{Problem: Unclosed}},
		{"⟦“CPC ada⟧", Error{Problem: Unclosed}},
		{"CPC-ada reason=⟦'it's full⟧", Error{Problem: Unclosed}},
		{`"CPC-ada⟦"⟧os=win11`, Error{Problem: Glued}},
		{`"a⟦“⟧”b"`, Error{Problem: Glued}}, // only the same quote twice is one
		{`CPC-ada reason="he said ⟦"⟧no" to me`, Error{Problem: Glued}},

		{"CPC-\u200bada", Error{At: 4, Len: 1, Problem: Control, Got: "U+200B"}},
		{"CPC-\u200dada", Error{At: 4, Len: 1, Problem: Control, Got: "U+200D"}},
		{"CPC-\u3164ada", Error{At: 4, Len: 1, Problem: Control, Got: "U+3164"}},
		{"CPC-ada\ufe0f", Error{At: 7, Len: 1, Problem: Control, Got: "U+FE0F"}},
		{"\u202eada-CPC", Error{At: 0, Len: 1, Problem: Control, Got: "U+202E"}},
		{"CPC-ada reason=\"a\u2066b\"", Error{At: 17, Len: 1, Problem: Control, Got: "U+2066"}},
		{"CPC-ada o\u200ds=win11", Error{At: 9, Len: 1, Problem: Control, Got: "U+200D"}},
		{"CPC-ada os=win\u200d11", Error{At: 14, Len: 1, Problem: Control, Got: "U+200D"}},
		{"CPC-ada\nos=win11", Error{At: 7, Len: 1, Problem: Control, Got: "U+000A"}},
		{"CPC-ada\tos=win11", Error{At: 7, Len: 1, Problem: Control, Got: "U+0009"}},
		{"CPC-ada\u2028os=win11", Error{At: 7, Len: 1, Problem: Control, Got: "U+2028"}},
		{"help\x00", Error{At: 4, Len: 1, Problem: Control, Got: "U+0000"}},
		{"CPC-\xff", Error{At: 4, Len: 1, Problem: Control, Got: "U+FFFD"}},
	} {
		marked := string(first(clean(row.typed)))
		e := parseError(t, strings.NewReplacer("⟦", "", "⟧", "").Replace(row.typed))
		want := row.want
		if at := strings.Index(marked, "⟦"); at >= 0 {
			size := strings.Index(marked, "⟧") - at - len("⟦")
			part := marked[at+len("⟦"):][:size]
			want.At, want.Len = utf8.RuneCountInString(marked[:at]), utf8.RuneCountInString(part)
			if want.Got == "" {
				want.Got = part
			}
		}
		if diff := cmp.Diff(want, *e, cmpopts.IgnoreFields(Error{}, "Text", "Verb")); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.typed, diff)
		}
	}
}

func TestAnErrorTellsTheVerbThatWasTyped(t *testing.T) {
	for typed, want := range map[string]Verb{
		"freeze os=11": Freeze, "freeze " + strings.Repeat("x", MaxReason+1): Freeze, "unfreeze now": Unfreeze, "cancel": Cancel, "Cancel CPC-ada": Cancel,
		"list all": List, "history a b": History, "status desk lamp": Status, "CPC-ada CPC-bob": "", "reprovision": "", "CPC-ada freeze": "",
	} {
		if got := parseError(t, typed).Verb; got != want {
			t.Errorf("%s: got %q, want %q", typed, got, want)
		}
	}
}

func TestTextsHaveLimits(t *testing.T) {
	long := strings.Repeat("é", MaxReason)
	if o, err := Parse(`CPC-ada reason="` + long + `"`); err != nil || o.Reason != long {
		t.Errorf("a reason of %d runes: %v", MaxReason, err)
	}
	e := parseError(t, `CPC-ada reason="`+long+`é"`)
	if e.Problem != TooLong || e.Key != "reason" || e.Got != "301" || e.Want[0] != "300" || e.At != 15 || e.Len != 303 {
		t.Errorf("a reason one too long: %+v", e)
	}

	if o, err := Parse("freeze " + long); err != nil || o.Reason != long {
		t.Errorf("a why of %d runes: %v", MaxReason, err)
	}
	if o, err := Parse("freeze '" + long + "'"); err != nil || o.Reason != long {
		t.Errorf("a why of %d runes in quotes: %v", MaxReason, err)
	}
	e = parseError(t, "freeze "+long+"é")
	if e.Problem != TooLong || e.Key != "reason" || e.Got != "301" || e.Want[0] != "300" || e.At != 7 || e.Len != 301 {
		t.Errorf("a why one too long: %+v", e)
	}

	if _, err := Parse(strings.Repeat("é", MaxText)); err != nil {
		t.Errorf("a text of %d runes: %v", MaxText, err)
	}
	if _, err := Parse(strings.Repeat("&amp;", MaxText)); err != nil {
		t.Errorf("a text of %d escaped runes: %v", MaxText, err)
	}
	e = parseError(t, "CPC-ada "+strings.Repeat("é", 100_000))
	if e.Problem != TooLong || e.Got != "100008" || e.Want[0] != "500" || e.At != MaxText || e.Len != 1 ||
		utf8.RuneCountInString(e.Text) != MaxText+1 {
		t.Errorf("a text far too long: %+v", e)
	}

	// It fits as typed, but not in the words of its own String.
	e = parseError(t, strings.Repeat("x", MaxText-len(" os=11"))+" os=11")
	if e.Problem != TooLong || e.Got != "507" || e.Want[0] != "500" {
		t.Errorf("an order too long to print: %+v", e)
	}
}

func TestAPointerStandsUnderTheTrouble(t *testing.T) {
	long := "CPC-ada reason=\"" + strings.Repeat("very ", 30) + "long\" "
	for typed, want := range map[string]string{
		"CPC-ada acount=admin":           "CPC-ada acount=admin\n        ^^^^^^",
		"cancel":                         "cancel\n      ^",
		"cancel CPC–ada":                 "cancel CPC–ada\n       ^^^^^^^",
		"“Zoë” acount=admin":             "“Zoë” acount=admin\n      ^^^^^^",
		"@ada os=win11":                  "@ada os=win11\n^^^^",
		"R&amp;D &lt;!here&gt;":          "R&D <!here>\n    ^^^^^^^",
		"CPC``` x ```":                   "CPC''' x '''\n       ^",
		"CPC\n```":                       "CPC␊'''\n   ^",
		"CPC \u202eada":                  "CPC \ufffdada\n    ^",
		"CPC\x7f":                        "CPC␡\n   ^",
		long + "acount=admin os=11":      "… very very very very very very long\" acount=admin os=11\n" + strings.Repeat(" ", 38) + "^^^^^^",
		"acount=admin " + long:           "acount=admin CPC-ada reason=\"very very very very very v…\n^^^^^^",
		strings.Repeat("x", 501):         "…" + strings.Repeat("x", 54) + "…\n" + strings.Repeat(" ", 55) + "^",
		"x \"" + strings.Repeat("y", 99): "x \"" + strings.Repeat("y", 52) + "…\n  " + strings.Repeat("^", 54),
	} {
		if got := parseError(t, typed).Pointer(); got != want {
			t.Errorf("%q\ngot\n%s\nwant\n%s", typed, got, want)
		}
	}
}

func TestAnErrorIsOneLineForOperators(t *testing.T) {
	for typed, want := range map[string]string{
		`""`:                       `command: no machine: "\"\"" at 0`,
		"CPC-ada acount=admin":     `command: unknown key: "acount" at 8, want os or account or reason or notify; meant "account"?`,
		"cancel CPC-ada":           `command: not a request: "CPC-ada" at 7`,
		"list all":                 `command: excess: "all" at 5`,
		"CPC-ada os=win12":         `command: unknown value for os: "win12" at 11, want windows10 or windows11`,
		"CPC-ada\nos=11":           `command: control: "U+000A" at 7`,
		"a \"b\u0085":              `command: quote unclosed: "\"b" at 2`,
		strings.Repeat("x\n", 300): `command: too long: "599" at 500, want 500`,
	} {
		if got := parseError(t, typed).Error(); got != want {
			t.Errorf("%q\ngot  %s\nwant %s", typed, got, want)
		}
	}
}

func TestTwoAsNearAreNoGuess(t *testing.T) {
	for typed, want := range map[string]string{
		"win12": "", "1": "", "windows": "", "windows12": "", "w": "", "": "", "windows1l": "",
		"windos11": "windows11", "wn10": "windows10", "wni11": "windows11",
	} {
		if got := keys[0].nearestValue(typed); got != want {
			t.Errorf("%s: got %q, want %q", typed, got, want)
		}
	}
}

func TestDistanceCountsSlips(t *testing.T) {
	for _, row := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "os", 2}, {"os", "", 2}, {"os", "so", 1}, {"acount", "account", 1}, {"reason", "raeson", 1}, {"kitten", "sitting", 3}, {"straße", "strasse", 2}} {
		if got := distance([]rune(row.a), []rune(row.b)); got != row.want {
			t.Errorf("%s → %s: got %d, want %d", row.a, row.b, got, row.want)
		}
	}
}

func first(text []rune, _ map[span]string) []rune { return text }
