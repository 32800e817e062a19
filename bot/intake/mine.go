package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// mine begins self-service: the process that takes the command asks Entra for a code, and waits until the
// person has signed in with it. Who signs in already is shown the same code, or their machines, once more.
func (i *Intake) mine(ctx context.Context, a Ask) Response {
	live, err := i.Requests.Find(ctx, ledger.Query{Live: true, Requester: a.By, Former: i.Judge.FormerHome})
	if err != nil {
		return i.ledgerDown(err)
	}
	orphans, err := i.Requests.Store.Orphaned(ctx)
	if err != nil {
		return i.ledgerDown(err)
	}
	for _, r := range live {
		if !r.IsSelfService() || r.State != ledger.Resolving || r.Picked != "" || isOf(r, a.Interaction) {
			continue
		}
		if r.Self.Holder == i.Worker.Name() || !slices.Contains(orphans, r.ID) {
			return i.showAgain(ctx, r)
		}
		if _, err := i.Requests.Update(ctx, r, func(r *ledger.Revision) error { // whose process is gone
			return r.Refuse(ledger.NoSignInBecause(ledger.SignInLost), i.Requests.Store.Now())
		}); err != nil && !errors.As(err, new(*ledger.MoveError)) {
			return i.ledgerDown(err)
		}
	}
	order := command.Order{Verb: command.Mine}
	if no, answered := i.tooMany(live, a.Interaction); answered {
		return no
	}
	now := i.Requests.Store.Now()
	r := ledger.New(order, a.By, a.Channel, a.Interaction, i.Judge.SelfServiceApprovals, now)
	r.HoldSignIn(i.Worker.Name(), now.Add(auth.DeviceCodeLife))
	return i.enter(ctx, r)
}

// showAgain has the process that waits for a sign-in show what it showed last.
func (i *Intake) showAgain(ctx context.Context, r ledger.Request) Response {
	r, err := i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.ShowAgain(i.Requests.Store.Now()) })
	if err != nil {
		return i.replyTo(r, err)
	}
	return Response{Line: words.SigningInAlready(r)}
}

// giveUp handles the press by which somebody who is signing in, or choosing a machine, gives that up.
func (i *Intake) giveUp(ctx context.Context, c Click) Response {
	id, ok := ledger.ParseID(c.Value)
	if !ok {
		i.Log.Warn("Slack sent a press that the bot cannot read", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownRequest(words.Plain(c.Value, 20))}
	}
	return i.ackWithin(ctx, time.Now(), actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.Requests.Store.Get(ctx, id)
		if err != nil {
			return i.pressUnread(id, c, err)
		}
		c.By = i.Judge.AsIn(r, c.By)
		v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.SelfService, Requester: r.Requester}, c.At.Channel)
		if !v.Allowed {
			i.Requests.RecordRefusal(ctx, r, c.By, auth.SelfService, v)
			return Response{Line: words.MayNot(v)}
		}
		if r.State == ledger.Pending || r.State == ledger.Approved { // it has a card by now, which has a button for that
			return Response{Line: words.WithdrawInstead(r)}
		}
		return i.replyTo(i.Requests.Update(ctx, r, func(r *ledger.Revision) error {
			if r.State != ledger.Resolving {
				return r.Late()
			}
			return r.Cancel(c.By, i.Requests.Store.Now())
		}))
	})
}

// ConfirmForm is the form in which somebody confirms a machine of their own by typing its name.
type ConfirmForm struct {
	Request    ledger.ID
	Index      int    // of the machine among those that the request lists
	Machine    string // plain; its name
	Needed     int    // how many approvals follow
	WantReason bool   // a reason is required
}

// Confirmation is that form as it was sent. Everything in it is a claim by the client, except By.
type Confirmation struct {
	By      auth.Person
	Request ledger.ID
	Index   int
	Name    string // as typed
	Reason  string
}

// confirmForm has a machine confirmed that the requester chose.
func (i *Intake) confirmForm(r ledger.Request, n int) Response {
	switch {
	case r.State != ledger.Resolving:
		return Response{Line: words.TooLate(r.Late())}
	case r.Picked != "":
		return Response{Line: words.PickedBefore(r, r.PickedName())}
	case n < 0 || n >= len(r.Choices):
		return Response{Line: words.NotYet()}
	}
	return Response{Confirm: &ConfirmForm{Request: r.ID, Index: n, Machine: words.ChoiceName(r.Choices[n]), Needed: r.ApprovalsNeeded, WantReason: i.RequireReason}}
}

// Confirm takes the machine that the requester confirmed by its name. What is wrong stands at its field.
func (i *Intake) Confirm(ctx context.Context, c Confirmation) Response {
	return i.ackWithin(ctx, time.Now(), actor{Person: c.By}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, err := i.Requests.Store.Get(ctx, c.Request)
		switch {
		case errors.Is(err, ledger.ErrNotFound):
			i.Log.Warn("the ledger has no request for this form", "request", string(c.Request), "by", c.By.ID, "error", err)
			return Response{}
		case err != nil: // unacknowledged, the form stays open and keeps what was typed
			i.Log.Error("the ledger did not answer: the form was not taken", "request", string(c.Request), "by", c.By.ID, "error", err)
			return Response{Unacked: true}
		}
		c.By = i.Judge.AsIn(r, c.By)
		v := i.Judge.Judge(ctx, auth.Attempt{By: c.By, Act: auth.SelfService, Requester: r.Requester}, r.FromChannel)
		switch listed := c.Index >= 0 && c.Index < len(r.Choices); {
		case !v.Allowed:
			i.Requests.RecordRefusal(ctx, r, c.By, auth.SelfService, v)
			return Response{Errors: map[Field]words.Line{FieldName: words.MayNot(v)}}
		case listed && r.Picked == r.Choices[c.Index].ID: // sent twice, or delivered again
			return Response{}
		case !listed, r.State != ledger.Resolving:
			return Response{Line: words.AlreadyConfirmed(r)}
		}
		wrong := map[Field]words.Line{}
		if pc := r.Choices[c.Index]; !sameName(c.Name, words.ChoiceName(pc)) && !sameName(c.Name, cmp.Or(pc.Name, pc.Device, pc.ID)) { // which may be too long to be shown
			wrong[FieldName] = words.NotItsName(words.ChoiceName(pc))
		}
		reason := strings.TrimSpace(words.Plain(c.Reason, command.MaxReason))
		if i.RequireReason && reason == "" {
			wrong[FieldReason] = words.AddReason()
		}
		if len(wrong) > 0 {
			return Response{Errors: wrong}
		}
		r, err = i.Requests.Update(ctx, r, func(r *ledger.Revision) error { return r.Confirm(c.Index, c.By, reason, i.Requests.Store.Now()) })
		if errors.As(err, new(*ledger.LostPickError)) { // sent twice, or another machine was confirmed meanwhile
			return Response{Line: words.AlreadyConfirmed(r)}
		}
		return i.replyTo(r, err)
	})
}

// sameName compares what was typed with a machine's name, without regard to case.
func sameName(typed, name string) bool {
	return strings.EqualFold(norm.NFC.String(strings.TrimSpace(typed)), norm.NFC.String(strings.TrimSpace(name)))
}
