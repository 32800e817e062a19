package intake

import (
	"cmp"
	"context"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Machines are the names of the tenant's machines, as far as they are known without asking Graph.
type Machines interface {
	// Search returns at most n machines that fit what was typed; known is false while the names are
	// still being read.
	Search(text string, n int) (found []ledger.Choice, known bool)
	// Wait waits until the names have been read, or until ctx ends, and reports whether they have.
	Wait(ctx context.Context) bool
	// Name is the name of a machine by its id; empty if it is not known.
	Name(id string) string
}

// namesTime is how long a form that is being filled waits for the names of the machines. A small tenant
// is read in less; of a large one the form says that it is still being read.
const namesTime = 3 * time.Second

// mostFound is how many machines a search of the form shows: as many as fit into an acknowledgement of
// 20 KB with names and descriptions of 75 characters (docs.slack.dev/reference/interaction-payloads/block_suggestion-payload).
const mostFound = 40

// Shortcut opens the request form.
func (i *Intake) Shortcut(_ context.Context, s Shortcut) Response {
	return i.openForm(s.By, "", command.Order{Verb: command.Form})
}

// openForm opens the request form for whoever the lists may let in: there are three seconds to open it,
// which is too short to ask Slack about anybody. It is filled in, or says no, once that was done.
func (i *Intake) openForm(by auth.Person, channel string, o command.Order) Response {
	if v := i.Judge.MightAsk(by); !v.Allowed {
		i.Log.Info("the bot refused to open the request form", "by", by.ID, "org", by.Org, "verdict", string(v.Reason))
		return Response{Line: i.mayNot(v)}
	}
	return Response{Opening: &Opening{
		Typed: words.TypeInstead(),
		Fill:  func(ctx context.Context) RequestForm { return i.fillForm(ctx, by, channel, o) },
	}}
}

func (i *Intake) fillForm(ctx context.Context, by auth.Person, channel string, o command.Order) RequestForm {
	v := i.judgeForm(ctx, by, channel)
	if !v.Allowed {
		i.Log.Info("the bot refused the request form", "by", by.ID, "org", by.Org, "verdict", string(v.Reason))
		return RequestForm{Says: i.mayNot(v), Closed: true}
	}
	alone := strings.HasPrefix(channel, "D") && i.Judge.Needed(v) > 0 // nobody else would see the card
	form := RequestForm{Channel: channel, Order: o, WantReason: i.RequireReason, AskChannel: i.Channel == "" && (channel == "" || alone)}
	reading, cancel := context.WithTimeout(ctx, namesTime)
	defer cancel()
	if form.Menu = i.Machines.Wait(reading); !form.Menu {
		form.Says = words.NamesNotRead()
	}
	return form
}

// judgeForm judges who asks by form, where the card will be seen: in the channel where it was opened or
// that was chosen, or nowhere yet.
func (i *Intake) judgeForm(ctx context.Context, by auth.Person, channel string) auth.Verdict {
	a := auth.Attempt{By: by, Act: auth.Ask}
	if channel == "" {
		return i.Judge.JudgePerson(ctx, a)
	}
	return i.Judge.Judge(ctx, a, channel)
}

// Search finds machines for the form's menu, for people of whom it is known that they may ask. It is
// asked at every letter, so nothing is looked up: what was known when the form was filled in counts for
// a minute, and is learnt anew behind the first search that misses it.
func (i *Intake) Search(_ context.Context, s Search) []Choice {
	known, cancel := context.WithCancel(context.Background())
	cancel()
	if v := i.Judge.JudgePerson(known, auth.Attempt{By: s.By, Act: auth.Ask}); !v.Allowed {
		return nil
	}
	found, _ := i.Machines.Search(s.Text, mostFound)
	var out []Choice
	for _, c := range found {
		out = append(out, Choice{ID: c.ID, Name: words.ChoiceName(c), About: words.AboutMachine(c)})
	}
	return out
}

// Submit stores what a request form asks for: the same request as if it had been typed. What is wrong
// stands at its field, and the form stays open.
func (i *Intake) Submit(ctx context.Context, s Submission) Response {
	began := time.Now()
	order, wrong := orderOf(s)
	if i.RequireReason && strings.TrimSpace(order.Reason) == "" {
		wrong[FieldReason] = words.WantsReason()
	}
	v := i.judgeForm(ctx, s.By, s.Channel)
	switch {
	case !v.Allowed && (v.Reason == auth.Outside || v.Reason == auth.Hidden):
		wrong[FieldChannel] = words.MayNot(v)
	case !v.Allowed:
		i.Log.Info("the bot refused a request form", "by", s.By.ID, "org", s.By.Org, "verdict", string(v.Reason))
		wrong[FieldMachine] = words.MayNot(v)
	case i.Channel == "" && (s.Channel == "" || strings.HasPrefix(s.Channel, "D") && i.Judge.Needed(v) > 0):
		wrong[FieldChannel] = words.NotHere()
	}
	if len(wrong) > 0 {
		return Response{Errors: wrong}
	}
	return i.ackWithin(ctx, began, actor{s.By, s.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		if no, answered := i.refuses(ctx, order, s.By, s.Interaction); answered {
			return no
		}
		r := ledger.New(order, s.By, s.Channel, s.Interaction, i.Judge.Needed(v), i.Requests.Store.Now())
		return i.enterAs(ctx, r, cmp.Or(i.Machines.Name(order.PC), order.PC))
	})
}

// orderOf is what a form asks for, and what is wrong with it, by field.
func orderOf(s Submission) (command.Order, map[Field]words.Line) {
	wrong := map[Field]words.Line{}
	o := command.Order{
		Verb: command.Reprovision, OS: command.OS(s.OS), Account: command.Account(s.Account), Reason: strings.TrimSpace(words.Plain(s.Reason, command.MaxReason)),
	}
	var err error
	if o.PC, err = command.Machine(s.Machine); err != nil {
		wrong[FieldMachine] = words.MisreadMachine(err)
	}
	if o.OS != "" && o.OS != command.Windows10 && o.OS != command.Windows11 {
		wrong[FieldOS] = words.NoSuchOption()
	}
	if o.Account != "" && o.Account != command.StandardUser && o.Account != command.Administrator {
		wrong[FieldAccount] = words.NoSuchOption()
	}
	return o, wrong
}
