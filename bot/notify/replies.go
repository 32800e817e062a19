package notify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// longestReply is how many runes of events go into one reply. Slack advises at most 4000 characters
// (docs.slack.dev/reference/methods/chat.postMessage).
const longestReply = 3500

// fitReply returns the first events, as many as fit into one reply, and at least one. Events that are
// due together become one message for the reader and one call to Slack.
func fitReply(r ledger.Request, events []ledger.Event) []ledger.Event {
	size := 0
	for i, e := range events {
		line, _ := words.ThreadLine(r, e)
		if size += utf8.RuneCountInString(string(line)); i > 0 && size > longestReply {
			return events[:i]
		}
	}
	return events
}

// postReplies posts the events to the thread, in their order, as one reply. It sends the requester in
// private what they cannot read there: because they typed the command in another channel, or because
// the thread is closed. It returns the new cursor. Once the reply is posted the cursor moves on, even
// if a private message after it has to wait: this process still owes that message, and the reply is
// not posted twice.
func (n *Notifier) postReplies(ctx context.Context, r ledger.Request, events []ledger.Event, card cardState) (told int, err error) {
	before, last, said := events[0].Seq-1, events[len(events)-1].Seq, false
	closed := card == cardGone
	if !closed && n.sent.of(r.ID).replied < last {
		var reply words.Line
		var calls words.Mentions
		if card == cardStuck {
			reply = words.CardStuck(r)
		}
		for _, e := range events {
			if line, ok := words.ThreadLine(r, e); ok && e.Seq > n.sent.of(r.ID).replied {
				who := n.calls(r, e)
				reply = joinLines(reply, missingMentions(who, line)+line+endReceipt(e))
				calls.People, calls.Groups = append(calls.People, who.People...), append(calls.Groups, who.Groups...)
			}
		}
		if reply != "" {
			err := n.reply(ctx, r, reply, calls)
			var no *causes.RefusedError
			closed = errors.As(err, &no)
			if err := n.OnlyPassing(r, err); err != nil {
				return before, err
			}
			if said = !closed; said {
				n.sent.replied(r.ID, last)
			}
		}
	}
	if closed {
		if err := n.pastTheThread(ctx, r, events); err != nil {
			return before, err
		}
		return last, n.payOwed(ctx, r)
	}
	messages := n.privateMessages(r, events)
	n.sent.owe(r.ID, messages...)
	err = n.payOwed(ctx, r)
	var slow *causes.ThrottledError
	// Without a posted reply nothing can be said twice, so the cursor stays. It also stays if the bot
	// is stopping, because it cannot keep what it owes.
	if err != nil && (!said || !errors.As(err, &slow)) {
		n.sent.change(r.ID, func(p *progress) { p.owed = p.owed[:max(len(p.owed)-len(messages), 0)] })
		return before, err
	}
	return last, err
}

// reply says something in the thread. Where Slack refuses it, and it mentions somebody, the same is
// said without the mentions of groups, and then without any: what calls people survives that the
// call itself is forbidden.
func (n *Notifier) reply(ctx context.Context, r ledger.Request, l words.Line, calls words.Mentions) error {
	err := n.Outbox.Reply(ctx, r.Card, l, calls)
	var no *causes.RefusedError
	for _, fewer := range []words.Mentions{{People: calls.People}, {}} {
		if calls.IsZero() || !errors.As(err, &no) || no.Gone() {
			return err
		}
		if len(fewer.People) == len(calls.People) && len(calls.Groups) == 0 {
			continue
		}
		n.Requests.LogOf(r).Warn("Slack refused a reply that mentions people; it was posted without the mention", "error", err)
		l, calls = words.WithoutGroups(l), fewer
		err = n.Outbox.Reply(ctx, r.Card, l, calls)
	}
	return err
}

// pastTheThread sends the requester by direct message what matters of the events, because the thread
// is closed. The message begins by saying why it comes this way.
func (n *Notifier) pastTheThread(ctx context.Context, r ledger.Request, events []ledger.Event) error {
	var lines words.Line
	for _, e := range events {
		if line, ok := words.ThreadLine(r, e); ok && words.EventOf(e).DM.PastThread() {
			lines = joinLines(lines, line+endReceipt(e))
		}
	}
	if lines == "" {
		return nil
	}
	return n.OnlyPassing(r, n.Outbox.Tell(ctx, r.Requester, words.OutOfReach(r)+lines))
}

// private is a message to the requester alone.
type private struct {
	channel string // where they typed the command, for a whisper; empty = a direct message
	line    words.Line
}

// privateMessages are the messages to a requester who typed the command in another channel than the
// card's: where the card is, what was decided, and how it ended. The thread is told the same.
func (n *Notifier) privateMessages(r ledger.Request, events []ledger.Event) (messages []private) {
	if r.FromChannel == r.Card.Channel {
		return nil
	}
	var lines words.Line
	for _, e := range events {
		line, ok := words.ThreadLine(r, e)
		switch {
		case e.Kind == ledger.WasShown:
			messages = append(messages, private{r.FromChannel, words.CardIsAt(r, n.Outbox.Link(r.Card))})
		case ok && words.EventOf(e).DM.Elsewhere():
			lines = joinLines(lines, line)
		}
	}
	if lines != "" {
		messages = append(messages, private{line: lines})
	}
	return messages
}

// payOwed sends the private messages that this process still owes the requester. It runs after the
// card and the thread, which never wait for it. It is best effort: the messages are tried again only
// if Slack asked to wait, and a process that takes the request over does not know of them.
func (n *Notifier) payOwed(ctx context.Context, r ledger.Request) error {
	owed := n.sent.of(r.ID).owed
	for i, m := range owed {
		var err error
		if m.channel != "" {
			err = n.Outbox.Whisper(ctx, m.channel, r.Requester, m.line)
		} else {
			err = n.Outbox.Tell(ctx, r.Requester, m.line)
		}
		if err := n.bestEffort(ctx, r, err); err != nil {
			n.sent.change(r.ID, func(p *progress) { p.owed = owed[i:] })
			return err
		}
	}
	if len(owed) > 0 {
		n.sent.change(r.ID, func(p *progress) { p.owed = nil })
	}
	return nil
}

// bestEffort returns err only if Slack asked to wait, which is certain to pass, or if ctx has ended:
// what this process was stopped from sending the next one sends. It logs and drops other errors.
func (n *Notifier) bestEffort(ctx context.Context, r ledger.Request, err error) error {
	var slow *causes.ThrottledError
	if err != nil && ctx.Err() == nil && !errors.As(err, &slow) {
		n.Requests.LogOf(r).Warn("Slack did not deliver a private message to the requester", "error", err)
		return nil
	}
	return err
}

// calls are whom the reply about an event notifies, by its row of the table of events. Nobody is called
// for what they did themselves, and nobody to approve who cannot, or who has.
func (n *Notifier) calls(r ledger.Request, e ledger.Event) words.Mentions {
	switch row := words.EventOf(e); {
	case row.Calls == words.Requester && e.By != r.Requester:
		return words.Mentions{People: []auth.Person{r.Requester}}
	case row.Calls == words.Approvers:
		return n.Admins()
	case row.Calls == words.ApproversFirst && e.Count == 1 && r.State == e.To:
		admins := n.Admins()
		admins.People = slices.DeleteFunc(slices.Clone(admins.People), func(p auth.Person) bool {
			return !r.Calls(p, n.AllowOwner) || slices.Contains(r.People(), p)
		})
		return admins
	}
	return words.Mentions{}
}

// missingMentions are those mentions that a line lacks.
func missingMentions(calls words.Mentions, l words.Line) (lacks words.Line) {
	for _, p := range calls.People {
		if mention := words.Say("%s", p); !strings.Contains(string(l), string(mention)) {
			lacks += mention + " "
		}
	}
	for _, id := range calls.Groups {
		lacks += words.Say("%s ", words.Group(id))
	}
	return lacks
}

// endReceipt is the receipt to print with an event that ends the request; empty for others.
func endReceipt(e ledger.Event) words.Line {
	if !e.To.Ended() {
		return ""
	}
	return words.Receipt(e)
}

// joinLines adds a line below others.
func joinLines(lines, line words.Line) words.Line {
	if lines == "" {
		return line
	}
	return lines + "\n" + line
}
