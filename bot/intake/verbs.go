package intake

import (
	"context"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// verb is a row of the table of verbs: how a command is judged, and what is done. A test fails if a verb
// has no row, or a row has an empty column.
type verb struct {
	// judge judges whoever typed it, before the ledger is read.
	judge func(*Intake, context.Context, Ask) auth.Verdict
	// needs is what do needs. What is answered from memory is answered to people who may do nothing, too.
	needs needs
	// do carries the command out. Without [fromMemory] the command was allowed.
	do func(*Intake, context.Context, Ask, command.Order, auth.Verdict) Response
}

// needs is what the answer to a verb is made from.
type needs int

const (
	fromLedger needs = iota + 1 // so it may take longer than Slack waits, and goes on then
	fromMemory                  // at once
)

// verbs is the table of verbs. A verb that is not in it does nothing.
var verbs = map[command.Verb]verb{
	command.Reprovision: {judgedAs(auth.Ask), fromLedger, func(i *Intake, ctx context.Context, a Ask, o command.Order, v auth.Verdict) Response {
		return i.request(ctx, o, a, v)
	}},
	command.Form: {byTheLists, fromMemory, func(i *Intake, _ context.Context, a Ask, o command.Order, _ auth.Verdict) Response {
		return i.openForm(a.By, a.Channel, o)
	}},
	command.Help: {helped, fromMemory, help},
	command.Mine: {judgedAs(auth.SelfService), fromLedger, func(i *Intake, ctx context.Context, a Ask, _ command.Order, _ auth.Verdict) Response {
		return i.mine(ctx, a)
	}},
	command.Status:  {reading, fromLedger, (*Intake).read},
	command.List:    {reading, fromLedger, (*Intake).read},
	command.History: {reading, fromLedger, (*Intake).read},
	command.Cancel: {readingTheirOwn, fromLedger, func(i *Intake, ctx context.Context, a Ask, o command.Order, _ auth.Verdict) Response {
		return i.cancel(ctx, a, ledger.ID(o.Request))
	}},
	command.Freeze: {judgedAs(auth.Freeze), fromLedger, func(i *Intake, ctx context.Context, a Ask, o command.Order, _ auth.Verdict) Response {
		return i.freeze(ctx, a.By, o.Reason)
	}},
	command.Unfreeze: {judgedAs(auth.Freeze), fromLedger, func(i *Intake, ctx context.Context, a Ask, _ command.Order, _ auth.Verdict) Response {
		return i.unfreeze(ctx, a.By)
	}},
}

// unread is the row of what could not be parsed, and of a verb without a row: it is judged as asking for
// a reprovision, and nothing is done.
var unread = verb{judgedAs(auth.Ask), fromLedger, func(*Intake, context.Context, Ask, command.Order, auth.Verdict) Response {
	return Response{Line: words.Misread(nil)}
}}

// rowOf is the row by which an order is judged and carried out; err is why it could not be parsed. A
// form that cannot be filled in is judged like the request that was meant.
func rowOf(o command.Order, err error) verb {
	row, known := verbs[o.Verb]
	if !known || err != nil && o.Verb == command.Form {
		return unread
	}
	return row
}

// judgedAs judges by an act that is about nobody's request.
func judgedAs(act auth.Act) func(*Intake, context.Context, Ask) auth.Verdict {
	return func(i *Intake, ctx context.Context, a Ask) auth.Verdict {
		return i.Judge.Judge(ctx, auth.Attempt{By: a.By, Act: act}, a.Channel)
	}
}

// reading judges by whether there is anything that they may read.
func reading(i *Intake, ctx context.Context, a Ask) auth.Verdict {
	return i.Judge.MayRead(ctx, a.By, a.Channel)
}

// readingTheirOwn assumes that it is about a request of the caller's own. Cancel is judged twice: here as
// reading, and in [Intake.cancel] as cancelling, once the request and its requester are known.
func readingTheirOwn(i *Intake, ctx context.Context, a Ask) auth.Verdict {
	return i.Judge.Judge(ctx, auth.Attempt{By: a.By, Act: auth.Read, Requester: a.By}, a.Channel)
}

// byTheLists asks Slack nothing: there are three seconds to open a form, which judges again when it is
// filled in.
func byTheLists(i *Intake, _ context.Context, a Ask) auth.Verdict { return i.Judge.MightAsk(a.By) }

// helped judges by what they may request: any machine, or their own.
func helped(i *Intake, ctx context.Context, a Ask) auth.Verdict {
	v := judgedAs(auth.Ask)(i, ctx, a)
	if v.Reason == auth.NotListed && i.SelfService {
		v = judgedAs(auth.SelfService)(i, ctx, a)
	}
	return v
}

func help(i *Intake, _ context.Context, _ Ask, _ command.Order, v auth.Verdict) Response {
	return Response{Line: words.Help(v, i.SelfService)}
}

// read answers list, status and history.
func (i *Intake) read(ctx context.Context, a Ask, o command.Order, v auth.Verdict) Response {
	return i.query(ctx, viewer{a.By, v.Reason == auth.IsAdmin, v.Reason == auth.IsMember, i.Judge.FormerHome}, o)
}
