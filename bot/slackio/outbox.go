package slackio

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/cooldown"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/notify"
	"cloudpc-bot/bot/words"
)

var _ notify.Outbox = (*Client)(nil)
var _ intake.Inbox = (*Client)(nil)

// Post posts a card to a channel. It is not idempotent: if the answer is lost, the card may be there all
// the same. Like all methods of this file it fails with *causes.ThrottledError if the caller has to come
// back later, with *causes.RefusedError or *causes.MissingScopeError if a retry is useless, and with
// another error if a retry may help.
// Of all whom the card names, only calls are notified.
func (s *Client) Post(ctx context.Context, channel string, c words.Card, calls words.Mentions) (ledger.Thread, error) {
	return s.postMessage(ctx, channel, string(c.Request), append(plainTextOptions(), cardOptions(s.quietCard(ctx, c, calls))...)...)
}

// Redraw replaces a card. It sends the blocks every time, because chat.update with text alone removes
// them (docs.slack.dev/reference/methods/chat.update).
func (s *Client) Redraw(ctx context.Context, t ledger.Thread, c words.Card) error {
	return s.callUnlessCooling("chat.update", func() error {
		_, _, _, err := s.api().UpdateMessageContext(ctx, t.Channel, t.TS, append(plainTextOptions(), cardOptions(c)...)...)
		return err
	})
}

// Reply posts a line to a card's thread. Of all whom it names, only calls are notified.
func (s *Client) Reply(ctx context.Context, t ledger.Thread, l words.Line, calls words.Mentions) error {
	l = s.quiet(ctx, l, calls)
	_, err := s.postMessage(ctx, t.Channel, t.TS, append(plainTextOptions(), slack.MsgOptionTS(t.TS), slack.MsgOptionText(string(l), false))...)
	return err
}

// Tell sends a direct message to a person.
func (s *Client) Tell(ctx context.Context, to auth.Person, l words.Line) error {
	return s.sendDirect(ctx, to, private{text: l})
}

// Notify sends a direct message with buttons. Whom it names is not notified.
func (s *Client) Notify(ctx context.Context, to auth.Person, n words.Notice) (ledger.Thread, error) {
	n.Line = s.quiet(ctx, n.Line, words.Mentions{})
	return s.postDirect(ctx, to, private{n.Line, noticeBlocks(n)})
}

// Revise replaces a direct message that Notify sent, and its buttons.
func (s *Client) Revise(ctx context.Context, t ledger.Thread, n words.Notice) error {
	n.Line = s.quiet(ctx, n.Line, words.Mentions{})
	return s.callUnlessCooling("chat.update", func() error {
		_, _, _, err := s.api().UpdateMessageContext(ctx, t.Channel, t.TS, append(plainTextOptions(), private{n.Line, noticeBlocks(n)}.options()...)...)
		return err
	})
}

func (s *Client) sendDirect(ctx context.Context, to auth.Person, p private) error {
	_, err := s.postDirect(ctx, to, p)
	return err
}

func (s *Client) postDirect(ctx context.Context, to auth.Person, p private) (ledger.Thread, error) {
	var im *slack.Channel
	err := s.callUnlessCooling("conversations.open", func() (err error) {
		im, _, _, err = s.api().OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{to.ID}})
		return err
	})
	if err != nil {
		return ledger.Thread{}, err
	}
	return s.postMessage(ctx, im.ID, to.ID, append(plainTextOptions(), p.options()...)...)
}

// Link returns the card's permalink, for a browser or the Slack app. It is built here and costs no call
// of chat.getPermalink.
func (s *Client) Link(t ledger.Thread) string {
	return fmt.Sprintf("%sarchives/%s/p%s", s.identity.URL, t.Channel, strings.ReplaceAll(t.TS, ".", ""))
}

// plainTextOptions stop Slack from adding to a text: links for names of people and channels, and
// previews of URLs. chat.update parses by default (parse=client), unlike chat.postMessage.
func plainTextOptions() []slack.MsgOption {
	return []slack.MsgOption{
		slack.MsgOptionParse(false), slack.MsgOptionLinkNames(false),
		slack.MsgOptionDisableLinkUnfurl(), slack.MsgOptionDisableMediaUnfurl(),
	}
}

// postMessage posts to a channel at the rate that the limiter allows. who identifies what the post is about (a
// request id, a thread or a person): if the post has to wait, or fails in a way that a retry may cure,
// the limiter keeps a place for that who.
func (s *Client) postMessage(ctx context.Context, channel, who string, options ...slack.MsgOption) (ledger.Thread, error) {
	const method = "chat.postMessage"
	if rest := s.cooldowns.Left(method); rest > 0 { // checked first, so that no turn is wasted
		return ledger.Thread{}, &causes.ThrottledError{After: rest}
	}
	leave, err := s.limiter.enter(ctx, channel, who)
	if err != nil {
		return ledger.Thread{}, err
	}
	defer func() { leave(err == nil || errors.As(err, new(*causes.RefusedError))) }()
	var at ledger.Thread
	err = s.callUnlessCooling(method, func() (err error) {
		at.Channel, at.TS, err = s.api().PostMessageContext(ctx, channel, options...)
		return err
	})
	if err != nil {
		return ledger.Thread{}, err
	}
	return at, nil
}

// understood turns an error of slack-go into one of the bot's own: throttled, refused for good, or
// temporary. A revoked token also ends Receive.
func (s *Client) understood(op string, err error) error {
	var slow *slack.RateLimitedError
	var no slack.SlackErrorResponse
	switch {
	case err == nil:
		return nil
	case errors.As(err, &slow):
		return &causes.ThrottledError{After: cooldown.Cap(slow.RetryAfter)}
	case !errors.As(err, &no):
		return fmt.Errorf("slack: %s: %w", op, withoutURL(err))
	case revoked(no.Err):
		s.giveUp(&TokenError{"SLACK_BOT_TOKEN", no.Err})
		return fmt.Errorf("slack: %s: %s", op, no.Err)
	case no.Err == "missing_scope":
		return s.lacks(op, no.Needed)
	case passes(no.Err):
		return fmt.Errorf("slack: %s: %s", op, no.Err)
	}
	if len(no.ResponseMetadata.Messages) > 0 { // they say which block Slack rejected
		s.Log.Error("Slack refused a message", "method", op, "error", no.Err, "messages", no.ResponseMetadata.Messages)
	}
	return &causes.RefusedError{Op: op, Code: no.Err}
}

// revoked reports whether Slack's error code says that the token is no longer valid. The other codes of
// rejected can concern one method or one channel, and must not end the bot.
func revoked(code string) bool {
	switch code {
	case "not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired":
		return true
	}
	return false
}

// passes reports whether Slack's error code describes a temporary condition, not a fault of the message.
func passes(code string) bool {
	switch code {
	case "message_limit_exceeded", "internal_error", "fatal_error", "service_unavailable",
		"request_timeout", "team_added_to_org", "org_login_required", "external_channel_migrating":
		return true
	}
	return limit(code)
}
