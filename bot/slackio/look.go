package slackio

import (
	"context"
	"errors"
	"net/url"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
)

// Account is what users.info says about one id, for checks of a configured list of ids.
type Account struct {
	auth.Standing
	Missing bool // Slack has no account with this id
}

// Account asks Slack about an account, bypassing the cache.
func (s *Client) Account(ctx context.Context, id string) (Account, error) {
	a, err := s.askAccount(ctx, id)
	if code(err) == "user_not_found" {
		return Account{Missing: true}, nil
	}
	return Account{Standing: a.Standing}, err
}

// Channel is what conversations.info says about a channel, for checks of whether the bot can work in
// it.
type Channel struct {
	Name     string
	Missing  bool // Slack has no channel with this id, or it is private and the bot is not in it
	Archived bool
	Member   bool // the bot is in it
	Shared   bool // with other organisations, or an invitation to one is pending
}

// Channel asks Slack about a channel, bypassing the cache.
func (s *Client) Channel(ctx context.Context, id string) (Channel, error) {
	var answer struct {
		Channel struct {
			Name       string `json:"name"`
			Archived   bool   `json:"is_archived"`
			Member     bool   `json:"is_member"`
			Shared     bool   `json:"is_shared"`
			ExtShared  bool   `json:"is_ext_shared"`
			OrgShared  bool   `json:"is_org_shared"`
			PendingExt bool   `json:"is_pending_ext_shared"`
			Pending    []any  `json:"pending_shared"`
		} `json:"channel"`
	}
	err := s.asking(ctx, "conversations.info", url.Values{"channel": {id}}, &answer)
	if code(err) == "channel_not_found" {
		return Channel{Missing: true}, nil
	}
	c := answer.Channel
	return Channel{
		Name: c.Name, Archived: c.Archived, Member: c.Member,
		Shared: c.ExtShared || c.Shared && !c.OrgShared || c.PendingExt || len(c.Pending) > 0,
	}, err
}

// code returns Slack's error code if err is a final refusal, else "".
func code(err error) string {
	if no, ok := errors.AsType[*causes.RefusedError](err); ok {
		return no.Code
	}
	return ""
}
