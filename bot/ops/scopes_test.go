package ops

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/slackio"
)

func names(scopes []slackio.Scope) (out []string) {
	for _, s := range scopes {
		out = append(out, s.Name)
	}
	slices.Sort(out)
	return out
}

func TestTheManifestIsTheOneListOfScopes(t *testing.T) {
	want := []string{"channels:read", "chat:write", "commands", "groups:read", "im:write", "usergroups:read", "users:read", "users:read.email"}
	if got := names(asked()); !slices.Equal(got, want) {
		t.Errorf("the manifest asks for %v", got)
	}
	if n := strings.Count(slackManifest(), ":read") + strings.Count(slackManifest(), ":write") + strings.Count(slackManifest(), "- commands"); n != len(want) {
		t.Errorf("the manifest has %d scopes, %d are read out of it", n, len(want))
	}
	for _, s := range asked() {
		if !strings.HasPrefix(s.For, "to ") || strings.Contains(s.For, "the same") { // it ends sentences of the log and of doctor, without the line above it
			t.Errorf("what the manifest says %s is for ends no sentence: the bot needs it %q", s.Name, s.For)
		}
	}
	if got := names(Scopes([]string{"U0ADA"}, nil)); slices.Contains(got, groupScope) || len(got) != len(want)-1 {
		t.Errorf("without a group: %v", got)
	}
	for _, lists := range [][][]string{{{"S0ADMINS"}, nil}, {{"U0ADA"}, {"U0BEN", "S0HELP"}}} {
		if got := names(Scopes(lists...)); !slices.Equal(got, want) {
			t.Errorf("with a group: %v", got)
		}
	}
}

// TestThePretendedSlackGrantsTheManifest: what is tested against it has no more than an app
// made from the manifest.
func TestThePretendedSlackGrantsTheManifest(t *testing.T) {
	w, err := slackfake.New(slackfake.Config{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, w.URL()+"auth.test", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.BotToken())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	got := strings.Split(resp.Header.Get("X-OAuth-Scopes"), ",")
	slices.Sort(got)
	if want := names(asked()); !slices.Equal(got, want) {
		t.Errorf("grants %v, the manifest asks for %v", got, want)
	}
}

func TestManifestAsksForSocketModeAndNothingLoose(t *testing.T) {
	for _, want := range []string{"socket_mode_enabled: true", "command: /reprovision", "should_escape: true",
		"org_deploy_enabled: false", "token_rotation_enabled: false", "messages_tab_enabled: true",
		"type: global", "callback_id: reprovision",
		"- usergroups:read", "- subteam_members_changed", "- subteam_updated"} {
		if !strings.Contains(slackManifest(), want) {
			t.Errorf("the manifest lacks %q", want)
		}
	}
}
