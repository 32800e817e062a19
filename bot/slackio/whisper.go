package slackio

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/words"
)

// Whisper sends a line that only one person sees: through the response_url of an interaction of theirs in
// the channel, else as an ephemeral message there, else by direct message. Without a channel it sends a
// direct message. Slack does not promise to deliver an ephemeral message
// (docs.slack.dev/reference/methods/chat.postEphemeral). The errors are those of [Client.Post].
func (s *Client) Whisper(ctx context.Context, channel string, to auth.Person, l words.Line) error {
	return s.deliver(ctx, channel, to, private{text: l})
}

// private is a message that only one person sees. The text is shown where there are no blocks, and in
// notifications.
type private struct {
	text   words.Line
	blocks []slack.Block
}

func (p private) options() []slack.MsgOption {
	options := []slack.MsgOption{slack.MsgOptionText(string(p.text), false)}
	if p.blocks != nil {
		options = append(options, slack.MsgOptionBlocks(p.blocks...))
	}
	return options
}

// respondTo is Whisper with the response's page buttons, if it has any.
func (s *Client) respondTo(ctx context.Context, channel string, to auth.Person, r intake.Response) error {
	return s.deliver(ctx, channel, to, private{r.Line, pages(r)})
}

// deliver is Whisper for a text with blocks.
func (s *Client) deliver(ctx context.Context, channel string, to auth.Person, p private) error {
	if channel == "" {
		return s.sendDirect(ctx, to, p)
	}
	if s.cooldowns.Left(responseURL) == 0 { // otherwise a use would be spent although nothing is sent
		if address, ok := s.whispers.use(channel, to.ID); ok {
			err := s.callUnlessCooling(responseURL, func() error { return s.respond(ctx, address, p) })
			if err == nil {
				return nil
			}
			s.Log.Debug("Slack did not take an answer to a response_url", "error", err)
		}
	}
	err := s.callUnlessCooling("chat.postEphemeral", func() error {
		_, err := s.api().PostEphemeralContext(ctx, channel, to.ID, append(plainTextOptions(), p.options()...)...)
		return err
	})
	var no *causes.RefusedError
	if !errors.As(err, &no) {
		return err
	}
	return s.sendDirect(ctx, to, p)
}

// Slack's limits for a response_url are five uses within 30 minutes
// (docs.slack.dev/interactivity/handling-user-interaction). The bot stops a minute early.
const (
	uses   = 5
	usable = 29 * time.Minute
)

// whispers holds the latest response_url of each person in each channel. They are kept in memory and
// never stored, because anybody who has one can post as the bot.
type whispers struct {
	now       func() time.Time
	mu        sync.Mutex
	addresses map[[2]string]*address
}

type address struct {
	url   auth.Secret
	left  int
	until time.Time
}

func (w *whispers) hold(channel, user string, url auth.Secret) {
	if url.IsZero() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.addresses == nil {
		w.addresses = map[[2]string]*address{}
	}
	now := w.now()
	for k, a := range w.addresses {
		if now.After(a.until) {
			delete(w.addresses, k)
		}
	}
	w.addresses[[2]string{channel, user}] = &address{url, uses, now.Add(usable)}
}

func (w *whispers) use(channel, user string) (auth.Secret, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	k := [2]string{channel, user}
	a := w.addresses[k]
	if a == nil {
		return auth.Secret{}, false
	}
	if a.left == 0 || w.now().After(a.until) {
		delete(w.addresses, k)
		return auth.Secret{}, false
	}
	a.left--
	return a.url, true
}
