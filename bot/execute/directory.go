package execute

import (
	"cmp"
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/text/unicode/norm"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// Directory is the names of the tenant's machines, kept in memory for the form's search and for names
// near a mistyped one. Nothing is decided by it: which machine a request is for is read from Graph.
//
// It is read when somebody needs it, one listing at a time and at most every 15 minutes. So it may
// lack a machine that is new, and show a name that was changed.
type Directory struct {
	fleet Fleet
	log   *slog.Logger
	now   func() time.Time

	lasting context.Context // ends with Close
	end     context.CancelFunc
	running sync.WaitGroup // the listing under way

	mu      sync.Mutex
	all     []entry       // sorted by name
	read    time.Time     // when all was read; zero = never
	tried   time.Time     // when the newest listing began
	reading chan struct{} // closed when the listing under way has ended; nil = none is
}

// NewDirectory makes an empty directory of a fleet, which is read when somebody needs it.
func NewDirectory(fleet Fleet, log *slog.Logger, now func() time.Time) *Directory {
	lasting, end := context.WithCancel(context.Background())
	return &Directory{fleet: fleet, log: log, now: now, lasting: lasting, end: end}
}

// Close ends a listing that is under way, and waits until it has ended. The names that are known stay.
func (d *Directory) Close() {
	d.mu.Lock()
	d.end() // nothing begins after this
	d.mu.Unlock()
	d.running.Wait()
}

const (
	directoryAge  = 15 * time.Minute // how old the directory may be
	directoryWait = time.Minute      // after a listing that failed
	directoryTime = 5 * time.Minute  // for one listing; graph.Client has the same bound
	mostNear      = 3                // names that are suggested for one that is not known
)

// entry is a machine with what it is searched by.
type entry struct {
	ledger.Choice
	folded string // its name, device and user in lower case, separated by line ends
}

// Search returns at most n machines whose name, device or user holds every word that was typed; those
// where each word begins one of the three come first. It asks nobody. Until the directory has been
// read, known is false; reading it begins then.
func (d *Directory) Search(text string, n int) (found []ledger.Choice, known bool) {
	d.refresh()
	d.mu.Lock()
	all, known := d.all, !d.read.IsZero()
	d.mu.Unlock()
	words := strings.Fields(folded(text))
	var begins, holds []ledger.Choice
	for _, e := range all {
		if fits := func(w string) bool { return strings.Contains(e.folded, w) }; !every(words, fits) {
			continue
		}
		if every(words, func(w string) bool { return strings.HasPrefix(e.folded, w) || strings.Contains(e.folded, "\n"+w) }) {
			begins = append(begins, e.Choice)
		} else if len(holds) < n {
			holds = append(holds, e.Choice)
		}
		if len(begins) == n {
			break
		}
	}
	found = append(begins, holds...)
	return found[:min(n, len(found))], known
}

func every[T any](all []T, is func(T) bool) bool {
	return !slices.ContainsFunc(all, func(one T) bool { return !is(one) })
}

// Wait waits until the directory has been read, as long as ctx allows, and reports whether it has.
func (d *Directory) Wait(ctx context.Context) bool {
	if done := d.refresh(); done != nil {
		select {
		case <-done:
		case <-ctx.Done():
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return !d.read.IsZero()
}

// Name is the name of a machine, as far as the directory has been read; empty if it is not known.
func (d *Directory) Name(id string) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.all {
		if strings.EqualFold(e.ID, id) {
			return cmp.Or(e.Name, e.Device)
		}
	}
	return ""
}

// Near returns machines with a name near what was typed: a slip or two away, the beginning of it, or
// of the same person. It waits for the directory to be read, as long as ctx allows; without it there
// are none.
func (d *Directory) Near(ctx context.Context, typed string) []ledger.Choice {
	if !d.Wait(ctx) {
		return nil
	}
	d.mu.Lock()
	all := d.all
	d.mu.Unlock()
	typed = folded(strings.TrimSpace(typed))
	if typed == "" || len([]rune(typed)) > 100 {
		return nil
	}
	type ranked struct {
		ledger.Choice
		far int
	}
	var near []ranked
	for _, e := range all {
		best := -1
		for name := range strings.SplitSeq(e.folded, "\n") {
			if far, ok := distance(typed, name); ok && (best < 0 || far < best) {
				best = far
			}
		}
		if best >= 0 {
			near = append(near, ranked{e.Choice, best})
		}
	}
	slices.SortStableFunc(near, func(a, b ranked) int { return cmp.Compare(a.far, b.far) })
	var out []ledger.Choice
	for _, r := range near[:min(mostNear, len(near))] {
		out = append(out, r.Choice)
	}
	return out
}

// distance is how far a name is from what was typed, if it is near: one slip for each four letters, or
// it begins with what was typed, or a person's name stands before the @ of both.
func distance(typed, name string) (int, bool) {
	local, _, user := strings.Cut(name, "@")
	asked, _, asksUser := strings.Cut(typed, "@")
	switch {
	case name == "":
		return 0, false
	case user && local == asked, asksUser && strings.Contains(name, asked) && len(asked) > 2:
		return 1, true
	case len([]rune(typed)) > 3 && strings.HasPrefix(name, typed):
		return 2, true
	}
	most := max(1, len([]rune(typed))/4)
	far := slips([]rune(typed), []rune(name), most)
	return far, far <= most
}

// slips is how many slips of the keyboard lie between two names, or more than most if there are more: a
// letter too many, missing or another one, or two neighbours swapped (optimal string alignment).
func slips(a, b []rune, most int) int {
	if len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		next[0] = i + 1
		least := next[0]
		for j := range b {
			change := row[j]
			if a[i] != b[j] {
				change++
			}
			next[j+1] = min(change, next[j]+1, row[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
			least = min(least, next[j+1])
		}
		if least > most {
			return most + 1
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// refresh begins to read the directory if it is missing or too old. While it has never been read, the
// channel is closed at the end of the listing under way; it is nil if there is nothing to wait for.
func (d *Directory) refresh() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.now()
	old := d.read.IsZero() || now.Sub(d.read) >= directoryAge
	if old && d.reading == nil && d.lasting.Err() == nil && (d.tried.IsZero() || now.Sub(d.tried) >= directoryWait) {
		d.tried, d.reading = now, make(chan struct{})
		done := d.reading
		d.running.Go(func() { d.list(done) })
	}
	if !d.read.IsZero() {
		return nil
	}
	return d.reading
}

// list reads all machines. It belongs to nobody's request, so it has a time of its own.
func (d *Directory) list(done chan struct{}) {
	defer close(done)
	ctx, cancel := context.WithTimeout(d.lasting, directoryTime)
	defer cancel()
	listed, err := d.fleet.List(ctx)
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reading = nil
	if d.lasting.Err() != nil {
		return
	}
	if err != nil {
		d.log.Warn("Graph did not list the Cloud PCs: the form and suggestions know none, or old ones", "error", err)
		return
	}
	d.all, d.read = entriesOf(listed), d.now()
}

// folded is a text as it is compared: in lower case, and with accents composed, as graph.Client.Find does.
func folded(s string) string { return norm.NFC.String(strings.ToLower(s)) }

func entriesOf(listed []graph.Listed) []entry {
	all := make([]entry, 0, len(listed))
	for _, l := range listed {
		c := ledger.Choice{ID: l.ID, Name: l.Name, Device: l.DeviceName, User: l.User, Plan: l.Plan, Status: string(l.Status), Changed: l.LastModified}
		all = append(all, entry{c, folded(l.Name + "\n" + l.DeviceName + "\n" + l.User)})
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(strings.Compare(a.folded, b.folded), strings.Compare(a.ID, b.ID)) })
	return all
}
