package slackio

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/slack-go/slack"

	"cloudpc-bot/auth"
)

// identity is what auth.test says of the bot.
type identity struct {
	URL                 string `json:"url"`
	TeamID              string `json:"team_id"`
	EnterpriseID        string `json:"enterprise_id"`
	UserID              string `json:"user_id"`
	BotID               string `json:"bot_id"` // as messages of the bot carry it
	IsEnterpriseInstall bool   `json:"is_enterprise_install"`
}

// identify asks who the bot is.
func (s *Client) identify(ctx context.Context) (identity, error) {
	var id identity
	err := s.call(ctx, "auth.test", nil, &id)
	var no slack.SlackErrorResponse
	var lost *url.Error
	switch {
	case err == nil:
		return id, nil
	case errors.As(err, &no) && rejected(no.Err):
		return identity{}, &TokenError{"SLACK_BOT_TOKEN", no.Err}
	case errors.As(err, &lost), asksToWait(err), errors.As(err, &no) && passes(no.Err):
		return identity{}, fmt.Errorf("%w: %w", ErrUnreachable, bare(err))
	}
	return identity{}, fmt.Errorf("slack: auth.test: %w", bare(err))
}

// Home is the organisation of the installation, as persons of it carry it.
func (s *Client) Home() string {
	if s.home.EnterpriseID != "" {
		return s.home.EnterpriseID
	}
	return s.home.TeamID
}

// org is the organisation that a team belongs to, as far as Slack has told. On Enterprise
// Grid the enterprise may stand in place of the team.
func (s *Client) org(team, enterprise string) string {
	grid := s.home.EnterpriseID
	switch {
	case team == s.home.TeamID, grid != "" && (enterprise == grid || team == grid):
		return s.Home()
	case enterprise != "":
		return enterprise
	}
	return team
}

func (s *Client) person(team, enterprise, user string) auth.Person {
	return auth.Person{Org: s.org(team, enterprise), ID: user}
}
