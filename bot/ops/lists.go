package ops

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ops/doctor"
	"cloudpc-bot/bot/words"
)

const (
	listsEvery = 2 * time.Second  // between two reads of a file with a list; a minute is promised
	listsHang  = 10 * time.Second // a read that takes longer is told
	listsStale = time.Minute      // without a read, /readyz says so
)

// Lists are ADMINS and REQUESTERS as they are now. They judge like the [auth.Rules] that have these lists,
// and follow the files that the lists come from. A judgement that asks twice may meet two versions: then a
// group of the newer one is unknown to it, which allows nobody anything.
type Lists struct {
	home   string
	notify []string // NOTIFY_APPROVERS
	need   int      // APPROVALS
	log    *slog.Logger
	list   func(path string) ([]string, error) // reads a file, however long that takes

	changed chan struct{} // holds one entry once a list has changed

	mu    sync.Mutex  // guards what follows
	rules *auth.Rules // is replaced as a whole
	files []*listFile
}

// listFile is a file with a list.
type listFile struct {
	variable, path string
	list           func(*auth.Rules) *[]string // that it holds

	read time.Time // when it was read last, well or not
	err  error     // why the list of the last good read holds; nil = it is what the file says
}

// NewLists makes Lists of what was read at the start.
func NewLists(cfg config.Config, home string, log *slog.Logger) (*Lists, error) {
	rules, err := auth.New(auth.Rules{Home: home, Admins: cfg.Admins, Requesters: cfg.Requesters, AllowSelf: cfg.AllowSelf, AllowOwner: cfg.AllowOwner, SelfService: cfg.SelfService})
	if err != nil {
		return nil, err
	}
	l := &Lists{home: home, notify: cfg.NotifyApprovers, need: cfg.Approvals, log: log, list: config.List, changed: make(chan struct{}, 1), rules: rules}
	for _, f := range []*listFile{
		{variable: "ADMINS_FILE", path: cfg.AdminsFile, list: func(r *auth.Rules) *[]string { return &r.Admins }},
		{variable: "REQUESTERS_FILE", path: cfg.RequestersFile, list: func(r *auth.Rules) *[]string { return &r.Requesters }},
	} {
		if f.path != "" {
			f.read = time.Now()
			l.files = append(l.files, f)
		}
	}
	l.warn(rules)
	return l, nil
}

// Follow reads the files again, every few seconds until ctx ends. A read cannot be called off, and one from
// a server that is gone may never end: each file has goroutines of its own, and at most one read.
func (l *Lists) Follow(ctx context.Context) {
	var all sync.WaitGroup
	for _, f := range l.files {
		all.Go(func() {
			for ctx.Err() == nil && l.readAgain(ctx, f) && sleep(ctx, listsEvery) {
			}
		})
	}
	all.Wait()
}

// readAgain reads a file and takes its list over. It reports false if ctx ends first.
func (l *Lists) readAgain(ctx context.Context, f *listFile) bool {
	type content struct {
		ids []string
		err error
	}
	done, begun := make(chan content, 1), time.Now()
	go func() {
		ids, err := l.list(f.path)
		done <- content{ids, err}
	}()
	late := time.NewTimer(listsHang)
	defer late.Stop()
	for {
		select {
		case <-ctx.Done():
			return false
		case <-late.C:
			l.hangs(f, begun)
		case read := <-done:
			l.take(f, read.ids, read.err)
			return true
		}
	}
}

// hangs notes that a read has not ended. It goes on.
func (l *Lists) hangs(f *listFile, since time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.err = fmt.Errorf("the file is being read since %s, and that does not end: perhaps it is on a server that does not answer", since.UTC().Format(time.RFC3339))
	l.log.Error("a list cannot be read again; the old one stays", "variable", f.variable, "error", line(f.err))
}

// take makes a list what its file says now. If that is no list, the old one stays: an empty one could
// mean nobody as well as everybody, and a file may be missing only while it is replaced.
func (l *Lists) take(f *listFile, ids []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	before := f.err
	f.read, f.err = time.Now(), err
	switch {
	case err != nil:
		if before == nil || before.Error() != err.Error() {
			l.log.Error("a list cannot be read again; the old one stays", "variable", f.variable, "error", line(err))
		}
		return
	case before != nil:
		l.log.Info("a list can be read again", "variable", f.variable)
	}
	was := *f.list(l.rules)
	if slices.Equal(was, ids) {
		return
	}
	rules := *l.rules // who judges by the old rules goes on with them
	*f.list(&rules) = ids
	l.rules = &rules
	l.log.Info("a list has changed", "variable", f.variable, "entries", len(ids), "added", without(ids, was), "removed", without(was, ids))
	l.warn(&rules)
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

// warn logs who of NOTIFY_APPROVERS is not among the admins.
func (l *Lists) warn(rules *auth.Rules) {
	if strangers := doctor.NotAdmins(l.notify, rules.Admins); len(strangers) > 0 {
		l.log.Warn("the bot will mention people on cards who may not approve: NOTIFY_APPROVERS names somebody who is not on ADMINS", "variable", "NOTIFY_APPROVERS", "person", strings.Join(strangers, ","))
	}
}

// without are the ids that are not among others, separated by commas.
func without(ids, others []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return slices.Contains(others, id) }), ",")
}

// Changed waits until a list changes, and reports false if ctx ends first.
func (l *Lists) Changed(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-l.changed:
		return true
	}
}

// Ready says which list is not what its file says, and why.
func (l *Lists) Ready(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var wrong []error
	for _, f := range l.files {
		switch {
		case f.err != nil:
			wrong = append(wrong, fmt.Errorf("%s: %w; the list that was read before stays", f.variable, f.err))
		case time.Since(f.read) > listsStale:
			wrong = append(wrong, fmt.Errorf("%s: the file has not been read since %s; the list of then stays", f.variable, f.read.UTC().Format(time.RFC3339)))
		}
	}
	if l.need > config.Reachable(l.rules.Admins, l.rules.AllowSelf) {
		wrong = append(wrong, errors.New("APPROVALS is more than ADMINS_FILE can give: add admins to the file"))
	}
	return errors.Join(wrong...)
}

// Now are the lists as they are.
func (l *Lists) Now() (admins, requesters []string) {
	r := l.current()
	return r.Admins, r.Requesters
}

func (l *Lists) current() *auth.Rules {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.rules
}

// Judge judges an attempt by the lists as they are now.
func (l *Lists) Judge(a auth.Attempt) auth.Verdict { return l.current().Judge(a) }

// Groups are the user groups that matter to an attempt by the lists as they are now.
func (l *Lists) Groups(a auth.Attempt) []auth.Group { return l.current().Groups(a) }

// Admins are mentioned where a request waits for them.
func (l *Lists) Admins() words.Mentions { return bot.Mentions(l.current().Admins, l.home) }

// Approvers are called when a card goes up.
func (l *Lists) Approvers() words.Mentions {
	return bot.Approvers(l.notify, l.current().Admins, l.home)
}
