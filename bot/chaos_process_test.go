package bot_test

import (
	"fmt"
	"math"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// replica is a place in which processes of the program live, one after the other.
type replica struct {
	w        *stormWorld
	env      []string
	skew     time.Duration // how wrong its clock is
	database *wire         // between it and the ledger; nil where that is a file
	graph    *wire

	mu   sync.Mutex // guards what follows
	life *life
	aim  *point // where the process is killed when it gets there
}

// life is one process of the program.
type life struct {
	r     *replica
	cmd   *exec.Cmd
	spoke atomic.Bool   // it has logged something
	meant atomic.Bool   // it was told to end
	ended chan struct{} // closed then; err is set
	err   error
}

// newReplica is a place whose clock is wrong, behind wires of its own.
func newReplica(t *testing.T, w *stormWorld, skew time.Duration) *replica {
	t.Helper()
	r := &replica{w: w, skew: skew, env: append([]string{fmt.Sprint("CLOCK_SKEW=", int(skew.Seconds()))}, w.env...)}
	database, graph := w.ledger, w.tenant.URL()
	if u, err := url.Parse(w.ledger); err != nil {
		t.Fatal(err)
	} else if u.Host != "" {
		r.database = newWire(t, u.Host)
		u.Host = r.database.address()
		q := u.Query()
		q.Set("sslmode", "disable")  // what goes over the wire is looked at
		q.Set("pool_max_conns", "5") // others test on this server too
		u.RawQuery = q.Encode()
		r.graph = newWire(t, strings.TrimPrefix(w.tenant.URL(), "https://"))
		database, graph = u.String(), "https://"+r.graph.address()
		w.tenant.Alias(graph)
	}
	r.env = append(r.env, "DATABASE_URL="+database, "GRAPH_URL="+graph)
	return r
}

func (r *replica) launch() *life {
	l := &life{r: r, cmd: exec.Command(r.w.binary), ended: make(chan struct{})}
	l.cmd.Env, l.cmd.Stderr, l.cmd.Dir = r.env, l, filepath.Dir(r.w.binary)
	if err := l.cmd.Start(); err != nil {
		r.w.t.Error(err)
	}
	r.mu.Lock()
	r.life = l
	r.mu.Unlock()
	go func() {
		if l.err = l.cmd.Wait(); !l.meant.Load() {
			r.w.t.Errorf("it ended by itself: %v\n%s", l.err, r.w.lastWords())
		}
		close(l.ended)
	}()
	return l
}

// alive is the process that lives here, a new one where the last one is dead.
func (r *replica) alive() *life {
	r.mu.Lock()
	l := r.life
	r.mu.Unlock()
	if l == nil || l.meant.Load() {
		return r.launch()
	}
	return l
}

// Write takes what the process logs. The first line shows what its clock says.
func (l *life) Write(p []byte) (int, error) {
	if !l.spoke.Swap(true) {
		stamp, _, _ := strings.Cut(strings.TrimPrefix(string(p), "time="), " ")
		at, err := time.Parse(time.RFC3339, stamp)
		if off := time.Until(at) - l.r.skew; err != nil || math.Abs(off.Minutes()) > 1 {
			l.r.w.t.Errorf("its clock is to be %v wrong, and is %v more: %v: %s", l.r.skew, off, err, p)
		}
	}
	return l.r.w.logs.Write(p)
}

// kill ends a process as a power cut would.
func (l *life) kill() {
	if !l.meant.Swap(true) {
		l.r.w.count("kills")
		_ = l.cmd.Process.Kill()
	}
	<-l.ended
}

// stop has a process told to end, and waits until it has.
func (l *life) stop() {
	l.meant.Store(true)
	began := time.Now()
	l.signal(syscall.SIGTERM)
	select {
	case <-l.ended:
	case <-time.After(15 * time.Second):
	}
	if took := time.Since(began); l.err != nil || took > 10*time.Second {
		l.r.w.t.Errorf("told to stop: %v, after %v", l.err, took)
	}
}

func (l *life) signal(sig syscall.Signal) {
	if err := l.cmd.Process.Signal(sig); err != nil && !l.meant.Load() {
		l.r.w.t.Error(err)
	}
}
