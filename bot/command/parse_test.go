package command

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const id = "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"

func pc(name string, more ...func(*Order)) Order {
	o := Order{Verb: Reprovision, PC: name}
	for _, m := range more {
		m(&o)
	}
	return o
}

func mention(user, shown string, more ...func(*Order)) Order {
	o := pc(shown, more...)
	o.Person = user
	return o
}

func win10(o *Order)    { o.OS = Windows10 }
func win11(o *Order)    { o.OS = Windows11 }
func standard(o *Order) { o.Account = StandardUser }
func admin(o *Order)    { o.Account = Administrator }

func because(why string) func(*Order) { return func(o *Order) { o.Reason = why } }

func about(v Verb, request string) Order { return Order{Verb: v, Request: request} }

func of(v Verb, pc string) Order { return Order{Verb: v, PC: pc} }

func freeze(why string) Order { return Order{Verb: Freeze, Reason: why} }

func TestWhatPeopleTypeIsUnderstood(t *testing.T) {
	for _, row := range []struct {
		typed string
		want  Order
	}{
		{"help", Order{Verb: Help}},
		{"  HELP ", Order{Verb: Help}},
		{"--help", Order{Verb: Help}},
		{"—help", Order{Verb: Help}}, // a phone's dash
		{"?", Order{Verb: Help}},
		{"help me please", Order{Verb: Help}},
		{`help reason="`, Order{Verb: Help}},

		{"cancel R-7K3F", about(Cancel, "R-7K3F")},
		{"Cancel r-7k3f", about(Cancel, "R-7K3F")},
		{"CANCEL 7k3f", about(Cancel, "R-7K3F")},
		{"cancel R–7K3F", about(Cancel, "R-7K3F")},
		{"cancel r—7k3f\u200b", about(Cancel, "R-7K3F")},
		{"cancel\u00a0`R-7K3F`", about(Cancel, "R-7K3F")},
		{"cancel “7k3f”", about(Cancel, "R-7K3F")},
		{"cancel 23456789ABCD", about(Cancel, "R-23456789ABCD")},
		{"cancel efghjkmnpqrs", about(Cancel, "R-EFGHJKMNPQRS")},
		{"cancel r-tvwxyz", about(Cancel, "R-TVWXYZ")},
		{"cancel that", about(Cancel, "R-THAT")},
		{"status", about(Status, "")},
		{"STATUS  r-7k3f ", about(Status, "R-7K3F")},
		{"status r–7k3f", about(Status, "R-7K3F")},
		{"status `R-7K3F`", about(Status, "R-7K3F")}, // as copied from the bot's words
		{"status desk", about(Status, "R-DESK")},
		{`status "desk"`, of(Status, "desk")},
		{"status R7K30", of(Status, "R7K30")},
		{`status “R7K3”`, of(Status, "R7K3")},
		{"STATUS CPC–ada", of(Status, "CPC-ada")},
		{"status {" + strings.ToUpper(id) + "}", of(Status, id)},
		{"status “CPC ada”", of(Status, "CPC ada")},
		{`status "list"`, of(Status, "list")},
		{"history", of(History, "")},
		{" History\n", of(History, "")},
		{"history CPC-ada", of(History, "CPC-ada")},
		{"HISTORY " + strings.ToUpper(id), of(History, id)},
		{`history "CPC ada"`, of(History, "CPC ada")},
		{`history "help"`, of(History, "help")},
		{"history desk", of(History, "desk")},
		{"history R-7K3F", of(History, "R-7K3F")}, // as far as we know
		{"history <http://pc1.x|pc1.x>", of(History, "pc1.x")},
		{"list", Order{Verb: List}},
		{" List\n", Order{Verb: List}},
		{"freeze", freeze("")},
		{`freeze ""`, freeze("")},
		{"freeze Intune is down", freeze("Intune is down")},
		{"FREEZE  “Intune is down” ", freeze("Intune is down")},
		{"freeze it's down", freeze("it's down")},
		{"freeze 'tis down", freeze("'tis down")},
		{"freeze 'tis down'", freeze("tis down")},
		{`freeze "a" and "b"`, freeze(`"a" and "b"`)},
		{`freeze "a ""b"""`, freeze(`a "b"`)},
		{`freeze "a"b" c`, freeze(`"a"b" c`)},
		{"freeze see os=11, all", freeze("see os=11, all")},
		{`freeze "os=11 is broken"`, freeze("os=11 is broken")},
		{"freeze <https://x.example.com/?a=b> R&amp;D", freeze("https://x.example.com/?a=b R&D")},
		{"freeze CPC-ada", freeze("CPC-ada")}, // it is about all of them
		{"Unfreeze", Order{Verb: Unfreeze}},

		{"CPC-ada", pc("CPC-ada")},
		{"cpc-ADA", pc("cpc-ADA")},
		{id, pc(id)},
		{strings.ToUpper(id), pc(id)},
		{"{" + strings.ToUpper(id) + "}", pc(id)},
		{`"` + strings.ToUpper(id) + `"`, pc(id)},
		{strings.ReplaceAll(id, "-", "–"), pc(id)},
		{strings.ReplaceAll(id, "-", ""), pc(strings.ReplaceAll(id, "-", ""))}, // a name, as far as we know

		{"CPC-ada os=windows11 account=standardUser", pc("CPC-ada", win11, standard)},
		{"account=standardUser CPC-ada os=windows11", pc("CPC-ada", win11, standard)},
		{"OS=Windows10 ACCOUNT=ADMINISTRATOR CPC-ada", pc("CPC-ada", win10, admin)},
		{"CPC-ada os = windows11", pc("CPC-ada", win11)},
		{"CPC-ada os =windows11 account= admin", pc("CPC-ada", win11, admin)},
		{"os = 11 CPC-ada", pc("CPC-ada", win11)},
		{`CPC-ada os = "Windows 11"`, pc("CPC-ada", win11)},
		{"CPC-ada os_version=11 UserAccountType=user", pc("CPC-ada", win11, standard)},
		{"CPC-ada os-version=11", pc("CPC-ada", win11)},

		{`CPC-ada reason="disk is full"`, pc("CPC-ada", because("disk is full"))},
		{"CPC-ada reason=“disk is full”", pc("CPC-ada", because("disk is full"))},
		{"CPC-ada reason=„disk is full“", pc("CPC-ada", because("disk is full"))},
		{"CPC-ada reason=‘it’s full’", pc("CPC-ada", because("it’s full"))},
		{"CPC-ada reason='it's full'", pc("CPC-ada", because("it's full"))},
		{`CPC-ada reason="he said ""no"" to me"`, pc("CPC-ada", because(`he said "no" to me`))},
		{"CPC-ada reason=broken", pc("CPC-ada", because("broken"))},
		{"reason=broken CPC-ada", pc("CPC-ada", because("broken"))},
		{"CPC-ada reason=<https://jira.example.com/x?a=b>", pc("CPC-ada", because("https://jira.example.com/x?a=b"))},
		{"<@U1|ada>", mention("U1", "@ada")},
		{"<@U1> os=win11", mention("U1", "@U1", win11)},
		{"os=win11 <@W1|Ada Lovelace>", mention("W1", "@W1", win11)},
		{`<@U1|ada> reason="as <@U2|ben> says"`, mention("U1", "@ada", because("as @ben says"))},
		{"ada@example.com", pc("ada@example.com")},
		{"<mailto:ada@example.com|ada@example.com>", pc("ada@example.com")},
		{"<mailto:ada@example.com|CPC-ada>", pc("ada@example.com")},
		{"ada_contoso.com#EXT#@tenant.onmicrosoft.com", pc("ada_contoso.com#EXT#@tenant.onmicrosoft.com")},
		{"\ue000<@U1|ada>", pc("\ue000@ada")},
		{"", Order{Verb: Form}},
		{" os=win11 ", Order{Verb: Form, OS: Windows11}},
		{`reason="slow" account=admin`, Order{Verb: Form, Account: Administrator, Reason: "slow"}},
		{`CPC-ada reason="asked by <@U1|ada> in <#C1|it-help>"`, pc("CPC-ada", because("asked by @ada in #it-help"))},
		{`CPC-ada reason="unknownFutureValue"`, pc("CPC-ada", because("unknownFutureValue"))},
		{"CPC-ada reason=\"می\u200cخواهم\"", pc("CPC-ada", because("می\u200cخواهم"))},
		{`CPC-ada reason="R&amp;D &amp;lt; all"`, pc("CPC-ada", because("R&D &lt; all"))},

		{`"CPC ada"`, pc("CPC ada")},
		{"“Ada’s  PC”", pc("Ada's  PC")},
		{"'Ada's PC'", pc("Ada's PC")},
		{`" CPC-ada "`, pc("CPC-ada")},
		{"`CPC-ada`", pc("CPC-ada")},
		{`"help"`, pc("help")},
		{"'cancel' os=11", pc("cancel", win11)},
		{`"a=b"`, pc("a=b")},
		{"CPC–ada—1", pc("CPC-ada-1")},
		{"CPC‐a‑b‒c―d−e﹣f-g", pc("CPC-a-b-c-d-e-f-g")},
		{"R&amp;D-1", pc("R&D-1")},
		{"a&amp;lt;b", pc("a&lt;b")},
		{"CPC-ada\u00a0os=win11\u202faccount=user", pc("CPC-ada", win11, standard)},
		{"\ufeffCPC-ada\u200b \u200bos=\u200bwin11\u200b", pc("CPC-ada", win11)},
		{"“\u200bCPC ada\u200b”", pc("CPC ada")},
		{"CPC-ada\n", pc("CPC-ada")},

		{"*CPC-ada* os=windows11", pc("CPC-ada", win11)},
		{"_CPC-ada_", pc("CPC-ada")},
		{"~CPC-ada~ account=user", pc("CPC-ada", standard)},
		{"os=11 *_CPC-ada_*", pc("CPC-ada", win11)},
		{"**CPC-ada** __os=windows11__", pc("CPC-ada", win11)},
		{"*" + strings.ToUpper(id) + "* *os*=*11* account=_admin_", pc(id, win11, admin)},
		{"CPC-ada *os = 11*", pc("CPC-ada", win11)},
		{`*"CPC-ada"* os=11`, pc("CPC-ada", win11)},
		{"history *CPC-ada*", of(History, "CPC-ada")},
		{"cancel *R-7K3F*", about(Cancel, "R-7K3F")},
		{"status _r-7k3f_", about(Status, "R-7K3F")},
		{"`CPC-ada os=windows11`", pc("CPC-ada", win11)},
		{"*CPC-ada os=windows11*", pc("CPC-ada", win11)},
		{"*`CPC-ada os=windows11`*", pc("CPC-ada", win11)},
		{"_ CPC-ada account=admin _", pc("CPC-ada", admin)},
		{"```CPC-ada os=windows11```", pc("CPC-ada", win11)},
		{"```\nCPC-ada os=windows11\n```", pc("CPC-ada", win11)},
		{"```CPC-ada```", pc("CPC-ada")},
		{"`cancel R-7K3F`", about(Cancel, "R-7K3F")},
		{"*freeze Intune is down*", freeze("Intune is down")},
		{"*CPC-ada* *os=11*", pc("CPC-ada", win11)}, // each on its own
		{"`CPC ada`", pc("CPC ada")},                // still quotes, around a name with a space
		{`"*CPC-ada*"`, pc("*CPC-ada*")},
		{`'_CPC-ada_' os=11`, pc("_CPC-ada_", win11)},
		{"*CPC-ada", pc("*CPC-ada")},
		{"*CPC-ada_", pc("*CPC-ada_")},
		{"CPC_ada*1", pc("CPC_ada*1")},
		{"_a_b_", pc("a_b")},
		{"CPC-ada reason=*broken*", pc("CPC-ada", because("*broken*"))}, // free text is as it was typed
		{`CPC-ada reason="*broken*"`, pc("CPC-ada", because("*broken*"))},
		{"freeze *now* please", freeze("*now* please")},
		{"**", pc("**")},

		{"<http://pc1.corp.example.com|pc1.corp.example.com>", pc("pc1.corp.example.com")},
		{"<http://pc1.corp.example.com/|PC1.corp.example.com> os=11", pc("PC1.corp.example.com", win11)},
		{"<https://evil.example.com|CPC-ada>", pc("https://evil.example.com")}, // a label may lie
		{`"<http://pc1.example.com|pc1.example.com>"`, pc("pc1.example.com")},
		{"<CPC-ada>", pc("<CPC-ada>")}, // nothing of Slack's
		{"a<b", pc("a<b")},
		{"&lt;http://x|x&gt;", pc("<http://x|x>")}, // typed, not wrapped
	} {
		got, err := Parse(row.typed)
		if err != nil {
			t.Errorf("%s\n%v", row.typed, err)
			continue
		}
		if diff := cmp.Diff(row.want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", row.typed, diff)
		}
		if again, err := Parse(got.String()); err != nil || again != got {
			t.Errorf("%s: prints %s, which reads as %#v, %v", row.typed, got, again, err)
		}
	}
}

func TestShortFormsAreUnderstoodInAnyCase(t *testing.T) {
	short := map[string]map[string]string{
		"os": {
			"windows10 win10 w10 10": "windows10",
			"windows11 win11 w11 11": "windows11",
		},
		"account": {
			"standardUser standard user standard_user":                      "standardUser",
			"administrator admin localadmin local-admin localAdministrator": "administrator",
		},
	}
	for key, values := range short {
		for typed, want := range values {
			for _, v := range strings.Fields(typed) {
				for _, v := range []string{v, strings.ToUpper(v), `"` + v + `"`, "“" + strings.ToTitle(v) + "”"} {
					got, err := Parse("CPC-ada " + key + "=" + v)
					if err != nil || string(got.OS)+string(got.Account) != want {
						t.Errorf("%s=%s: got %+v, %v, want %s", key, v, got, err, want)
					}
				}
			}
		}
	}
	for typed, want := range map[string]string{
		`os="Windows 11"`: "windows11", `os="win 10"`: "windows10",
		`account="Standard User"`: "standardUser", `account="local admin"`: "administrator",
	} {
		got, err := Parse("CPC-ada " + typed)
		if err != nil || string(got.OS)+string(got.Account) != want {
			t.Errorf("%s: got %+v, %v, want %s", typed, got, err, want)
		}
	}
}

func TestAnOrderPrintsWhatParses(t *testing.T) {
	for _, row := range []struct {
		order Order
		want  string
	}{
		{Order{Verb: Help}, "help"},
		{pc("CPC-ada", win11, standard, because("disk full")), `CPC-ada os=windows11 account=standardUser reason="disk full"`},
		{about(Cancel, "R-7K3F"), "cancel R-7K3F"},
		{about(Status, "R-7K3F"), "status R-7K3F"},
		{about(Status, ""), "status"},
		{of(Status, "CPC-ada"), "status CPC-ada"},
		{of(Status, "CPC ada"), `status "CPC ada"`},
		{of(Status, "desk"), `status "desk"`},
		{of(Status, "list"), `status "list"`},
		{Order{Verb: List}, "list"},
		{of(History, ""), "history"},
		{of(History, "desk"), "history desk"},
		{of(History, "a=<b>"), `history "a=&lt;b&gt;"`},
		{of(History, "help"), `history "help"`},
		{freeze(""), "freeze"},
		{freeze("Intune is down"), `freeze "Intune is down"`},
		{freeze("'tis <so> “down”"), `freeze "'tis &lt;so&gt; ““down””"`},
		{freeze("reason=x"), `freeze "reason=x"`},
		{Order{Verb: Unfreeze}, "unfreeze"},
		{pc("help"), `"help"`},
		{pc("CPC ada"), `"CPC ada"`},
		{pc("*CPC-ada*"), `"*CPC-ada*"`},
		{pc("frezee"), `"frezee"`},
		{pc("R-7K3F", win11), `"R-7K3F" os=windows11`},
		{of(History, "~a~"), `history "~a~"`},
		{pc("a=b"), `"a=b"`},
		{pc("'tis"), `"'tis"`},
		{pc(`my "big" pc`), `"my ""big"" pc"`},
		{pc(`a"b`), `a"b`},
		{pc("a<b>&lt;"), `a&lt;b&gt;&amp;lt;`},
		{pc("CPC", because("so “it” was")), `CPC reason="so ““it”” was"`},
		{pc("CPC", because(`ends in "`)), `CPC reason="ends in """`},
		{pc("CPC", because(`" begins`)), `CPC reason=""" begins"`},
	} {
		if got := row.order.String(); got != row.want {
			t.Errorf("%#v prints %s, want %s", row.order, got, row.want)
		}
		if got, err := Parse(row.order.String()); err != nil || got != row.order {
			t.Errorf("%s reads as %#v, %v", row.order, got, err)
		}
	}
}

func TestEveryVerbIsToldFromAMachineOfItsName(t *testing.T) {
	for _, v := range verbs {
		for _, w := range append([]string{string(v.name)}, v.also...) {
			for _, w := range []string{w, strings.ToUpper(w), strings.ReplaceAll(w, "-", "–")} {
				if got := verbOf(w); got == nil || got.name != v.name {
					t.Errorf("%s is not %s", w, v.name)
				}
			}
			want := pc(w)
			if got, err := Parse(`"` + w + `"`); err != nil || got != want {
				t.Errorf("%q reads as %#v, %v", w, got, err)
			}
			if got, err := Parse(want.String()); err != nil || got != want {
				t.Errorf("a machine called %s prints %s, which reads as %#v, %v", w, want, got, err)
			}
		}
	}
}

func TestAnIdIsToldFromAName(t *testing.T) {
	for typed, want := range map[string]bool{
		id: true, strings.ToUpper(id): true, "{" + id + "}": true,
		"CPC-ada": false, id[:35]: false, id + "0": false, strings.ReplaceAll(id, "-", ""): false,
		"{" + id: false, "(" + id + ")": false, strings.Replace(id, "4", "g", 1): false,
	} {
		o, err := Parse(typed)
		if err != nil || o.ByID() != want {
			t.Errorf("%s: ByID %v, %v, want %v", typed, o.ByID(), err, want)
		}
		if want && o.PC != id {
			t.Errorf("%s: PC %s is not the canonical %s", typed, o.PC, id)
		}
	}
	if (Order{}).ByID() {
		t.Error("no machine is not a machine by id")
	}
}

func TestTheZeroOrderIsNoWipe(t *testing.T) {
	if (Order{}).Verb == Reprovision {
		t.Error("an order that nobody typed reads as a reprovision")
	}
}

func TestAFailedParseGivesNoOrder(t *testing.T) {
	got, err := Parse("CPC-ada os=win11 acount=admin")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T, want *Error", err)
	}
	if got != (Order{}) {
		t.Errorf("got %+v with an error", got)
	}
}
