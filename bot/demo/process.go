package demo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"time"
)

// process is the bot as a process of its own, which can be killed and started again.
type process struct {
	program string
	env     []string
	changed func() // called after every change, with nothing locked; may be nil

	mu     sync.Mutex
	cmd    *exec.Cmd     // nil = not running
	done   chan struct{} // closed when the newest one has ended
	exit   string        // how the newest one ended
	kills  int
	starts int
	output tail
}

// status is what people see of the process.
type status struct {
	Running bool   `json:"running"`
	PID     int    `json:"pid,omitempty"`
	Kills   int    `json:"kills"`
	Starts  int    `json:"starts"`
	Exit    string `json:"exit,omitempty"` // how it ended; "" while it runs
}

// stopping is how long the bot may take to end when it is asked to.
const stopping = 15 * time.Second

var errNotOnce = errors.New("the bot is running already")

// newProcess returns the bot with this configuration, and of this machine's environment only where
// temporary files go.
func newProcess(program string, env map[string]string) *process {
	p := &process{program: program}
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		if dir, ok := os.LookupEnv(name); ok {
			p.env = append(p.env, name+"="+dir)
		}
	}
	for name, value := range env {
		p.env = append(p.env, name+"="+value)
	}
	return p
}

// start starts it. It fails if it is running.
func (p *process) start() error {
	p.mu.Lock()
	defer p.tell()
	defer p.mu.Unlock()
	if p.cmd != nil {
		return errNotOnce
	}
	cmd := exec.Command(p.program)
	cmd.Env, cmd.Stderr = p.env, &p.output
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", p.program, err)
	}
	p.cmd, p.done, p.exit = cmd, make(chan struct{}), ""
	p.starts++
	go p.wait(cmd, p.done)
	return nil
}

func (p *process) wait(cmd *exec.Cmd, done chan struct{}) {
	_ = cmd.Wait() // ProcessState says it
	p.mu.Lock()
	p.cmd, p.exit = nil, cmd.ProcessState.String()
	p.mu.Unlock()
	close(done)
	p.tell()
}

func (p *process) tell() {
	if p.changed != nil {
		p.changed()
	}
}

// kill ends it at once, as kill -9 does, and returns when it has ended. Nothing happens if it does not run.
func (p *process) kill() {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	if cmd != nil {
		p.kills++
	}
	p.mu.Unlock()
	if cmd != nil {
		_ = cmd.Process.Kill() // fails if it has just ended
		<-done
	}
}

// stop asks it to end, and waits until it has.
func (p *process) stop() error {
	p.mu.Lock()
	cmd, done := p.cmd, p.done
	p.mu.Unlock()
	if cmd == nil {
		return nil
	}
	if cmd.Process.Signal(os.Interrupt) != nil { // as on Windows
		_ = cmd.Process.Kill()
	}
	select {
	case <-done:
		return nil
	case <-time.After(stopping):
		_ = cmd.Process.Kill()
		<-done
		return fmt.Errorf("the bot did not stop within %v: %w", stopping, context.DeadlineExceeded)
	}
}

// ended is closed when the process that runs now has ended.
func (p *process) ended() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.done
}

func (p *process) status() status {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := status{Running: p.cmd != nil, Kills: p.kills, Starts: p.starts, Exit: p.exit}
	if p.cmd != nil {
		s.PID = p.cmd.Process.Pid
	}
	return s
}

// logs is the end of what it has logged.
func (p *process) logs() string { return p.output.String() }

// tail keeps the end of what is written to it.
type tail struct {
	mu   sync.Mutex
	text []byte
}

const tailSize = 64 << 10 // bytes

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if over := len(t.text) - tailSize; over > 0 {
		cut := bytes.IndexByte(t.text[over:], '\n') + 1
		t.text = append([]byte(nil), t.text[over+cut:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
