package bot_test

import (
	"bytes"
	"strings"
	"sync"
)

// logs is everything the bot has logged, at every level.
type logs struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// doubts is how often a gesture of somebody's was answered in doubt, because the ledger was slow.
func (l *logs) doubts(person string) (n int) {
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, `"ledger slow: gesture answered in doubt"`) && strings.HasSuffix(line, "by="+person+"\n") {
			n++
		}
	}
	return n
}

// has tells when something was logged.
func (l *logs) has(what string) func() bool {
	return func() bool { return strings.Contains(l.String(), what) }
}
