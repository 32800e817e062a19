package ops

import (
	"context"
	"errors"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestReadyNamesThePartThatIsNot(t *testing.T) {
	well := func(context.Context) error { return nil }
	ill := func(context.Context) error { return errors.New("no socket is open") }
	for _, row := range []struct {
		path  string
		parts map[string]Check
		code  int
		text  string
	}{
		{"/healthz", map[string]Check{"slack": ill}, 200, "ok"},
		{"/readyz", map[string]Check{"ledger": well, "slack": well}, 200, "ok"},
		{"/readyz", map[string]Check{"ledger": well, "slack": ill}, 503, "slack: no socket is open"},
		{"/elsewhere", nil, 404, "not found"},
	} {
		w := httptest.NewRecorder()
		handler(row.parts).ServeHTTP(w, httptest.NewRequest("GET", row.path, nil))
		if w.Code != row.code || !strings.Contains(w.Body.String(), row.text) {
			t.Errorf("%s: got %d %q, want %d %q", row.path, w.Code, w.Body, row.code, row.text)
		}
	}
}

func TestManifestAsksForSocketModeAndNothingLoose(t *testing.T) {
	for _, want := range []string{"socket_mode_enabled: true", "command: /reprovision", "should_escape: true",
		"org_deploy_enabled: false", "token_rotation_enabled: false", "messages_tab_enabled: true",
		"- usergroups:read", "- subteam_members_changed", "- subteam_updated"} {
		if !strings.Contains(Manifest, want) {
			t.Errorf("the manifest lacks %q", want)
		}
	}
}
