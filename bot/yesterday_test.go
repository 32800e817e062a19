package bot_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// The ledgers in testdata/yesterday were written by the program at commit bd6262f, which was cut
// off, as by a power failure, in the middle of forty requests: a machine each, whose name says
// how far its request had come. The bot of that day ran in a world of these tests, with APPROVALS
// of 1, then 2, then 0, while Graph and Slack failed as each stage takes it; then nothing it did
// reached anybody any more, and what lay in the ledger was kept (by VACUUM INTO, and by pg_dump
// without the schema's name), beside it what Slack and Graph showed. None of it is written anew:
// of another day there would be another folder.

// TestFortyRequestsOfYesterdayEndRight starts the program of today on the ledger of yesterday's.
func TestFortyRequestsOfYesterdayEndRight(t *testing.T) {
	t.Parallel()
	for database := range databases {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			w := newYesterdayWorld(ctx, t, database)
			w.wakes()
			w.decisions()
			w.timePasses()
			w.isRight()
		})
	}
}

// surroundings are what lay around the ledger.
type surroundings struct {
	Now      time.Time // by the ledger's clock
	Policy   graphfake.Policy
	Machines []struct {
		graphfake.CloudPC
		Wiped int // how often a call had erased it
	}
	Messages []struct { // of the bot's, in the channel #it
		Channel, TS, Thread, Text string
		Blocks                    json.RawMessage
	}
}

// yesterdayWorld is a world that goes on.
type yesterdayWorld struct {
	*world
	surroundings
	eyes     ledger.Store
	ids      map[string]string // of machines, by name
	wiped    map[string]int    // before today, by name
	built    map[string]bool   // the machine is ready again, or never will be
	left     map[ledger.ID]bool
	receipts []ledger.Receipt
}

// lasting are the requests that do not end with a machine that was erased once and is ready.
var lasting = map[string]struct {
	end   ledger.State
	wipes int
}{
	"CPC-PENDING-2": {ledger.Cancelled, 0}, "CPC-PENDING-3": {ledger.Expired, 0}, "CPC-HALF-2": {ledger.Denied, 0}, "CPC-HALF-3": {ledger.Expired, 0},
	"CPC-OPEN-2": {ledger.Expired, 0}, "CPC-DENIED-1": {ledger.Denied, 0}, "CPC-CANCELLED-1": {ledger.Cancelled, 0},
	"CPC-SENDING-LOST-1": {ledger.Failed, 0}, "CPC-UNSURE-LOST-1": {ledger.Failed, 0}, "CPC-GIVENUP-LOST-1": {ledger.Failed, 0},
	"CPC-OVERDUE-2": {ledger.Failed, 1}, // an admin closes it
}

// newYesterdayWorld is the world as it was, with nobody in it.
func newYesterdayWorld(ctx context.Context, t *testing.T, database string) *yesterdayWorld {
	t.Helper()
	var at atomic.Pointer[time.Time] // what Slack's clock says; nil = the time
	w := &yesterdayWorld{ids: map[string]string{}, wiped: map[string]int{}, built: map[string]bool{}, left: map[ledger.ID]bool{}}
	if err := json.Unmarshal(unzipped(t, database, "scene.json.gz"), &w.surroundings); err != nil {
		t.Fatal(err)
	}
	w.world = newWorld(ctx, t, database, func(c *slackfake.Config) {
		c.Now = func() time.Time {
			if at := at.Load(); at != nil {
				return *at
			}
			return time.Now()
		}
	})
	w.set = map[string]string{"APPROVALS": "0", "ADMINS": "ada,ben,fay", "REQUESTERS": "cem", "GRAPH_TIMEOUT": "2m"}
	w.clock.ahead.Store(int64(time.Until(w.Now.Add(15 * time.Second)))) // yesterday's claims have ended
	w.tenant.Tune(func(c *graphfake.Config) { c.Lag = -1 })
	w.tenant.AddPolicy(w.Policy)
	for _, m := range w.Machines {
		w.tenant.Add(m.CloudPC)
		w.ids[m.DisplayName], w.wiped[m.DisplayName] = m.ID, m.Wiped
	}
	for _, m := range w.Messages {
		var seconds, micros int64
		if _, err := fmt.Sscanf(m.TS, "%d.%06d", &seconds, &micros); err != nil {
			t.Fatal(err)
		}
		then := time.Unix(seconds, micros*1000)
		at.Store(&then)
		w.posts(m.Channel, m.Thread, m.Text, string(m.Blocks), m.TS)
	}
	at.Store(nil)
	w.loads(database)
	return w
}

// posts puts a message of the bot's where it stood.
func (w *yesterdayWorld) posts(channel, thread, text, blocks, ts string) {
	w.t.Helper()
	form := url.Values{"channel": {channel}, "text": {text}}
	for key, value := range map[string]string{"thread_ts": thread, "blocks": blocks} {
		if value != "" && value != "null" {
			form.Set(key, value)
		}
	}
	r, err := http.NewRequestWithContext(w.ctx, http.MethodPost, w.slack.URL()+"chat.postMessage", strings.NewReader(form.Encode()))
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "Bearer "+w.slack.BotToken())
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer answer.Body.Close()
	var said struct{ TS, Error string }
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil || said.TS != ts {
		w.t.Fatalf("a message of %s stands at %+v, %v", ts, said, err)
	}
}

// loads puts the ledger into its place, and audits it.
func (w *yesterdayWorld) loads(database string) {
	w.t.Helper()
	if path, isFile := strings.CutPrefix(w.ledger, "sqlite:"); isFile {
		if err := os.WriteFile(path, unzipped(w.t, database, "ledger.db.gz"), 0o600); err != nil {
			w.t.Fatal(err)
		}
	} else {
		c, err := pgx.Connect(w.ctx, w.ledger)
		if err != nil {
			w.t.Fatal(err)
		}
		defer c.Close(w.ctx)
		if _, err := c.Exec(w.ctx, string(unzipped(w.t, database, "ledger.sql.gz")), pgx.QueryExecModeSimpleProtocol); err != nil {
			w.t.Fatal(err)
		}
	}
	w.eyes = w.open()
	if report, err := w.eyes.Verify(w.ctx); err != nil || report.Requests != 40 {
		w.t.Fatalf("%+v, %v", report, err)
	}
	for _, r := range w.byMachine() {
		events, err := w.eyes.Events(w.ctx, r.ID, 0)
		if err != nil {
			w.t.Fatal(err)
		}
		for _, e := range events {
			w.receipts = append(w.receipts, ledger.Receipt{Number: e.Number, Hash: e.Hash.String()})
		}
	}
}

func unzipped(t *testing.T, database, name string) []byte {
	t.Helper()
	packed, err := os.ReadFile(filepath.Join("testdata", "yesterday", database, name))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	whole, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return whole
}

// byMachine are the requests, by the names of their machines.
func (w *yesterdayWorld) byMachine() map[string]ledger.Request {
	w.t.Helper()
	out := map[string]ledger.Request{}
	for r, err := range w.eyes.Find(w.ctx, ledger.Query{}) {
		if err != nil {
			w.t.Fatal(err)
		}
		out[r.Order.PC] = r
	}
	return out
}

// wakes starts the program: what waited for Slack and Graph goes up for approval.
func (w *yesterdayWorld) wakes() {
	w.t.Helper()
	if err := w.start(); err != nil {
		w.t.Fatal(err)
	}
	w.until("the brakes are still on, and cards stand where they were missing", func(all map[string]ledger.Request) error {
		for _, name := range []string{"CPC-LOCATED-1", "CPC-LOCATED-2", "CPC-RESOLVING-1", "CPC-RESOLVING-2"} {
			if r := all[name]; r.State != ledger.Pending {
				return fmt.Errorf("%s is %s", name, r.State)
			}
		}
		if posts := w.tenant.Posts(); len(posts) > 0 {
			w.t.Fatalf("posted while the brakes are on: %+v", posts)
		}
		return nil
	})
}

// decisions are what people do: what is left to do, and leave three requests alone.
func (w *yesterdayWorld) decisions() {
	w.t.Helper()
	w.presses("ada", "cancel", "CPC-PENDING-2")
	w.presses("ben", "deny", "CPC-HALF-2")
	w.presses("ben", "approve", "CPC-PENDING-1", "CPC-REMINDED-1", "CPC-LOCATED-1", "CPC-LOCATED-2", "CPC-RESOLVING-1", "CPC-RESOLVING-2", "CPC-OPEN-1")
	w.presses("fay", "approve", "CPC-HALF-1", "CPC-OPEN-1")
	w.tenant.Set(w.ids["CPC-BUSY-1"], func(p *graphfake.CloudPC) { p.Status = "provisioned" })
	w.tenant.Set(w.ids["CPC-POWER-1"], func(p *graphfake.CloudPC) { p.PowerState = "running" })
	if _, err := w.slack.Type(user("ben"), channels["#it"], "unfreeze").WaitAck(w.ctx); err != nil {
		w.t.Fatal(err)
	}
	w.presses("ben", "leave", "CPC-OVERDUE-2")
}

// timePasses lets time go by: machines that were erased get ready, and an admin leaves at that what
// never shows. In the end nobody decides about the last three for longer than they wait.
func (w *yesterdayWorld) timePasses() {
	w.t.Helper()
	for range 15 {
		w.settles()
		w.world.pass(2 * time.Minute)
	}
	w.world.pass(time.Hour) // what was given up is looked at hourly
	w.settles()
	w.world.pass(9 * time.Hour)
	w.until("all have ended", func(all map[string]ledger.Request) error {
		for name, r := range all {
			if !r.State.Ended() || !w.world.told(r) {
				return fmt.Errorf("%s is %s (%s), told: %v", name, r.State, r.Cause.Code, w.world.told(r))
			}
		}
		return nil
	})
}

// settles waits until the bot has nothing to do, and does what is due of machines and admins.
func (w *yesterdayWorld) settles() {
	w.t.Helper()
	if err := w.quiet(); err != nil {
		w.t.Fatalf("%v\n%s", err, w.picture())
	}
	for name, r := range w.byMachine() {
		id := w.ids[name]
		switch open := r.State == ledger.Provisioning || r.State == ledger.Unconfirmed; {
		case !open, w.left[r.ID]:
		case name == "CPC-OVERDUE-2": // its machine never shows the end
		case w.wiped[name]+w.tenant.Wipes(id) > 0 && !w.built[name]:
			w.built[name] = true
			w.tenant.Finish(id, "provisioned")
			if w.wiped[name] > 0 { // today's tenant does not know of that run
				w.tenant.Set(id, func(p *graphfake.CloudPC) {
					p.Actions = []graphfake.Action{{Name: "Reprovision", State: "done", Start: r.Submission.At, Updated: w.clock.now()}}
				})
			}
		case !r.Submission.EvidenceGivenUp.IsZero() && w.world.told(r) && !w.built[name]:
			w.left[r.ID] = true
			w.presses("ben", "leave", name)
		}
	}
}

// isRight holds what became of the requests against what people decided.
func (w *yesterdayWorld) isRight() {
	w.t.Helper()
	all := w.byMachine()
	for _, name := range slices.Sorted(maps.Keys(w.ids)) {
		r, want := all[name], lasting[name]
		if want.end == "" {
			want.end, want.wipes = ledger.Succeeded, 1
		}
		if wipes := w.wiped[name] + w.tenant.Wipes(w.ids[name]); r.State != want.end || wipes != want.wipes {
			w.t.Errorf("%s is %s (%s) and was erased %d times, want %s and %d", name, r.State, r.Cause.Code, wipes, want.end, want.wipes)
		} else if wipes > 0 && !approvedAsNeeded(r) {
			w.t.Errorf("%s was erased without approval: %d were needed, and it has %+v", name, r.ApprovalsNeeded, r.Consents)
		}
		card := w.cardAt(r)
		if bytes.Contains(card.Blocks, []byte(`"approve"`)) || bytes.Contains(card.Blocks, []byte(`"leave"`)) {
			w.t.Errorf("the card of %s has buttons still: %s", name, card.Blocks)
		}
		if len(w.replies(card)) == 0 {
			w.t.Errorf("nothing is told of %s", name)
		}
	}
	if err := w.stop(); err != nil {
		w.t.Error(err)
	}
	if report, err := w.eyes.Verify(w.ctx, w.receipts...); err != nil || report.Requests != 40 {
		w.t.Errorf("%+v, %v", report, err)
	}
}

// approvedAsNeeded reports whether enough people agreed, each once, and none of them who asked.
func approvedAsNeeded(r ledger.Request) bool {
	agreed := map[string]bool{}
	for _, c := range r.Consents {
		agreed[c.By.ID] = c.By != r.Requester
	}
	return len(agreed) >= r.ApprovalsNeeded && !slices.Contains(slices.Collect(maps.Values(agreed)), false)
}

// cardAt is a request's card as it stands now.
func (w *yesterdayWorld) cardAt(r ledger.Request) slackfake.Message {
	w.t.Helper()
	for _, m := range w.slack.Messages(r.Card.Channel) {
		if m.TS == r.Card.TS {
			return m
		}
	}
	w.t.Fatalf("there is no card of %s at %s", r.Order.PC, r.Card)
	return slackfake.Message{}
}

// presses has somebody press a button on the cards of machines.
func (w *yesterdayWorld) presses(who, action string, names ...string) {
	w.t.Helper()
	for _, name := range names {
		card := w.cardAt(w.byMachine()[name])
		if ack, err := w.slack.Press(user(who), card, action).WaitAck(w.ctx); err != nil || ack.Problem != "" {
			w.t.Fatalf("%s presses %s of %s: %+v, %v\n%s", who, action, name, ack, err, card.Plain())
		}
	}
}

// until waits for something to be so of all requests.
func (w *yesterdayWorld) until(what string, holds func(map[string]ledger.Request) error) {
	w.t.Helper()
	if err := w.await(func() error { return holds(w.byMachine()) }); err != nil {
		w.t.Fatalf("%v\n%s", errors.Join(errors.New("in vain until "+what), err), w.picture())
	}
}
