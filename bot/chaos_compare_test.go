package bot_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph/graphfake"
)

// ends are the words of card and thread, and the buttons, where a request stands.
var ends = map[ledger.State]struct{ card, thread, buttons string }{
	ledger.Succeeded:   {"was rebuilt in", "Done.", ""},
	ledger.Denied:      {"Denied by", "Denied by", "again"},
	ledger.Cancelled:   {"Withdrawn by", "Withdrawn by", "again"},
	ledger.Expired:     {"Expired.", "Expired:", "again"},
	ledger.Voided:      {"Stopped before anything was erased", "Stopped before anything was erased", "again"},
	ledger.Failed:      {"Failed.", "", "again"},
	ledger.Unconfirmed: {"Not confirmed.", "I don't know yet whether this worked", "leave again"},
	ledger.Refused:     {"No request was made", "no request was made", "again"},
}

// compare holds the ledger against what the tenant and the people saw.
func (w *stormWorld) compare(store ledger.Store) {
	calls := map[string][]graphfake.Post{} // by client-request-id
	for _, p := range w.tenant.Posts() {
		calls[p.ClientRequestID] = append(calls[p.ClientRequestID], p)
	}
	names, newest, tally := map[string]string{}, map[string]notice{}, map[string]int{}
	for _, pc := range w.tenant.PCs() {
		names[pc.ID] = pc.DisplayName
	}
	cards := w.notices()
	slices.SortStableFunc(cards, func(a, b notice) int { return cmp.Compare(a.TS, b.TS) })
	for _, n := range cards {
		newest[n.id] = n
	}
	known, approved, all := map[string]bool{}, map[string]int{}, 0
	var receipts []ledger.Receipt
	for r, err := range store.Find(w.t.Context(), ledger.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		events, err := store.Events(w.t.Context(), r.ID, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		all++
		tally[strings.TrimSuffix(fmt.Sprintf("%s %s", r.State, cmp.Or(string(r.Failure), string(r.Cause.Code))), " ")]++
		for _, n := range cards { // who slept over a post can leave a newer card, which does not count
			if n.id == string(r.ID) && n.Channel == r.Card.Channel && n.TS == r.Card.TS {
				newest[n.id] = n
			}
		}
		borne, unborne := w.receipts(r)
		receipts = append(receipts, borne...)
		wrong := errors.Join(w.deeds(r, events, calls, known), w.told(r, newest[string(r.ID)]), unborne, w.heeded(r, events))
		if name, ok := w.acked[string(r.ID)]; ok && name != r.Order.PC {
			wrong = errors.Join(wrong, fmt.Errorf("it is about %s and was answered for %s", r.Order.PC, name))
		}
		delete(w.acked, string(r.ID))
		if wrong != nil {
			w.t.Errorf("%s of %s, %s %s:\n%v\n%s", r.ID, r.Requester.ID, r.State, r.Failure, wrong, w.about(string(r.ID)))
		}
		if len(r.Consents) > 0 {
			approved[r.Target.ID]++
		}
	}
	for id, name := range w.acked {
		w.t.Errorf("lost: %s was said about %s, and the ledger does not have it", id, name)
	}
	for call, posts := range calls {
		if !known[call] {
			w.t.Errorf("a call that the ledger does not know: %+v", posts)
		}
	}
	if _, err := store.Verify(w.t.Context(), receipts...); err != nil {
		w.t.Errorf("the chain is broken: %v", err)
	}
	w.counts["receipts"] = len(receipts)
	wipes := 0
	for id, name := range names {
		wipes += w.tenant.Wipes(id)
		if n := w.tenant.Wipes(id); n > approved[id] {
			w.t.Errorf("doubled: %s was wiped %d times on %d approvals", name, n, approved[id])
		}
	}
	var sums []string
	for _, state := range slices.Sorted(maps.Keys(tally)) {
		sums = append(sums, fmt.Sprintf("%d %s", tally[state], state))
	}
	for _, what := range slices.Sorted(maps.Keys(w.counts)) {
		sums = append(sums, fmt.Sprintf("%d %s", w.counts[what], what))
	}
	w.t.Logf("%d requests, %d cards, %d POSTs, %d wipes in %v: %s",
		all, len(cards), len(w.tenant.Posts()), wipes, time.Since(w.began).Round(time.Second), strings.Join(sums, ", "))
}

// deeds says what is wrong with the calls of a request, and marks them as known.
func (w *stormWorld) deeds(r ledger.Request, events []ledger.Event, calls map[string][]graphfake.Post, known map[string]bool) (wrong error) {
	no := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	approvals, acted, open := 0, 0, 0
	for _, e := range events {
		switch e.Kind {
		case ledger.WasApproved:
			approvals++
			if e.By == r.Requester || !w.pressed[[2]string{string(r.ID), e.By.ID}] {
				no("%s approved it", e.By.ID)
			}
		case ledger.WasSubmitted:
			known[e.Call] = true
			posts := calls[e.Call]
			if approvals == 0 || len(posts) > 1 {
				no("doubled: %d POSTs by one call, %d approvals: %+v", len(posts), approvals, posts)
			}
			for _, p := range posts {
				if p.At.After(e.At.Add(callTimeout + latest)) {
					no("late: it came %v after it was written down: %+v", p.At.Sub(e.At), p)
				}
				if p.PC != r.Target.ID {
					no("another machine: %+v", p)
				}
				if p.Acted {
					acted++
				}
				if p.Acted || p.Status == 0 || p.Status >= 500 { // as far as anybody outside can know
					open++
				}
			}
		}
	}
	if approvals > 1 || open > approvals {
		no("doubled: %d POSTs may have acted on %d approvals", open, approvals)
	}
	switch {
	case r.State == ledger.Unconfirmed:
		if r.Cause.Code != ledger.LostAnswer && r.Cause.Code != ledger.Interrupted {
			no("unconfirmed for no reason: %+v", r.Cause)
		}
	case r.State == ledger.Failed && r.Failure == ledger.Unproven:
	case r.State == ledger.Succeeded, r.State == ledger.Failed && r.Failure == ledger.ByBuild:
		if acted != 1 {
			no("it says that it was wiped, and %d POSTs acted", acted)
		}
	case acted != 0:
		no("it says that nothing was wiped, and %d POSTs acted", acted)
	}
	return wrong
}

// heeded says which presses were acknowledged and came to nothing: when the acknowledgement came,
// the ledger had a decision, or an end, or that the press was refused.
func (w *stormWorld) heeded(r ledger.Request, events []ledger.Event) (wrong error) {
	if len(w.skews) > 1 { // whose clocks differ
		return nil
	}
	for _, p := range w.taken {
		if p.id != string(r.ID) || p.action == "again" || p.action == "leave" {
			continue
		}
		if !slices.ContainsFunc(events, func(e ledger.Event) bool {
			return e.At.Before(p.at) && (e.Kind == ledger.WasApproved || e.To.Ended() || e.Kind == ledger.WasRepelled && e.By.ID == p.who)
		}) {
			wrong = errors.Join(wrong, fmt.Errorf("%s pressed %s, which was acknowledged and came to nothing", p.who, p.action))
		}
	}
	return wrong
}

// told says what people were not told of a request's end.
func (w *stormWorld) told(r ledger.Request, card notice) error {
	want := ends[r.State]
	if r.Failure == ledger.Unproven || r.Failure == ledger.Unfinished {
		want.card = "Closed by"
	}
	if r.Card.IsZero() {
		for _, line := range w.slack.Sees(r.Requester.ID) {
			if r.State == ledger.Refused && strings.Contains(line, string(r.ID)+": no request was made") {
				return nil
			}
		}
		var tries []string
		for _, c := range w.slack.Calls() {
			if strings.Contains(c.Args["text"], string(r.ID)) {
				tries = append(tries, fmt.Sprintf("%s %d %s", c.Method, c.Status, c.Error))
			}
		}
		return fmt.Errorf("%s was told nothing: %s", r.Requester.ID, strings.Join(tries, ", "))
	}
	var wrong error
	if card.Channel != r.Card.Channel || card.TS != r.Card.TS {
		wrong = fmt.Errorf("its newest card is %s %s, the ledger has %+v", card.Channel, card.TS, r.Card)
	}
	if text := card.Plain(); !strings.Contains(text, want.card) || card.buttons != want.buttons {
		wrong = errors.Join(wrong, fmt.Errorf("its card shows [%s] below\n%s", card.buttons, text))
	}
	var thread strings.Builder
	for _, m := range w.slack.Thread(card.Channel, card.TS) {
		fmt.Fprintln(&thread, m.Plain())
	}
	if !strings.Contains(thread.String(), want.thread) {
		wrong = errors.Join(wrong, fmt.Errorf("its thread does not say %q:\n%s", want.thread, &thread))
	}
	return wrong
}

var receiptText = regexp.MustCompile(`\b(R-[0-9A-Z]+:[0-9a-f]{12})\b`)

// receipts are what Slack shows of a request's place in the chain. Who was told the end was
// shown one.
func (w *stormWorld) receipts(r ledger.Request) (shown []ledger.Receipt, wrong error) {
	said := w.slack.Sees(r.Requester.ID)
	for _, m := range w.slack.Thread(r.Card.Channel, r.Card.TS) {
		said = append(said, m.Plain())
	}
	for _, text := range said {
		for _, found := range receiptText.FindAllString(text, -1) {
			receipt, err := ledger.ParseReceipt(found)
			if err != nil {
				return nil, err
			}
			if receipt.Request == r.ID && !slices.Contains(shown, receipt) {
				shown = append(shown, receipt)
			}
		}
	}
	if r.State.Ended() && len(shown) == 0 {
		wrong = errors.New("no receipt of its end is to be seen")
	}
	return shown, wrong
}
