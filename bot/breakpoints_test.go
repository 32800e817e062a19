package bot_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// TestEveryBreakPoint lets one call of the bot's fail, each of those that a whole
// conversation takes: *failed and nothing happened* and *failed and it happened anyway*,
// with the process dead from then on and another one started, and with the process alive.
func TestEveryBreakPoint(t *testing.T) {
	t.Parallel()
	w := newFakeworld(t)
	whole := w.converse(fate{})
	w.judge(fate{}, whole)
	seen := 0
	for _, op := range slices.Sorted(maps.Keys(whole.calls)) {
		for nth := range whole.calls[op] {
			for _, f := range []fate{
				{op: op, nth: nth + 1, dies: true},
				{op: op, nth: nth + 1, dies: true, anyway: true},
				{op: op, nth: nth + 1},
				{op: op, nth: nth + 1, anyway: true},
			} {
				if f.anyway && (op == "Find" || op == "CloudPC" || op == "Policy" || op == "Recheck") {
					continue // an answer that is lost is a question that was not asked
				}
				if seen++; racing && seen%3 > 0 {
					continue
				}
				t.Run(f.String(), func(t *testing.T) {
					t.Parallel()
					w := newFakeworld(t)
					w.judge(f, w.converse(f))
				})
			}
		}
	}
	for _, op := range []string{"Create", "Replace", "Submit", "Claim step", "Finish",
		"Find", "CloudPC", "Policy", "Recheck", "Reprovision", "Post", "Redraw", "Reply", "Whisper", "Tell"} {
		if whole.calls[op] == 0 {
			t.Errorf("the conversation does without %s", op)
		}
	}
}

// fate is what befalls one call of a process; the zero fate befalls none.
type fate struct {
	op     string
	nth    int
	anyway bool // it fails, and it happened
	dies   bool // nothing that this process does later reaches anybody
}

func (f fate) String() string {
	how, then := "nothing happened", "lives"
	if f.anyway {
		how = "happened anyway"
	}
	if f.dies {
		then = "dies"
	}
	return fmt.Sprintf("%s %d, %s, %s", f.op, f.nth, how, then)
}

// varies reports whether the call is one of those that take another number each time: what brings Slack
// up to the ledger goes on beside the deed, and a claim is needed only where a write handed nothing over.
func (f fate) varies() bool {
	return slices.Contains([]string{"Claim step", "Claim thread", "Finish", "Redraw", "Reply", "Whisper", "Tell"}, f.op)
}

// converse plays one conversation to its end, by people who do what the bot tells them,
// and returns the process that it began with.
func (w *fakeworld) converse(f fate) *process {
	first := w.live(f)
	now := first
	alive := func() bool {
		if !now.dead.Load() {
			return true
		}
		now.stop()
		now = w.live(fate{})
		return false
	}
	order, typed := w.interaction(), false
	for tries := 0; !typed; tries++ {
		if tries > 9 {
			w.t.Fatal("the command is not taken in")
		}
		answer := now.types(ada, order, "CPC-ada reason=test")
		switch {
		case !alive(): // it was not acknowledged, and is delivered once more
		case strings.Contains(answer, "looking for"):
			typed = true
		default: // "see list before you ask again"
			order = w.interaction()
			typed = strings.Contains(now.types(ada, w.interaction(), "list"), "CPC-ada")
		}
	}
	r := w.only()
	w.goOn(&now, alive, func() bool { r = w.only(); return r.State != ledger.Resolving })
	for tries := 0; r.State == ledger.Pending; tries++ {
		if tries > 9 {
			w.t.Fatal("the press is not taken in")
		}
		now.presses(ben, r, words.PressApprove)
		alive()
		r = w.only()
	}
	w.goOn(&now, alive, func() bool {
		r = w.only()
		return w.told(r) && (r.State.Ended() || !r.Submission.EvidenceGivenUp.IsZero())
	})
	return first
}

// goOn lets the bot work and, whenever it has nothing to do, time pass until it has,
// until everything is said and done.
func (w *fakeworld) goOn(now **process, alive func() bool, done func() bool) {
	w.t.Helper()
	for jumps := 0; ; jumps++ {
		if jumps > 100 {
			w.t.Fatalf("it comes to no end: %+v", w.only())
		}
		w.until("the bot to rest", func() bool { return (*now).dead.Load() || w.quiet(*now) })
		if !alive() {
			continue
		}
		if done() {
			return
		}
		if next := w.nextWork(); next.After(w.now()) {
			w.set(next)
		}
	}
}

// judge holds a conversation to what is promised.
func (w *fakeworld) judge(f fate, first *process) {
	w.t.Helper()
	r := w.only()
	events, err := w.eyes.Events(w.t.Context(), r.ID, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	if first.calls[f.op] < f.nth && !f.varies() {
		w.t.Errorf("it was never called: %v", first.calls)
	}
	posts := len(w.posts[r.Target.ID])
	card, thread := w.cards[r.Card], w.replies[r.Card]
	switch {
	case posts > 1:
		w.t.Errorf("%d POSTs", posts)
	case posts == 1:
		if r.State != ledger.Succeeded {
			w.t.Errorf("Graph was asked, and the request is %s", r.State)
		}
		if !strings.Contains(string(card.Status), "*Ready.*") || len(card.Buttons) > 0 {
			w.t.Errorf("the card says %s, with the buttons %v", card.Status, card.Buttons)
		}
	default:
		if r.State != ledger.Unconfirmed {
			w.t.Errorf("Graph was never asked, and the request is %s", r.State)
		}
		if !strings.Contains(string(card.Status), "*Not confirmed.*") || len(card.Buttons) != 2 {
			w.t.Errorf("the card says %s, with the buttons %v", card.Status, card.Buttons)
		}
		notSent := f.op == "Reprovision" && !f.anyway
		cutOff := f.dies && (f.op == "Submit" && f.anyway || f.varies())
		if !notSent && !cutOff {
			w.t.Errorf("nobody asked Graph, and nothing was in the way")
		}
	}
	if card.Request != r.ID || !strings.Contains(card.Title, "CPC-ada") {
		w.t.Errorf("the card is %+v", card)
	}

	repeats := 0
	replied := thread
	thread = nil
	for i, reply := range replied {
		if i+1 < len(replied) && strings.HasPrefix(replied[i+1], reply) { // said again, with what has come since
			repeats++
			continue
		}
		thread = append(thread, strings.Split(reply, "\n")...)
	}
	cutShort := f.op == "Reply" && f.anyway || f.op == "Told" && !f.anyway
	if repeats > 1 || repeats == 1 && !f.dies && !cutShort {
		w.t.Errorf("%d replies were repeated", repeats)
	}
	var told []ledger.Kind
	for _, e := range events {
		if replies[e.Kind] != nil {
			told = append(told, e.Kind)
		}
	}
	if len(thread) != len(told) {
		w.t.Errorf("the thread tells %d things, and %d have happened: %v\n%s", len(thread), len(told), told, strings.Join(thread, "\n"))
		return
	}
	for i, kind := range told {
		if !replies[kind].MatchString(thread[i]) {
			w.t.Errorf("%s is told as: %s", kind, thread[i])
		}
	}
}

// replies are what the thread has to say of each event; of the others it says nothing.
var replies = map[ledger.Kind]*regexp.Regexp{
	ledger.WasApproved:  regexp.MustCompile("^Approved by <@U_BEN>"),
	ledger.IsWaiting:    regexp.MustCompile("^Not erased yet"),
	ledger.WasAccepted:  regexp.MustCompile("^Accepted by Microsoft|^CPC-.* shows that the request did reach Microsoft"),
	ledger.WasDoubted:   regexp.MustCompile("^I don't know yet whether this worked"),
	ledger.IsUnsettled:  regexp.MustCompile("It is not known whether"),
	ledger.HasSucceeded: regexp.MustCompile("Done"),
}
