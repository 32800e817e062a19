package bot_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/diskfake"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// TestAPowerFailureLosesNoGesture lets the power fail three times, and with -short once, while people ask and decide. Each
// time the disk keeps what was synced and of the rest what the dice leave, and the bot starts again on
// that. In it are all commands and presses that were acknowledged, all receipts that were shown, and
// all calls that Graph has seen. POWER_SEED repeats the dice of an earlier run.
func TestAPowerFailureLosesNoGesture(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	o := newOutages(ctx, t)
	over := make(chan struct{})
	var people sync.WaitGroup
	for desk := range desks {
		people.Go(func() {
			for n := range machinesEach {
				o.ask(desk*machinesEach + n)
				o.decide(desk*machinesEach + n)
			}
		})
	}
	go func() { people.Wait(); close(over) }()
	for working := true; working; {
		select {
		case image := <-o.failed:
			o.startOn(image)
		case <-over:
			working = false
		}
	}
	if image, failed := o.secure(); failed {
		o.startOn(image)
	}
	o.settled()
	o.compare(o.open())
}

const desks, machinesEach = 3, 3

// outages is a world whose power fails.
type outages struct {
	*world
	seed   uint64
	lives  atomic.Int64        // of the bot, that have begun
	most   int64               // how often the power fails
	failed chan diskfake.Image // what is left of the ledger

	power sync.Mutex // guards next
	next  *outage    // nil = the power does not fail

	mu      sync.Mutex           // guards what follows
	asked   map[ledger.ID]string // what commands were answered with: the machine
	older   map[string]bool      // the ts of cards that an earlier life posted
	presses []press              // that were acknowledged
}

// outage is when the power fails next.
type outage struct {
	moment string
	left   int64 // of these moments, until then
	disk   *diskfake.Disk
	dice   *rand.Rand
}

// moments are when that may be, and how many of them there are at most until then: anywhere, or when
// something has just been done that cannot be taken back.
var moments = map[string]int64{"before a write": 150, "after an acknowledgement": 4, "after a POST": 2}

// comes counts a moment, and lets the power fail if it is the one.
func (o *outages) comes(moment string) {
	o.power.Lock()
	defer o.power.Unlock()
	if o.next == nil || o.next.moment != moment {
		return
	}
	if o.next.left--; o.next.left == 0 {
		o.t.Logf("the power fails %s", moment)
		o.failed <- o.next.disk.Fail(o.next.dice)
		o.next = nil
	}
}

// secure lets the power fail no more, and returns what is left if it has just failed.
func (o *outages) secure() (image diskfake.Image, failed bool) {
	o.power.Lock()
	defer o.power.Unlock()
	o.next = nil
	o.lives.Store(o.most) // the next one is the last
	select {
	case image = <-o.failed:
		return image, true
	default:
		return image, false
	}
}

// press is a decision that was acknowledged.
type press struct {
	id    ledger.ID
	card  ledger.Thread
	older bool // an earlier life posted the card, and may not have known that it did
	kind  ledger.Kind
	at    time.Time
}

func newOutages(ctx context.Context, t *testing.T) *outages {
	o := &outages{
		world: newWorld(ctx, t, "sqlite"), seed: uint64(time.Now().UnixNano()), failed: make(chan diskfake.Image, 1), most: 3,
		asked: map[ledger.ID]string{}, older: map[string]bool{},
	}
	if n, err := strconv.ParseUint(os.Getenv("POWER_SEED"), 10, 64); err == nil {
		o.seed = n
	}
	t.Logf("POWER_SEED=%d", o.seed)
	if testing.Short() {
		o.most = 1
	}
	o.set["APPROVALS"], o.set["FOLLOW_INTERVAL"] = "1", "1h"
	for n := range desks * machinesEach {
		o.tenant.Add(graphfake.CloudPC{DisplayName: pc(n), Status: "provisioned"})
	}
	o.tenant.OnCall(func(c graphfake.Call, phase string) {
		if c.Kind == graphfake.Reprovision && phase == graphfake.Acted {
			o.comes("after a POST")
		}
	})
	o.live(filepath.Dir(strings.TrimPrefix(o.ledger, "sqlite:")))
	return o
}

// live begins a life of the bot on a directory, which ends with an outage, the last one excepted.
func (o *outages) live(dir string) {
	o.t.Helper()
	n := &outage{dice: rand.New(rand.NewPCG(o.seed, uint64(o.lives.Load())))}
	var err error
	if n.disk, err = diskfake.Watch(dir, func() { o.comes("before a write") }); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(n.disk.Close)
	if o.eyes != nil {
		o.eyes.Close()
	}
	o.eyes, o.ledger = nil, "sqlite:"+filepath.Join(dir, "ledger.db")
	o.mu.Lock()
	for _, m := range o.cards() {
		o.older[m.TS] = true
	}
	o.mu.Unlock()
	if err := o.start(); err != nil {
		o.t.Fatal(err)
	}
	if o.lives.Add(1) <= o.most {
		all := slices.Sorted(maps.Keys(moments))
		n.moment = all[n.dice.IntN(len(all))]
		n.left = 1 + n.dice.Int64N(moments[n.moment])
		o.power.Lock()
		o.next = n
		o.power.Unlock()
	}
}

// startOn has the bot die, which has no disk any more, and live again on what is left of it.
func (o *outages) startOn(image diskfake.Image) {
	o.t.Helper()
	o.t.Logf("of %d writes that were not synced %d are lost and %d torn", image.Unsynced, image.Lost, image.Torn)
	life := o.bot
	if err := o.die(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { <-life.ended }) // it may try for some seconds to store what Graph answered
	dir, copied := o.t.TempDir(), o.t.TempDir()
	if err := errors.Join(image.Save(dir), image.Save(copied)); err != nil {
		o.t.Fatal(err)
	}
	o.ledger = "sqlite:" + filepath.Join(copied, "ledger.db") // to look into it without having changed it
	if o.compare(o.open()); o.t.Failed() {
		o.t.FailNow()
	}
	o.live(dir)
}

// persist has somebody make an interaction until it is acknowledged, or Slack does not offer it any more.
func (o *outages) persist(make func() *slackfake.Interaction) (slackfake.Ack, bool) {
	for {
		g := make()
		ack, err := g.WaitAck(o.ctx)
		if err == nil {
			o.comes("after an acknowledgement")
		}
		if err == nil || g.Outcome() == slackfake.Impossible || o.ctx.Err() != nil {
			return ack, err == nil
		}
		_ = o.slack.Wait(o.ctx, func() bool { return o.slack.Sockets() > 0 })
	}
}

// ask types a command until the answer names a request.
func (o *outages) ask(n int) {
	for o.ctx.Err() == nil {
		ack, _ := o.persist(func() *slackfake.Interaction { return o.slack.Type(user("ada"), channels["#it"], pc(n)) })
		if id := ledger.ID(requestID.FindString(string(ack.Payload))); id != "" {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.asked[id] = pc(n)
			return
		}
	}
}

// decide has ben approve a machine, or deny it, on whatever card of it asks him to, until one of them
// shows that it is decided. In each life of the bot he presses once on each card. There can be two:
// the power may fail between the post of a card and the swap that keeps where it is.
func (o *outages) decide(n int) {
	action, kind := "approve", ledger.WasApproved
	if n%3 == 0 {
		action, kind = "deny", ledger.WasDenied
	}
	pressed := map[string]bool{}
	for {
		var asks slackfake.Message
		var key, button string
		decided := false
		if o.slack.Wait(o.ctx, func() bool {
			key = ""
			for _, m := range o.cards() {
				title, _, _ := strings.Cut(m.Plain(), "\n") // of one that is not the card any more it does not name the machine
				i := slices.IndexFunc(m.Buttons(), func(b string) bool { return strings.Contains(b, "("+action+" ") })
				switch once := fmt.Sprint(m.TS, " in life ", o.lives.Load()); {
				case !strings.Contains(title, pc(n)):
				case i < 0:
					decided = true
				case !pressed[once]:
					asks, key, button = m, once, m.Buttons()[i] // Deny (deny R-7K3F)
				}
			}
			return decided || key != ""
		}) != nil || decided {
			return
		}
		if _, acked := o.persist(func() *slackfake.Interaction { return o.slack.Press(user("ben"), asks, action) }); acked {
			pressed[key] = true
			o.mu.Lock()
			o.presses = append(o.presses, press{ledger.ID(requestID.FindString(button)), ledger.Thread{Channel: asks.Channel, TS: asks.TS}, o.older[asks.TS], kind, o.clock.now()})
			o.mu.Unlock()
		}
	}
}

// compare holds a ledger against what people were answered and shown, and against what Graph saw.
func (o *outages) compare(eyes ledger.Store) {
	o.mu.Lock()
	defer o.mu.Unlock()
	found, calls := map[ledger.ID]string{}, map[string]bool{}
	for _, r := range o.all(eyes) {
		found[r.ID] = r.Order.PC
		events, err := eyes.Events(o.ctx, r.ID, 0)
		if err != nil {
			o.t.Fatal(err)
		}
		for _, e := range events {
			if e.Kind == ledger.WasSubmitted {
				calls[e.Call] = true
			}
		}
		for _, p := range o.presses {
			declined := p.older && p.card != r.Card // it was answered that this is not the card
			if p.id == r.ID && !declined && !slices.ContainsFunc(events, func(e ledger.Event) bool { return e.Kind == p.kind && e.At.Before(p.at) }) {
				o.t.Errorf("lost: that %s was %s was acknowledged", r.ID, p.kind)
			}
		}
	}
	for id, machine := range o.asked {
		if found[id] != machine {
			o.t.Errorf("lost: %s was said about %s", id, machine)
		}
	}
	posts := map[string]int{}
	for _, p := range o.tenant.Posts() {
		if posts[p.PC]++; posts[p.PC] > 1 {
			o.t.Errorf("doubled: %d POSTs on one approval, %+v", posts[p.PC], p)
		}
		if !calls[p.ClientRequestID] {
			o.t.Errorf("lost: a call that Graph has seen, %+v", p)
		}
	}
	receipts := o.receipts()
	if _, err := eyes.Verify(o.ctx, receipts...); err != nil {
		o.t.Errorf("the chain is not the one that was shown: %v", err)
	}
	o.t.Logf("%d requests, %d presses, %d calls of which Graph saw %d, %d receipts", len(found), len(o.presses), len(calls), len(posts), len(receipts))
	if o.t.Failed() {
		o.t.Log(o.picture())
	}
}

// receipts are all that people were shown.
func (o *outages) receipts() (shown []ledger.Receipt) {
	said := o.slack.Sees(user("ada"))
	for _, m := range o.slack.Messages(channels["#it"]) {
		said = append(said, m.Plain())
	}
	for _, text := range receiptText.FindAllString(strings.Join(said, "\n"), -1) {
		receipt, err := ledger.ParseReceipt(text)
		if err != nil {
			o.t.Fatal(err)
		}
		shown = append(shown, receipt)
	}
	return shown
}
