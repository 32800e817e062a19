package words

import (
	"strings"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

func TestWhatIsNearlyAVerbIsAnsweredWithWhatDidNotHappen(t *testing.T) {
	for typed, want := range map[string]string{
		"freeze!":           "Nothing was frozen. Did you mean `/reprovision freeze`? If a Cloud PC has that name, put it in quotes: `/reprovision \"freeze!\"`.",
		"unfreze":           "Nothing was unfrozen. Did you mean `/reprovision unfreeze`? If a Cloud PC has that name, put it in quotes: `/reprovision \"unfreze\"`.",
		"cancle 7k3f":       "Nothing was cancelled. Did you mean `/reprovision cancel R-7K3F`?",
		"undo":              "Nothing was cancelled. Did you mean `/reprovision cancel` with the id of a request? `/reprovision list` shows the ids. If a Cloud PC has that name, put it in quotes: `/reprovision \"undo\"`.",
		"stop R-7K3F":       "Nothing was cancelled. Did you mean `/reprovision cancel R-7K3F`?",
		"stop CPC-ada":      "Nothing was frozen. Did you mean `/reprovision freeze`? If a Cloud PC has that name, put it in quotes: `/reprovision \"stop CPC-ada\"`.",
		"histroy CPC-ada":   "Nothing was looked up. Did you mean `/reprovision history CPC-ada`?",
		"approve R-7K3F":    "Nothing was decided. Approve or deny with the buttons on the request's card: `/reprovision status R-7K3F` links to it.",
		"deny":              "Nothing was decided. Approve or deny with the buttons on the request's card: `/reprovision list` links to it. If a Cloud PC has that name, put it in quotes: `/reprovision \"deny\"`.",
		"version":           "I can't show my version in Slack; whoever runs this bot can, with `cloudpc-bot version`. `/reprovision help` shows what you can type. If a Cloud PC has that name, put it in quotes: `/reprovision \"version\"`.",
		`stop&lt;!here&gt;`: "", // a machine, as far as we know
	} {
		_, err := command.Parse(typed)
		if want == "" {
			if err != nil {
				t.Errorf("%s: %v", typed, err)
			}
			continue
		}
		if got := Misread(err); string(got) != want {
			t.Errorf("%s\ngot  %s\nwant %s", typed, got, want)
		}
	}
}

func TestWhatIsMistypedIsAnsweredWithWhatToType(t *testing.T) {
	for typed, want := range map[string]string{
		"CPC-ada --os windows11":           "Write options as key=value. Did you mean `os=windows11`?\n",
		"CPC-ada --os linux":               "Write options as key=value; os can be windows10 or windows11.\n",
		"CPC-ada please":                   "I don't understand `please`. Did you mean `/reprovision CPC-ada`?\n",
		"reprovision CPC-ada os=windows11": "Leave out the word `reprovision`. Did you mean `/reprovision CPC-ada os=windows11`?\n",
		"status desk lamp":                 "That looks like more than one machine. Name one Cloud PC per command, and put a name with spaces in quotes. Did you mean `/reprovision status \"desk lamp\"`?\n",
		"history help":                     "I don't understand this part: `help`. Did you mean `\"help\"`?\n",
		"CPC-ada acount=x":                 "There is no option `acount`; the options are os, account, reason and notify. Did you mean `account`?\n",
		"reprovision":                      "Which Cloud PC? Begin with its exact name or id. If a Cloud PC has that name, put it in quotes: `/reprovision \"reprovision\"`.\n",
	} {
		_, err := command.Parse(typed)
		if got := string(Misread(err)); !strings.HasPrefix(got, want) || !strings.Contains(got, "\nNothing was ") && !strings.Contains(got, "\nNo request was made.") {
			t.Errorf("%s\ngot  %s\nwant %s", typed, got, want)
		}
	}
}

func TestNobodyTakesAFreezeForDone(t *testing.T) {
	for _, typed := range []string{"please freeze", "/reprovision freeze", "reprovision freeze Intune is down"} {
		_, err := command.Parse(typed)
		if got := string(Misread(err)); !strings.Contains(got, "Did you mean `/reprovision freeze") || !strings.Contains(got, "\nNothing was frozen.") {
			t.Errorf("%s: %s", typed, got)
		}
	}
}

func TestAVerbThatWasNotUnderstoodSaysWhatItDidNotDo(t *testing.T) {
	for typed, want := range map[string]string{
		"freeze reason=x": "Nothing was frozen.", "unfreeze now": "Nothing was unfrozen.", "cancel CPC-ada": "Nothing was cancelled.",
		"list all": "Nothing was looked up.", "history a b": "Nothing was looked up.", "CPC-ada CPC-bob": "No request was made.", "CPC-ada please": "No request was made.",
	} {
		_, err := command.Parse(typed)
		if got := string(Misread(err)); !strings.Contains(got, "\n"+want+" `/reprovision help`") {
			t.Errorf("%s: %s", typed, got)
		}
	}
}

func TestEveryProblemHasItsOwnWords(t *testing.T) {
	seen := map[Line]command.Problem{}
	for _, p := range []command.Problem{
		command.NoMachine, command.TwoMachines, command.PersonNotMachine, command.BarePerson, command.NoRequest, command.NotARequest, command.Excess, command.UnknownKey,
		command.KeyTwice, command.NoValue, command.UnknownValue, command.Sentinel, command.Unquoted, command.Unclosed, command.Control, command.TooLong,
		command.Style, command.Filler, command.OwnName, command.NearVerb, command.Buttons, command.NoVersion,
	} {
		line := mistake(&command.Error{Problem: p, Got: "got", Key: "key", Want: []string{"want"}, Nearest: "nearest"})
		if other, ok := seen[line]; ok || strings.Contains(string(line), "%!") {
			t.Errorf("%s says what %q says: %s", p, other, line)
		}
		seen[line] = p
	}
}

func TestANameIsShownAsItIs(t *testing.T) {
	for name, want := range map[string]string{
		"CPC-ada": "CPC-ada", "CPC_ada_1": "CPC_ada_1", "a*b": "a*b", "10:30": "10:30",
		"*CPC-ada*": "`*CPC-ada*`", "_x_": "`_x_`", "a ~b~ c": "`a ~b~ c`", "*x": "`*x`", ":bomb:": "`:bomb:`", "*`x`*": "`*'x'*`", "*<!here>*": "`*&lt;!here&gt;*`",
	} {
		if got := Literal(name); string(got) != want {
			t.Errorf("%s is shown as %s, want %s", name, got, want)
		}
	}
	r := ledger.Request{ID: "R-7K3F", State: ledger.Resolving, Order: command.Order{PC: "*CPC-ada*"}, Requester: auth.Person{ID: "U_ADA"}}
	for _, line := range []Line{
		Received(r), UnknownMachine("*CPC-ada*", true), header(r, ""), EventLine(r, ledger.Event{Kind: ledger.WasAsked}),
	} {
		if !strings.Contains(string(line), "`*CPC-ada*`") {
			t.Errorf("%s", line)
		}
	}
}

func TestAnUnknownIDIsToldFromAnUnknownName(t *testing.T) {
	got := string(Why(ledger.Cause{Code: ledger.NoSuchPC, Detail: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd"}))
	for _, want := range []string{"4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", "Intune", "Entra", "Devices"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q says nothing of %s", got, want)
		}
	}
}

func TestHelpShowsHowToNameWhatLooksLikeAVerb(t *testing.T) {
	if got := string(Help(auth.Verdict{Allowed: true}, true)); !strings.Contains(got, "`/reprovision \"list\"`") {
		t.Error(got)
	}
}
