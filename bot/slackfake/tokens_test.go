package slackfake

import (
	"net/http"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// TestTheBotsAppIsInBotsInfo: auth.test need not name it.
func TestTheBotsAppIsInBotsInfo(t *testing.T) {
	for want, cfg := range map[string]Config{appID: {}, "A0OTHER": {BotApp: "A0OTHER", NoAppID: true}} {
		w := open(t, cfg)
		api := slack.New(w.BotToken(), slack.OptionAPIURL(w.URL()))
		bot, err := api.GetBotInfoContext(within(t), slack.GetBotInfoParameters{Bot: w.BotID()})
		if err != nil || bot.AppID != want || bot.UserID != w.BotUser() {
			t.Errorf("%+v, %v", bot, err)
		}
		if _, err := api.GetBotInfoContext(within(t), slack.GetBotInfoParameters{Bot: "B0NOBODY"}); err == nil || err.Error() != "bot_not_found" {
			t.Errorf("another bot: %v", err)
		}
	}
}

func TestAnswersAreDatedByTheWorkspacesClock(t *testing.T) {
	w := open(t, Config{Now: newClock().now})
	resp, err := http.Post(w.URL()+"auth.test", "application/x-www-form-urlencoded", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if at, err := http.ParseTime(resp.Header.Get("Date")); err != nil || !at.Equal(time.Unix(1_800_000_000, 0)) {
		t.Errorf("%v, %v", at, err)
	}
}
