package demo

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/slackfake"
)

// tell has ada type and ben approve, prints what people in the channel see, and returns when the
// thread has said that the machine is ready.
func (s *fakes) tell(ctx context.Context, out io.Writer) error {
	p := &printer{out: out, start: time.Now(), seen: map[string]string{}}
	fmt.Fprint(out, "This is the real bot, between a fake Slack and a fake Microsoft Graph. Nothing real is erased.\n\n"+
		"dan's Cloud PC, "+pc+", does not start. ada asks to have it rebuilt; ben, another admin, approves.\n\n#it-help\n")
	if err := s.slack.Wait(ctx, func() bool { return s.slack.Sockets() > 0 }); err != nil {
		return fmt.Errorf("the bot did not connect: %w", err)
	}
	const command = pc + ` os=windows11 account=standardUser reason="does not start"`
	p.line("ada", "/reprovision "+command)
	s.slack.Type(ada, channel, command)

	approved := false
	for !p.done {
		err := s.slack.Wait(ctx, func() bool { return s.news(p, false) })
		if err != nil {
			return fmt.Errorf("the conversation did not end: %w", err)
		}
		s.news(p, true)
		if card, ok := s.waiting(); ok && !approved {
			approved = true
			p.line("ben", "presses "+button.FindString(card.Plain()))
			s.slack.Press(ben, card, "approve")
		}
	}
	for _, post := range s.tenant.Posts() {
		fmt.Fprintf(out, "\nMicrosoft Graph received:  POST %s %s\n", post.Path, post.Body)
	}
	return nil
}

// button is how a card's first button looks.
var button = regexp.MustCompile(`\[[^\]]+\]`)

// waiting is the card that waits for approval, if there is one.
func (s *fakes) waiting() (slackfake.Message, bool) {
	for _, m := range s.slack.Messages(channel) {
		if hasButton(m.Blocks, "approve") {
			return m, true
		}
	}
	return slackfake.Message{}, false
}

// emoji are the symbols of the card, as Slack draws them.
var emoji = strings.NewReplacer(":large_yellow_circle:", "🟡", ":large_blue_circle:", "🔵", ":white_check_mark:", "✅", ":red_circle:", "🔴", ":warning:", "⚠️", ":no_entry:", "⛔")

// news reports whether there is anything not printed yet, and prints it if print is set.
func (s *fakes) news(p *printer, print bool) bool {
	any := false
	say := func(key, who, text string) {
		text = emoji.Replace(text)
		if p.seen[key] == text {
			return
		}
		any = true
		if print {
			p.line(who, fresh(p.seen[key], text))
			p.seen[key] = text
		}
	}
	for i, text := range s.slack.Sees(ada) {
		say(fmt.Sprint("private ", i), "bot (only ada sees this)", text)
	}
	begun, ready, updated := false, false, false
	for _, m := range s.slack.Messages(channel) {
		who := "bot"
		if m.ThreadTS != "" && m.ThreadTS != m.TS {
			who = "bot, in the thread"
			ready = ready || strings.Contains(m.Plain(), " is ready after ")
			begun = begun || strings.Contains(m.Plain(), "is being erased and rebuilt")
		} else {
			updated = strings.Contains(m.Plain(), pc+" is ready")
		}
		say(m.TS, who, m.Plain())
	}
	if print {
		p.done = ready && updated
		if begun && !p.waits {
			p.waits = true
			fmt.Fprint(p.out, "\n        … rebuilding: about an hour in real life, a few seconds here\n")
		}
	}
	return any
}

// fresh is the part of a redrawn text that was not in it before.
func fresh(before, now string) string {
	if before == "" {
		return now
	}
	var lines []string
	for l := range strings.SplitSeq(now, "\n") {
		if !slices.Contains(strings.Split(before, "\n"), l) {
			lines = append(lines, l)
		}
	}
	return "(updates the card) " + strings.Join(lines, "\n")
}

// printer prints who said what and when.
type printer struct {
	out   io.Writer
	start time.Time
	seen  map[string]string
	waits bool // the reader knows that the machine is being rebuilt
	done  bool
}

func (p *printer) line(who, text string) {
	fmt.Fprintf(p.out, "\n%5.1fs  %s\n", time.Since(p.start).Seconds(), who)
	for l := range strings.Lines(strings.TrimRight(text, "\n")) {
		fmt.Fprintf(p.out, "        │ %s\n", strings.TrimRight(l, "\n"))
	}
}
