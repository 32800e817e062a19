package intake

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/judge"
	"cloudpc-bot/bot/ledger"
)

// everybody is a directory in which everybody is a member, and every channel is inside.
type everybody struct{ judge.Directory }

func (everybody) Standing(_ context.Context, of auth.Person, _ bool) (auth.Standing, error) {
	return auth.Standing{Known: true, Org: of.Org}, nil
}

func (everybody) Place(context.Context, string, bool) (auth.Place, error) {
	return auth.Place{Known: true}, nil
}

// Everything in a submitted form is a claim: what no field offers is refused there, before the ledger.
func TestAFormIsHeldToWhatItOffers(t *testing.T) {
	rules, err := auth.New(auth.Rules{Home: "T1", Admins: []string{"U_ADA"}})
	if err != nil {
		t.Fatal(err)
	}
	right := Submission{By: auth.Person{Org: "T1", ID: "U_ADA"}, Channel: "C1", Machine: "CPC-ada", Reason: "slow"}
	for name, row := range map[string]struct {
		change  func(*Submission)
		channel string // APPROVAL_CHANNEL
		wrong   Field
	}{
		"another OS":           {func(s *Submission) { s.OS = "windows95" }, "", FieldOS},
		"Graph's placeholder":  {func(s *Submission) { s.OS = "unknownFutureValue" }, "", FieldOS},
		"another account":      {func(s *Submission) { s.Account = "root" }, "", FieldAccount},
		"no machine":           {func(s *Submission) { s.Machine = " " }, "", FieldMachine},
		"a person":             {func(s *Submission) { s.Machine = "@dan" }, "", FieldMachine},
		"a zero byte":          {func(s *Submission) { s.Machine = "CPC-\x00ada" }, "", FieldMachine},
		"two lines":            {func(s *Submission) { s.Machine = "CPC\nada" }, "", FieldMachine},
		"an endless name":      {func(s *Submission) { s.Machine = strings.Repeat("x", 1000) }, "", FieldMachine},
		"no reason":            {func(s *Submission) { s.Reason = " " }, "", FieldReason},
		"no channel":           {func(s *Submission) { s.Channel = "" }, "", FieldChannel},
		"a direct message":     {func(s *Submission) { s.Channel = "D1" }, "", FieldChannel},
		"somebody on no list":  {func(s *Submission) { s.By.ID = "U_DAN" }, "", FieldMachine},
		"another organisation": {func(s *Submission) { s.By.Org = "T2" }, "C9", FieldMachine},
	} {
		s := right
		row.change(&s)
		i := New(Config{
			Judge: &judge.Judge{Directory: everybody{}, Rules: rules, Log: slog.New(slog.DiscardHandler), Approvals: 1}, Log: slog.New(slog.DiscardHandler),
			Channel: row.channel, RequireReason: true,
		})
		got := i.Submit(t.Context(), s) // with a ledger it would go on: there is none
		if len(got.Errors) != 1 || got.Errors[row.wrong] == "" {
			t.Errorf("%s: %v, want something at %s", name, got.Errors, row.wrong)
		}
	}
}

func TestAFormAsksForWhatWasChosen(t *testing.T) {
	o, wrong := orderOf(Submission{Machine: "{4B5AD5E0-6A0B-4FFC-818D-36BB23CF4DBD}", OS: "windows11", Account: "standardUser", Reason: " two\nlines "})
	want := command.Order{
		Verb: command.Reprovision, PC: "4b5ad5e0-6a0b-4ffc-818d-36bb23cf4dbd", OS: command.Windows11, Account: command.StandardUser, Reason: "two lines",
	}
	if len(wrong) > 0 || o != want {
		t.Errorf("%+v, %v", o, wrong)
	}
}

// A search is for people of whom it is known that they may ask; nothing is looked up for it.
func TestASearchLooksNobodyUp(t *testing.T) {
	rules, err := auth.New(auth.Rules{Home: "T1", Admins: []string{"U_ADA"}})
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		directory judge.Directory
		by        string
		found     int
	}{
		"known":          {everybody{}, "U_ADA", 1},
		"not known now":  {silent{}, "U_ADA", 0},
		"on no list":     {everybody{}, "U_DAN", 0},
		"on another one": {everybody{}, "", 0},
	} {
		i := New(Config{Judge: &judge.Judge{Directory: row.directory, Rules: rules, Log: slog.New(slog.DiscardHandler)}, Machines: one{}})
		if got := i.Search(t.Context(), Search{By: auth.Person{Org: "T1", ID: row.by}, Text: "cpc"}); len(got) != row.found {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// silent is a directory that answers nobody whose question has ended.
type silent struct{ everybody }

func (silent) Standing(ctx context.Context, _ auth.Person, _ bool) (auth.Standing, error) {
	return auth.Standing{}, ctx.Err()
}

// one is a fleet of one machine.
type one struct{}

func (one) Search(string, int) ([]ledger.Choice, bool) {
	return []ledger.Choice{{ID: "pc-1", Name: "CPC-ada", User: "dan@example.com"}}, true
}
func (one) Wait(context.Context) bool { return true }
func (one) Name(string) string        { return "CPC-ada" }
