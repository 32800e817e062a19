package ops

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
)

func TestAListFollowsItsFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const home = "T0HOME"
		path := filepath.Join(t.TempDir(), "admins")
		write := func(content string) {
			t.Helper()
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		var logs record
		l, err := NewLists(config.Config{
			AdminsFile: path, Admins: []string{"U0ADA", "U0BEN"}, Requesters: []string{"U0DAN"}, NotifyApprovers: []string{"auto"}, Approvals: 1,
		}, home, slog.New(slog.NewTextHandler(&logs, nil)))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		write("U0ADA\nU0BEN\n")
		go l.Follow(ctx)
		time.Sleep(time.Second) // so that a step never falls on a read
		for _, step := range []struct {
			do      func()
			admins  string
			ready   string // "" = it is
			logs    string
			changes bool
		}{
			{func() {}, "U0ADA U0BEN", "", "", false},
			{func() { write("U0ADA\nU0CEM # new\n") }, "U0ADA U0CEM", "", "added=U0CEM removed=U0BEN", true},
			{func() { write("# nobody\n") }, "U0ADA U0CEM", "ADMINS_FILE: there is no id in the file", "level=ERROR", false},
			{func() {}, "U0ADA U0CEM", "ADMINS_FILE: there is no id", "", false}, // logged once
			{func() { write("U0EVE\n@eve\n") }, "U0ADA U0CEM", "ADMINS_FILE: line 2 is not the id", "line 2 is not the id", false},
			{func() { _ = os.Remove(path) }, "U0ADA U0CEM", "ADMINS_FILE: the file cannot be read: no such file", "no such file", false},
			{func() { write("U0ADA\nU0CEM\n") }, "U0ADA U0CEM", "", "can be read again", false},
			{func() { write("U0CEM") }, "U0CEM", "APPROVALS is more than ADMINS_FILE can give", "removed=U0ADA", true},
			{func() { write("U0CEM\nS0TEAM") }, "U0CEM S0TEAM", "", "added=S0TEAM", true},
			{func() { stop(); time.Sleep(time.Minute) }, "U0CEM S0TEAM", "ADMINS_FILE: the file has not been read since", "", false}, // as if reading hung
		} {
			logs.since()
			step.do()
			time.Sleep(time.Minute)
			synctest.Wait()
			admins, requesters := l.Now()
			if got := strings.Join(admins, " "); got != step.admins || len(requesters) != 1 {
				t.Errorf("admins %q, want %q; requesters %v", got, step.admins, requesters)
			}
			switch err := l.Ready(t.Context()); {
			case step.ready == "" && err != nil, step.ready != "" && (err == nil || !strings.Contains(err.Error(), step.ready)):
				t.Errorf("ready: %v, want %q", err, step.ready)
			}
			if said := logs.since(); !strings.Contains(said, step.logs) || (step.logs == "") != (said == "") {
				t.Errorf("logged %q, want %q", said, step.logs)
			}
			done, cancel := context.WithCancel(t.Context())
			cancel()
			if changed := len(l.changed) > 0; changed != step.changes || changed && !l.Changed(t.Context()) || l.Changed(done) {
				t.Errorf("changed: %v, want %v", changed, step.changes)
			}
			for _, id := range []string{"U0ADA", "U0BEN", "U0CEM", "U0EVE"} {
				by := auth.Person{Org: home, ID: id}
				is := strings.Contains(step.admins, id)
				refused := l.Judge(auth.Attempt{By: by, Act: auth.Freeze, Groups: map[string]bool{"S0TEAM": false}}).Reason == auth.NotListed
				if refused == is {
					t.Errorf("%s is refused: %v", id, refused)
				}
				called := strings.Contains(string(l.Admins().Line()), id) && strings.Contains(string(l.Approvers().Line()), id)
				if called != is {
					t.Errorf("%s is called: %v", id, called)
				}
			}
			if groups := l.Groups(auth.Attempt{By: auth.Person{Org: home, ID: "U0EVE"}, Act: auth.Freeze}); (len(groups) > 0) != strings.Contains(step.admins, "S0TEAM") {
				t.Errorf("groups: %v", groups)
			}
		}
	})
}

// TestAFileThatHangsKeepsNoOtherListWaiting: it is named, read once at a time, and followed again when the
// read ends after all.
func TestAFileThatHangsKeepsNoOtherListWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logs record
		l, err := NewLists(config.Config{AdminsFile: "admins", Admins: []string{"U0ADA"}, RequestersFile: "requesters", Requesters: []string{"U0DAN"}},
			"T0HOME", slog.New(slog.NewTextHandler(&logs, nil)))
		if err != nil {
			t.Fatal(err)
		}
		back, reads := make(chan struct{}), atomic.Int32{}
		l.list = func(path string) ([]string, error) {
			if path == "admins" {
				reads.Add(1)
				<-back
				return []string{"U0BEN"}, nil
			}
			return []string{"U0CEM"}, nil
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		go l.Follow(ctx)
		time.Sleep(time.Hour)
		admins, requesters := l.Now()
		if admins[0] != "U0ADA" || requesters[0] != "U0CEM" || reads.Load() != 1 {
			t.Errorf("admins %v, requesters %v, %d reads", admins, requesters, reads.Load())
		}
		const told = "ADMINS_FILE: the file is being read since "
		if err := l.Ready(ctx); err == nil || !strings.HasPrefix(err.Error(), told) || strings.Contains(err.Error(), "REQUESTERS") {
			t.Errorf("ready: %v", err)
		}
		if said := logs.since(); strings.Count(said, "level=ERROR") != 1 {
			t.Errorf("logged %s", said)
		}
		close(back)
		time.Sleep(time.Second)
		if admins, _ := l.Now(); admins[0] != "U0BEN" || l.Ready(ctx) != nil {
			t.Errorf("admins %v, ready: %v", admins, l.Ready(ctx))
		}
	})
}

// record is what was logged.
type record struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(b)
}

// since returns what came since it was asked last.
func (r *record) since() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.text.Reset()
	return r.text.String()
}
