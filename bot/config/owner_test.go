package config

import "testing"

// A notice that outlasts what it is for is a mistake of the configuration, not of the request that meets it.
func TestANoticeEndsBeforeTheApproval(t *testing.T) {
	for name, row := range map[string]struct {
		notice, ttl, approvals string
		right                  bool
	}{
		"none":                               {"0s", "8h", "1", true},
		"half an hour":                       {"30m", "8h", "1", true},
		"as long as the approval":            {"8h", "8h", "1", false},
		"longer than the approval":           {"2h", "1h", "1", false},
		"short, without approvals":           {"9m", "8h", "0", true},
		"as long as a command that runs now": {"10m", "8h", "0", false},
	} {
		set(t, good, map[string]string{"ADMINS": "U7REALADA,U7REALBEN", "OWNER_NOTICE": row.notice, "APPROVAL_TTL": row.ttl, "APPROVALS": row.approvals})
		if _, err := Read(); (err == nil) != row.right {
			t.Errorf("%s: %v", name, err)
		}
	}
}
