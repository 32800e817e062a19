package slackfake

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

func client(w *Workspace) *slack.Client {
	return slack.New(w.BotToken(), slack.OptionAppLevelToken(w.AppToken()), slack.OptionAPIURL(w.URL()))
}

// A real client carries a request from the command to the last word.
func TestSlackGoCanTalkToIt(t *testing.T) {
	w := open(t, Config{})
	api, ctx := client(w), within(t)
	me, err := api.AuthTestContext(ctx)
	if err != nil || me.UserID != w.BotUser() || me.TeamID != w.Team() {
		t.Fatalf("%+v, %v", me, err)
	}

	sm := socketmode.New(api)
	running, stop := context.WithCancel(ctx)
	done := make(chan error)
	go func() { done <- sm.RunContext(running) }()
	defer func() { stop(); <-done }()
	event := func(want socketmode.EventType) socketmode.Event {
		for {
			select {
			case e := <-sm.Events:
				if e.Type == want {
					return e
				}
				if e.Type == socketmode.EventTypeErrorBadMessage || e.Type == socketmode.EventTypeInvalidAuth {
					t.Fatalf("%s: %+v", e.Type, e.Data)
				}
			case <-ctx.Done():
				t.Fatalf("waiting for %s", want)
			}
		}
	}
	if hello := event(socketmode.EventTypeHello); hello.Request.NumConnections != 1 {
		t.Errorf("hello %+v", hello.Request)
	}

	typed := w.Type("U0ADA", "C0OPS", "@ben os=windows11")
	e := event(socketmode.EventTypeSlashCommand)
	command := e.Data.(slack.SlashCommand)
	if command.Text != "<@U0BEN|ben> os=windows11" || command.UserID != "U0ADA" || command.ChannelID != "C0OPS" || command.IsEnterpriseInstall {
		t.Errorf("%+v", command)
	}
	if err := sm.Ack(*e.Request, slack.WebhookMessage{Text: "looking"}); err != nil {
		t.Fatal(err)
	}
	if _, err := typed.WaitAck(ctx); err != nil {
		t.Fatal(err)
	}

	blocks := slack.MsgOptionBlocks(
		slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, "CPC-ben", false, false)),
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "asked by <@U0ADA>", false, true), nil, nil),
		slack.NewActionBlock("decision",
			slack.NewButtonBlockElement("approve", "R-1", slack.NewTextBlockObject(slack.PlainTextType, "Approve", true, false)).
				WithStyle(slack.StylePrimary).WithConfirm(slack.NewConfirmationBlockObject(
				slack.NewTextBlockObject(slack.PlainTextType, "Sure?", false, false), slack.NewTextBlockObject(slack.MarkdownType, "It wipes", false, false),
				slack.NewTextBlockObject(slack.PlainTextType, "Yes", false, false), slack.NewTextBlockObject(slack.PlainTextType, "No", false, false)))))
	channel, ts, err := api.PostMessageContext(ctx, "C0OPS", slack.MsgOptionText("CPC-ben", false), blocks,
		slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "card", EventPayload: map[string]any{"request": "R-1"}}))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := api.PostMessageContext(ctx, channel, slack.MsgOptionText("asked", false), slack.MsgOptionTS(ts)); err != nil {
		t.Fatal(err)
	}

	pressed := w.Press("U0BEN", w.Messages("C0OPS")[0], "approve")
	e = event(socketmode.EventTypeInteractive)
	press := e.Data.(slack.InteractionCallback)
	if a := press.ActionCallback.BlockActions; press.User.ID != "U0BEN" || press.User.TeamID != w.Team() || press.Container.MessageTs != ts ||
		press.Message.Timestamp != ts || len(a) != 1 || a[0].ActionID != "approve" || a[0].Value != "R-1" || a[0].BlockID != "decision" {
		t.Errorf("%+v", press)
	}
	if err := sm.Ack(*e.Request); err != nil {
		t.Fatal(err)
	}
	if ack, err := pressed.WaitAck(ctx); err != nil || ack.Problem != "" {
		t.Errorf("%+v, %v", ack, err)
	}

	if _, err := api.OpenViewContext(ctx, press.TriggerID, slack.ModalViewRequest{
		Type: slack.VTModal, Title: slack.NewTextBlockObject(slack.PlainTextType, "Why?", false, false),
		Submit: slack.NewTextBlockObject(slack.PlainTextType, "Send", false, false), PrivateMetadata: "R-1",
		Blocks: slack.Blocks{BlockSet: []slack.Block{slack.NewInputBlock("reason", slack.NewTextBlockObject(slack.PlainTextType, "Reason", false, false), nil,
			slack.NewPlainTextInputBlockElement(nil, "text"))}},
	}); err != nil {
		t.Fatal(err)
	}
	w.Submit("U0BEN", w.Views("U0BEN")[0].ID, reason("it is slow"))
	e = event(socketmode.EventTypeInteractive)
	submission := e.Data.(slack.InteractionCallback)
	if submission.Type != slack.InteractionTypeViewSubmission || submission.View.State.Values["reason"]["text"].Value != "it is slow" {
		t.Errorf("%+v", submission)
	}
	_ = sm.Ack(*e.Request)

	if _, _, _, err := api.UpdateMessageContext(ctx, channel, ts, slack.MsgOptionText("Done", false), slack.MsgOptionBlocks()); err != nil {
		t.Fatal(err)
	}
	if _, err := api.PostEphemeralContext(ctx, channel, "U0BEN", slack.MsgOptionText("thanks", false)); err != nil {
		t.Fatal(err)
	}
	for _, link := range []string{command.ResponseURL, press.ResponseURL} {
		if err := slack.PostWebhookContext(ctx, link, &slack.WebhookMessage{Text: "by the way"}); err != nil {
			t.Error(err)
		}
	}
	if m := w.Messages("C0OPS"); m[0].Plain() != "Done" || m[1].ThreadTS != ts {
		t.Errorf("%+v", m)
	}
	await(t, w, "the form to close", func() bool { return len(w.Views("U0BEN")) == 0 })
	for _, a := range w.Acks() {
		if a.Problem != "" || a.Late {
			t.Errorf("%+v", a)
		}
	}
}

func TestSlackGoReadsPeopleAndRefusals(t *testing.T) {
	w := open(t, Config{Pace: 0.5})
	api, ctx := client(w), within(t)
	if u, err := api.GetUserInfoContext(ctx, "U0EVE"); err != nil || !u.IsStranger || u.TeamID != "T0AWAY" {
		t.Errorf("%+v, %v", u, err)
	}
	if c, err := api.GetConversationInfoContext(ctx, &slack.GetConversationInfoInput{ChannelID: "C0OPS"}); err != nil || c.IsExtShared || !c.IsMember {
		t.Errorf("%+v, %v", c, err)
	}
	if members, _, err := api.GetUsersInConversationContext(ctx, &slack.GetUsersInConversationParameters{ChannelID: "C0OPS"}); err != nil || len(members) != 4 {
		t.Errorf("%v, %v", members, err)
	}
	if users, err := api.GetUserGroupMembersContext(ctx, "S0ADMINS"); err != nil || len(users) != 2 {
		t.Errorf("%v, %v", users, err)
	}
	if groups, err := api.GetUserGroupsContext(ctx, slack.GetUserGroupsOptionIncludeUsers(true)); err != nil || len(groups) != 1 || len(groups[0].Users) != 2 {
		t.Errorf("%v, %v", groups, err)
	}
	if dm, _, _, err := api.OpenConversationContext(ctx, &slack.OpenConversationParameters{Users: []string{"U0ADA"}}); err != nil || dm.ID != w.DM("U0ADA") {
		t.Errorf("%+v, %v", dm, err)
	}

	_, _, err := api.PostMessageContext(ctx, "C0OPS", slack.MsgOptionBlocks(slack.NewHeaderBlock(slack.NewTextBlockObject(slack.PlainTextType, x(151), false, false))))
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != "invalid_blocks" || len(refused.ResponseMetadata.Messages) != 1 {
		t.Errorf("%+v", err)
	}
	w.SetScopes("chat:write")
	if _, err = api.GetUserInfoContext(ctx, "U0ADA"); !errors.As(err, &refused) || refused.Needed != "users:read" || refused.Provided != "chat:write" {
		t.Errorf("%+v", err)
	}
	for range 2 {
		_, _, err = api.PostMessageContext(ctx, "C0OPS", slack.MsgOptionText("x", false))
	}
	var limited *slack.RateLimitedError
	if !errors.As(err, &limited) || limited.RetryAfter != 2*time.Second {
		t.Errorf("%v", err)
	}
}
