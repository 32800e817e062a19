package sqlite_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/diskfake"
	"cloudpc-bot/bot/ledger/sqlite"
)

// TestAPowerFailureLosesNothingAcknowledged works on a ledger from several sides at once and takes,
// at random moments, an image of what the disk would hold if the power failed then. What a call had
// acknowledged by that moment is in the image; of claims nothing need be, and all can be made again.
// The seed fixes the dice, not how the goroutines take turns.
func TestAPowerFailureLosesNothingAcknowledged(t *testing.T) {
	seeds := uint64(2)
	if testing.Short() {
		seeds = 1
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			e := newExperiment(t, seed)
			e.work()
			e.examine()
		})
	}
}

// TestEveryFactIsOnTheDiskOnceItIsAcknowledged lets the power fail right after each kind of call, and
// leaves nothing that was not synced. Before each call but the first, which is made as the store was
// opened, comes a claim, for which the writer stops waiting for the disk.
func TestEveryFactIsOnTheDiskOnceItIsAcknowledged(t *testing.T) {
	t.Parallel()
	e := newExperiment(t, 0)
	s := e.open(e.dir, e.clock.now)
	a := &actor{experiment: e, s: s, crowd: e.crowd(s)}
	goOn := func(ctx context.Context) error { return a.goOn(ctx, 0, false) }
	for _, call := range []func(context.Context) error{
		a.ask, a.note, a.press, a.pull, a.pull, a.tell, goOn, goOn, goOn, goOn, a.tell, a.ask,
	} {
		if len(e.images) > 0 {
			ask(t, s, fmt.Sprint("CPC-", len(e.images)))
			if got, err := claim(t.Context(), s, "one", false, 9); err != nil || len(got) == 0 {
				t.Fatal(got, err)
			}
		}
		before := len(e.acked)
		if err := call(t.Context()); err != nil || len(e.acked) == before {
			t.Fatalf("call %d acknowledged nothing: %v", len(e.images), err)
		}
		e.mu.Lock()
		e.take(nil)
		e.mu.Unlock()
	}
	e.examine()
}

// TestAClaimIsForgottenUntilAFactTakesItAlong is what the images are worth: if nothing were ever
// forgotten in them, the other tests would find nothing missing.
func TestAClaimIsForgottenUntilAFactTakesItAlong(t *testing.T) {
	t.Parallel()
	e := newExperiment(t, 0)
	s := e.open(e.dir, e.clock.now)
	ask(t, s, "CPC-ada")
	free := func(s *sqlite.Store, worker string) int {
		got, err := claim(t.Context(), s, worker, false, 9)
		if err != nil {
			t.Fatal(err)
		}
		return len(got)
	}
	left := func() int {
		dir := t.TempDir()
		if err := e.disk.Image(nil).Save(dir); err != nil {
			t.Fatal(err)
		}
		return free(e.open(dir, e.clock.now), "two")
	}
	if free(s, "one") != 1 || free(s, "two") != 0 || left() != 1 {
		t.Error("a claim is in the image that nothing has synced")
	}
	if _, err := s.Freeze(t.Context(), person(1), ""); err != nil {
		t.Fatal(err)
	}
	if left() != 0 {
		t.Error("a fact does not take along the claim before it")
	}
}

// experiment is a ledger at work, and the images of its disk.
type experiment struct {
	t     *testing.T
	dir   string
	disk  *diskfake.Disk
	clock *ticking
	seed  uint64

	mu     sync.Mutex // guards what follows
	dice   *rand.Rand
	on     bool // images are taken as the work goes on
	next   int  // the next one is so many writes away
	acked  []fact
	images []snapshot
}

// fact is what a call acknowledged, as an image has to have it.
type fact struct {
	what  string
	holds func(*found) error
}

// snapshot is an image, and how much was acknowledged before it.
type snapshot struct {
	dir   string
	acked int
	image diskfake.Image
}

// ticking is a clock that moves on whenever somebody looks at it.
type ticking struct{ ticks atomic.Int64 }

func (c *ticking) now() time.Time {
	return morning.Add(time.Duration(c.ticks.Add(1)) * 10 * time.Millisecond)
}

var morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func person(n int) auth.Person { return auth.Person{Org: "T1", ID: fmt.Sprint("U_", n)} }

func newExperiment(t *testing.T, seed uint64) *experiment {
	e := &experiment{t: t, dir: t.TempDir(), clock: &ticking{}, seed: seed, dice: rand.New(rand.NewPCG(seed, 0))}
	var err error
	if e.disk, err = diskfake.Watch(e.dir, e.beforeWrite); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.disk.Close)
	return e
}

func file(dir string) string { return filepath.Join(dir, "ledger.db") }

func (e *experiment) open(dir string, now func() time.Time) *sqlite.Store {
	s, err := sqlite.Open(e.t.Context(), file(dir), sqlite.Options{Now: now})
	if err != nil {
		e.t.Fatal(err)
	}
	e.t.Cleanup(func() { s.Close() })
	return s
}

// beforeWrite is called before each write, and takes an image before some.
func (e *experiment) beforeWrite() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.next--; !e.on || e.next > 0 {
		return
	}
	e.next = 1 + e.dice.IntN(2*apart)
	e.take(e.dice)
}

// take takes an image, with e.mu held, so that nothing is acknowledged between the count and it.
func (e *experiment) take(dice *rand.Rand) {
	i := snapshot{dir: filepath.Join(e.dir, fmt.Sprint("image ", len(e.images))), acked: len(e.acked)}
	i.image = e.disk.Image(dice)
	if err := errors.Join(os.Mkdir(i.dir, 0o700), i.image.Save(i.dir)); err != nil {
		e.t.Error(err)
	}
	i.image.Files = nil // they are in its directory
	e.images = append(e.images, i)
}

// apart is how many writes are between two images, on average.
const apart = 80

func (e *experiment) takeImages(on bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.on = on
}

// acknowledged notes that a call has returned without an error.
func (e *experiment) acknowledged(what string, holds func(*found) error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.acked = append(e.acked, fact{what, holds})
}

// found is what an image holds, and what it has to hold besides.
type found struct {
	ctx      context.Context
	s        *sqlite.Store
	requests map[ledger.ID]ledger.Request
	told     map[ledger.ID]int // the cursors of the threads
	events   map[ledger.ID][]ledger.Event
	created  []ledger.Request
	brakes   *string // the reason, empty = they are off; nil = either
}

// stands reports that a request is not, or not yet, as it was acknowledged.
func stands(want ledger.Request) func(*found) error {
	return func(x *found) error {
		got, ok := x.requests[want.ID]
		if !ok || got.Version < want.Version {
			return fmt.Errorf("version %d of it is there, and not %d", got.Version, want.Version)
		}
		if got.Version > want.Version {
			return nil
		}
		want.Events = max(want.Events, got.Events)
		if diff := cmp.Diff(want, got); diff != "" {
			return errors.New(diff)
		}
		return nil
	}
}

// has reports that no event of a request is the one that was acknowledged.
func has(id ledger.ID, is func(ledger.Event) bool) func(*found) error {
	return func(x *found) error {
		if x.events[id] == nil {
			var err error
			if x.events[id], err = x.s.Events(x.ctx, id, 0); err != nil {
				return err
			}
		}
		if !slices.ContainsFunc(x.events[id], is) {
			return errors.New("there is no such event")
		}
		return nil
	}
}

// examine opens every image.
func (e *experiment) examine() {
	var lost, torn int
	for _, i := range e.images {
		lost, torn = lost+min(i.image.Lost, 1), torn+min(i.image.Torn, 1)
		if err := e.check(i); err != nil {
			e.t.Errorf("%s, of %d writes %d lost and %d torn, after %d of %d facts: %v",
				filepath.Base(i.dir), i.image.Unsynced, i.image.Lost, i.image.Torn, i.acked, len(e.acked), err)
		}
	}
	e.t.Logf("%d facts, %d images, writes lost in %d and torn in %d", len(e.acked), len(e.images), lost, torn)
}

// check opens an image as the next life of the program does, and works on it.
func (e *experiment) check(i snapshot) error {
	ctx := e.t.Context()
	now := e.clock.now()
	s, err := sqlite.Open(ctx, file(i.dir), sqlite.Options{Now: func() time.Time { return now }})
	if err != nil {
		return err
	}
	defer s.Close()
	x := &found{ctx: ctx, s: s, requests: map[ledger.ID]ledger.Request{}, events: map[ledger.ID][]ledger.Event{}}
	if x.told, err = cursors(ctx, file(i.dir)); err != nil {
		return err
	}
	later, due := now.AddDate(2, 0, 0), 0 // everything is due then, and every lease is over
	for r, err := range s.Find(ctx, ledger.Query{}) {
		if err != nil {
			return err
		}
		x.requests[r.ID] = r
		if r.IsDue(later) {
			due++
		}
	}
	var missing error
	for _, f := range e.acked[:i.acked] {
		if err := f.holds(x); err != nil {
			missing = errors.Join(missing, fmt.Errorf("lost: %s: %w", f.what, err))
		}
	}
	brakes, err := s.Brakes(ctx)
	if x.brakes != nil && brakes.Why != *x.brakes {
		missing = errors.Join(missing, fmt.Errorf("lost: the brakes are %q and not %q", brakes.Why, *x.brakes))
	}
	if missing != nil || err != nil {
		return errors.Join(missing, err)
	}
	for _, r := range x.created[max(0, len(x.created)-2):] { // Slack delivers what it takes for unanswered once more
		var seen *ledger.SeenError
		r.ID = "R-AAAA"
		if _, err := s.Create(ledger.WithPriority(ctx), *r.Revise()); !errors.As(err, &seen) {
			return fmt.Errorf("the interaction of %s is forgotten, and was answered with: %v", r.Order.PC, err)
		}
	}
	now = later
	if got, err := claim(ledger.WithPriority(ctx), s, "after", false, 1000); err != nil || len(got) != due {
		return fmt.Errorf("%d of %d requests can be claimed: %v", len(got), due, err)
	}
	_, err = s.Verify(ctx)
	return err
}

// cursors are how many events of each request its thread was told of.
func cursors(ctx context.Context, path string) (map[ledger.ID]int, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(10000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, `SELECT key, cursor FROM queue WHERE kind = ?`, ledger.JobThread)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	told := map[ledger.ID]int{}
	for rows.Next() {
		var id ledger.ID
		var n int
		if err := rows.Scan(&id, &n); err != nil {
			return nil, err
		}
		told[id] = n
	}
	return told, rows.Err()
}
