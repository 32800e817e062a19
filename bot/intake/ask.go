package intake

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// Slack waits 3 s for an acknowledgement (docs.slack.dev/interactivity/handling-user-interaction),
// and the frame needs some of that to travel.
const (
	ledgerBudget = 2 * time.Second         // how long the ledger may take
	ackBudget    = 2700 * time.Millisecond // how long judging and the ledger may take together

	lateBudget = 5 * time.Second // for sending an answer after the acknowledgement
)

// Ask handles a command. An accepted command is in the ledger when Ask returns, unless the response
// says that it may not be.
func (i *Intake) Ask(ctx context.Context, a Ask) Response {
	began := time.Now()
	order, err := command.Parse(a.Text)
	row := rowOf(order, err)
	verdict := row.judge(i, ctx, a)
	if err == nil && row.needs == fromMemory {
		return row.do(i, ctx, a, order, verdict)
	}
	if !verdict.Allowed {
		i.Log.Info("the bot refused a command", "by", a.By.ID, "org", a.By.Org, "verdict", string(verdict.Reason))
		return Response{Line: i.mayNot(verdict)}
	}
	if err != nil {
		i.Log.Info("the bot could not parse a command", "by", a.By.ID, "error", err)
		return Response{Line: words.Misread(err)}
	}
	return i.ackWithin(ctx, began, actor{a.By, a.Channel}, Response{Line: words.PerhapsRecorded()}, func(ctx context.Context) Response {
		return row.do(i, ctx, a, order, verdict)
	})
}

// mayNot says why somebody may not request a machine, and which one they may all the same.
func (i *Intake) mayNot(v auth.Verdict) words.Line {
	if v.Reason == auth.NotListed && i.SelfService {
		return words.OnlyTheirOwn()
	}
	return words.MayNot(v)
}

// actor is the person behind an interaction, and where they acted.
type actor struct {
	auth.Person
	channel string // empty for a form
}

// ackWithin runs do, which needs the ledger, and returns its response. If that takes longer than
// ledgerBudget, or than what is left of ackBudget since began, it returns late instead. do is not
// cancelled then: it goes on for up to a minute, its write counts if it lands, and the actor is
// whispered the result.
func (i *Intake) ackWithin(ctx context.Context, began time.Time, by actor, late Response, do func(context.Context) Response) Response {
	defer i.Worker.Acknowledging()()
	response := make(chan Response, 1)
	ctx, cancel := context.WithTimeout(ledger.WithPriority(context.WithoutCancel(ctx)), time.Minute)
	i.inFlight.Go(func() {
		defer cancel()
		response <- do(ctx)
	})
	go func() { // once the bot has stopped, nothing waits for the ledger any longer
		select {
		case <-ctx.Done():
		case <-i.stopped:
			cancel()
		}
	}()
	timer := time.NewTimer(min(ledgerBudget, ackBudget-time.Since(began)))
	defer timer.Stop()
	select {
	case got := <-response:
		return got
	case <-timer.C:
		i.Log.Warn("the ledger did not answer in time for the acknowledgement", "by", by.ID)
		i.inFlight.Go(func() { i.answerLate(ctx, by, late, <-response) })
		return late
	}
}

// answerLate whispers to the actor what became of their interaction after all; meanwhile is what they
// were told before. It is best effort. Page buttons are left out, because a whisper by itself has
// none, and so is a form: Slack opens one only within 3 s of the interaction
// (docs.slack.dev/interactivity/handling-user-interaction).
func (i *Intake) answerLate(ctx context.Context, by actor, meanwhile, got Response) {
	line := got.Line
	switch {
	case got.Unacked:
		line = words.LateLost()
	case line == "":
		line = words.LateRecorded()
	case line == meanwhile.Line: // they have been told this already
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lateBudget)
	defer cancel()
	if err := i.Outbox.Whisper(ctx, by.channel, by.Person, line); err != nil {
		i.Log.Warn("Slack did not take a late answer", "by", by.ID, "error", err)
	}
}

// request stores an order as a new request. In a direct message it refuses one that needs approval,
// unless there is an approval channel: nobody else could see the card.
func (i *Intake) request(ctx context.Context, o command.Order, a Ask, v auth.Verdict) Response {
	needed := i.Judge.Needed(v)
	if needed > 0 && i.Channel == "" && strings.HasPrefix(a.Channel, "D") {
		return Response{Line: words.NotHere()}
	}
	if no, answered := i.refuses(ctx, o, a.By, a.Interaction); answered {
		return no
	}
	if o.Silent && v.Reason != auth.IsAdmin {
		return Response{Line: words.OnlyAdminsKeepSilent()}
	}
	return i.enter(ctx, ledger.New(o, a.By, a.Channel, a.Interaction, needed, i.Requests.Store.Now()))
}

// enter stores a new request. A redelivered interaction gets the answer of the first delivery.
func (i *Intake) enter(ctx context.Context, r ledger.Revision) Response {
	return i.enterAs(ctx, r, r.Order.PC)
}

// enterAs is enter for a machine that people know by the given name.
func (i *Intake) enterAs(ctx context.Context, r ledger.Revision, name string) Response {
	made, err := i.Requests.Create(ctx, r)
	var seen *ledger.SeenError
	switch {
	case errors.As(err, &seen):
		made = r.Request
		made.ID = seen.Request
		i.Requests.LogOf(made).Info("Slack delivered an interaction again", "by", r.Requester.ID)
	case err != nil:
		// A write that failed may still have landed.
		i.Log.Error("the ledger did not confirm a command: it may not have been stored", "by", r.Requester.ID, "error", err)
		return Response{Line: words.PerhapsRecorded()}
	}
	made.Order.PC = name
	return Response{Line: words.Received(made)}
}

// refuses answers a request that this bot does not take from anybody, or not from somebody of whom
// enough requests wait. One that it took before, and that Slack delivers again, is answered as it was.
// Two commands in the same moment may both be let through: the limit keeps order, and guards nothing.
func (i *Intake) refuses(ctx context.Context, o command.Order, by auth.Person, as ledger.Interaction) (Response, bool) {
	if i.RequireReason && strings.TrimSpace(o.Reason) == "" {
		return Response{Line: words.WantsReason()}, true
	}
	if i.MaxOpen == 0 {
		return Response{}, false
	}
	live, err := i.Requests.Find(ctx, ledger.Query{Live: true, Requester: by, Former: i.Judge.FormerHome})
	if err != nil { // the write that follows says whether it stands
		i.Log.Warn("the ledger did not tell how many requests of somebody wait: the limit was not applied", "by", by.ID, "error", err)
		return Response{}, false
	}
	return i.tooMany(live, as)
}

// tooMany refuses a request of somebody of whom enough requests wait. One that is among them already is answered as
// it was.
func (i *Intake) tooMany(live []ledger.Request, as ledger.Interaction) (Response, bool) {
	waiting := 0
	for _, r := range live {
		if isOf(r, as) {
			return Response{Line: words.Received(r)}, true
		}
		switch r.State {
		case ledger.Resolving, ledger.Pending, ledger.Approved:
			waiting++
		}
	}
	return Response{Line: words.TooManyOpen(i.MaxOpen)}, i.MaxOpen > 0 && waiting >= i.MaxOpen
}

// isOf reports whether a request was made by this interaction, which Slack delivers again.
func isOf(r ledger.Request, as ledger.Interaction) bool {
	return slices.ContainsFunc(r.Interaction.DedupKeys(), func(key string) bool { return slices.Contains(as.DedupKeys(), key) })
}
