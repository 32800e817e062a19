package intake

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

// horizon is how many requests a page of the history reads, itself included, to tell how many pages
// there are. Beyond it the answer says "more than", so that no command reads years of requests.
const horizon = 25 * perPage

// history lists all requests that ever were, newest first. It leaves out those refused because the
// name matched no machine or several: that is a typing mistake which the requester was told about,
// and status still shows it.
func (i *Intake) history(ctx context.Context, by viewer, at int) Response {
	skip := (at - 1) * perPage
	all, err := i.Requests.Find(ctx, by.may(ledger.Query{Found: true, Skip: skip, Limit: horizon + 1}))
	switch {
	case err != nil:
		return i.ledgerDown(err)
	case len(all) == 0 && at > 1: // past the last page; no button of ours leads there
		return i.history(ctx, by, 1)
	case len(all) == 0:
		return Response{Line: words.NothingAsked(by.all)}
	}
	lines := i.recall(all[:min(len(all), perPage)])
	response := Response{Line: words.Say("*History*, newest first") + lines}
	addTurns(&response, page{of: all[0].ID, list: ofAll, at: at}, skip+len(all), len(all) > horizon)
	return response
}

// machine lists all requests for a machine, newest first, and those that were refused last. The machine
// is found by any name it ever had. It leaves out the same requests as history.
func (i *Intake) machine(ctx context.Context, by viewer, name string, at int) Response {
	all, err := i.Requests.Find(ctx, by.may(ledger.Query{Found: true, Machine: name}))
	switch {
	case err != nil:
		return i.ledgerDown(err)
	case len(all) == 0:
		return Response{Line: words.UnknownMachine(name, by.all)}
	}
	order := ""
	if slices.ContainsFunc(all, refused) {
		order = ", refused requests last"
		slices.SortStableFunc(all, func(x, y ledger.Request) int { return cmp.Compare(rank(x), rank(y)) })
	}
	p, bearer := page{list: ofMachine}, all[0]
	// Several machines may have had the name, so a page button refers to the name itself, as one of
	// the names in a request that has it.
	for _, r := range all {
		if n := slices.Index(r.Names(), strings.ToLower(name)); n >= 0 {
			p.name, bearer = n, r
			break
		}
	}
	shown, at := onPage(all, at)
	p.of, p.at = bearer.ID, at
	response := Response{Line: words.Say("*History of* %s, newest first%s", words.Literal(words.Plain(words.MachineName(bearer), words.LongestName)), order) + i.recall(shown)}
	addTurns(&response, p, len(all), false)
	return response
}

// refused reports whether a request came to nothing before anybody could decide on it. What was done
// to a machine is not hidden behind it: who asks twice by mistake makes one.
func refused(r ledger.Request) bool { return r.State == ledger.Refused }

func rank(r ledger.Request) int {
	if refused(r) {
		return 1
	}
	return 0
}

func (i *Intake) recall(requests []ledger.Request) (lines words.Line) {
	for _, r := range requests {
		lines += "\n" + words.PastLine(r, notify.CardLink(i.Outbox, r))
	}
	return lines
}

// status answers with one request: its state, and a page of the events that led to it.
func (i *Intake) status(ctx context.Context, by viewer, id ledger.ID, at int) Response {
	r, no := i.readable(ctx, by, id)
	if no.Line != "" {
		return no
	}
	at = min(at, pagesOf(r.Events))
	events, err := i.Requests.Store.Events(ctx, id, (at-1)*perPage)
	if err != nil {
		return i.ledgerDown(err)
	}
	line := words.LiveLine(r, notify.CardLink(i.Outbox, r))
	if at == 1 {
		line += words.Say("\n%s\n", words.Status(r))
	}
	for _, e := range events[:min(len(events), perPage)] {
		line += "\n" + words.EventLine(r, e)
	}
	response := Response{Line: line}
	addTurns(&response, page{of: id, list: ofOne, at: at}, r.Events, false)
	return response
}

// statusOf is status for a machine: its live request, else its newest that was not refused, else its
// newest.
func (i *Intake) statusOf(ctx context.Context, by viewer, name string) Response {
	for _, q := range []ledger.Query{{Machine: name, Live: true, Limit: 1}, {Machine: name}} {
		all, err := i.Requests.Find(ctx, by.may(q))
		switch {
		case err != nil:
			return i.ledgerDown(err)
		case len(all) > 0:
			newest := max(0, slices.IndexFunc(all, func(r ledger.Request) bool { return !refused(r) }))
			return i.status(ctx, by, all[newest].ID, 1)
		}
	}
	return Response{Line: words.UnknownMachine(name, by.all)}
}

// readable reads a request for a viewer. If there is none, or they may not see it, the response is the
// same, so that it does not give away which ids exist. An empty response says that they may read it.
func (i *Intake) readable(ctx context.Context, by viewer, id ledger.ID) (ledger.Request, Response) {
	r, err := i.Requests.Store.Get(ctx, id)
	switch {
	case errors.Is(err, ledger.ErrNotFound), err == nil && !by.all && r.Requester != i.Judge.AsIn(r, by.Person):
		return r, Response{Line: words.UnknownRequest(string(id))}
	case err != nil:
		return r, i.ledgerDown(err)
	}
	return r, Response{}
}
