package ops_test

import (
	"strings"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/sqlite"
)

// What was done past the bot is of no request: it is exported and verified like the rest, and its words are erased with age.
func TestWhatWasDonePastTheBotIsInTheRecord(t *testing.T) {
	t.Parallel()
	path := t.TempDir() + "/ledger.db"
	store, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	now := store.Now()
	erase := ledger.Erase{Event: "audit-1", At: now.Add(-time.Minute), App: "an-app", Own: true, Result: "success"}
	if _, err := store.RecordErases(t.Context(), now, []ledger.Event{ledger.OutsideErase(erase, "a-machine", "CPC-EVE-01", "mallory@example.com", "a-call", now)}); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"DATABASE_URL": "sqlite:" + path}
	export := func() string {
		t.Helper()
		for _, words := range [][]string{{"audit"}, {"audit", "export"}} {
			if code, out := start(t, env, words...); code != 0 {
				t.Fatalf("%v: exit status %d\n%s", words, code, out)
			}
		}
		_, out := start(t, env, "audit", "export")
		return out
	}
	before := export()
	for _, want := range []string{`"event":"erased-outside"`, `"actor":"mallory@example.com"`, `"machine":"CPC-EVE-01"`, `"application":"an-app"`, `"own_application":true`, `"result":"success"`, `"audit_event":"audit-1"`, `"client_request_id":"a-call"`} {
		if !strings.Contains(before, want) {
			t.Errorf("the export lacks %s\n%s", want, before)
		}
	}
	if _, err := ledger.RedactEndedBefore(t.Context(), store, now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	after := export()
	for _, word := range []string{"mallory", "CPC-EVE-01"} {
		if strings.Contains(after, word) {
			t.Errorf("%s is still there\n%s", word, after)
		}
	}
	if !strings.Contains(after, `"application":"an-app"`) {
		t.Errorf("more than the words is gone\n%s", after)
	}
}
