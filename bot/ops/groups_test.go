package ops

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"cloudpc-bot/bot"
)

// groups is a directory of nothing but user groups.
type groups struct {
	bot.Directory
	members map[string][]string
	errs    map[string]error
}

func (g groups) Members(_ context.Context, id string, _ bool) ([]string, error) {
	return g.members[id], g.errs[id]
}

func TestAGroupThatCountsForNobodyIsWarnedOf(t *testing.T) {
	d := groups{
		members: map[string][]string{"S0WELL": {"U0ADA"}},
		errs: map[string]error{
			"S0GONE":  fmt.Errorf("slack: S0GONE: %w", bot.ErrNoGroup),
			"S0SCOPE": &bot.RefusedError{Op: "usergroups.users.list", Code: "missing_scope"},
			"S0PLAN":  &bot.RefusedError{Op: "usergroups.users.list", Code: "plan_upgrade_required"},
			"S0AWAY":  errors.New("slack: usergroups.users.list: EOF"),
		},
	}
	for id, want := range map[string]string{
		"U0ADA":   "",
		"S0WELL":  "",
		"S0EMPTY": "nobody is in it",
		"S0GONE":  "disabled, or there is none of that id",
		"S0SCOPE": "usergroups:read",
		"S0PLAN":  "plan has no user groups",
		"S0AWAY":  "does not tell who is in it",
	} {
		var out bytes.Buffer
		Groups(t.Context(), d, "ADMINS", []string{id}, slog.New(slog.NewTextHandler(&out, nil)))
		got := out.String()
		switch {
		case want == "":
			if got != "" {
				t.Errorf("%s: %s", id, got)
			}
		case !strings.Contains(got, want), !strings.Contains(got, "level=WARN"), !strings.Contains(got, "group="+id), !strings.Contains(got, "variable=ADMINS"):
			t.Errorf("%s: the log lacks %q: %s", id, want, got)
		}
	}
}
