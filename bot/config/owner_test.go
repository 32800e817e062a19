package config

import (
	"strings"
	"testing"
)

// A notice that outlasts what it is for is a mistake of the configuration, not of the request that meets it.
func TestANoticeEndsBeforeTheApproval(t *testing.T) {
	for name, row := range map[string]struct {
		notice, ttl, approvals, notify string
		says                           string // empty = it is right
	}{
		"none":                          {"0s", "8h", "1", "true", ""},
		"half an hour":                  {"30m", "8h", "1", "true", ""},
		"as long as the approval":       {"8h", "8h", "1", "true", "the approval would expire before the notice is over"},
		"longer than the approval":      {"2h", "1h", "1", "true", "the approval would expire before the notice is over"},
		"below nothing":                 {"-1s", "8h", "1", "true", "OWNER_NOTICE must be a duration of 0 or more"},
		"short, without approvals":      {"5m", "8h", "0", "true", ""},
		"with the ten minutes used up":  {"5m1s", "8h", "0", "true", "with APPROVALS=0"}, // they run from the command, and the notice from the card
		"nobody is told":                {"30m", "8h", "1", "false", "NOTIFY_OWNER=false"},
		"nobody is told, and no notice": {"0s", "8h", "1", "false", ""},
	} {
		set(t, good, map[string]string{"ADMINS": "U7REALADA,U7REALBEN", "OWNER_NOTICE": row.notice, "APPROVAL_TTL": row.ttl, "APPROVALS": row.approvals, "NOTIFY_OWNER": row.notify})
		if _, err := Read(); (err == nil) != (row.says == "") || err != nil && !strings.Contains(err.Error(), row.says) {
			t.Errorf("%s: %v, want %q", name, err, row.says)
		}
	}
}
