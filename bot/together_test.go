package bot_test

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"
)

// together begins everything at one moment and waits for its end.
func together(do ...func()) {
	var all sync.WaitGroup
	start := make(chan struct{})
	for _, f := range do {
		all.Go(func() { <-start; f() })
	}
	close(start)
	all.Wait()
}

// atOnce runs tests beside one another, however many there are: they wait for deadlines, and
// not for a core.
func atOnce(t *testing.T, tests map[string]func(*testing.T)) {
	var all []func()
	for name, test := range tests {
		all = append(all, func() { t.Run(name, test) })
	}
	together(all...)
}

// after does something when a while has passed, or ctx has ended, and then closes over.
func after(ctx context.Context, span time.Duration, do func()) (over <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-time.After(span):
		case <-ctx.Done():
		}
		do()
	}()
	return done
}

// racing says that the race detector watches, which makes a ledger ten times as slow: then
// less is done, of everything.
var racing = func() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}()
