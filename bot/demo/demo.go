// Package demo lets people try the bot on this machine, without an account anywhere: a fake Slack, a
// fake Entra and Graph, and between them the real bot, a process of its own that is configured by
// environment variables and talks to both over the network, as in production. [Serve] shows all of it on a page in
// the browser; [Play] prints one conversation.
//
// It promises that what it shows is what the bot really sent. What it cannot show is how long Microsoft
// takes: a build takes seconds here, not an hour.
//
// The page is for the person at this machine alone: see guard.
package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/mattn/go-isatty"
)

// Run shows the page where somebody can look at it, and else plays the script, as in a pipe or a
// container. program is the bot's own executable. It returns nil once ctx ends.
func Run(ctx context.Context, out io.Writer, program string, script bool) error {
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGHUP) // its terminal is closed: the files are removed all the same
	defer stop()
	if script || !watched(out) {
		return Play(ctx, out, program)
	}
	return Serve(ctx, out, program, browse)
}

// watched reports whether somebody could open a page: there is a display, or a terminal to read its
// address in.
func watched(out io.Writer) bool {
	if f, ok := out.(*os.File); ok && (isatty.IsTerminal(f.Fd()) || isatty.IsCygwinTerminal(f.Fd())) {
		return true
	}
	return display()
}

// display reports whether a browser could show a window.
func display() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return os.Getenv("SSH_CONNECTION") == "" && os.Getenv("CI") == ""
	}
	return os.Getenv("DISPLAY") != "" || os.Getenv("WAYLAND_DISPLAY") != ""
}

// Play prints one conversation on out, from the command until the machine is ready, and then returns.
func Play(ctx context.Context, out io.Writer, program string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s, err := newFakes(pace{lag: 1500 * time.Millisecond, build: 4 * time.Second})
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	bot := newProcess(program, s.environment())
	defer func() { err = errors.Join(err, bot.stop(), s.close()) }()
	if err := bot.start(); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	told, ended := make(chan error, 1), bot.ended()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	go func() { told <- s.tell(serving, out) }()
	select {
	case err := <-told:
		if err != nil {
			return fmt.Errorf("demo: %w\n%s", err, bot.logs())
		}
		return nil
	case <-ended:
		stop()
		<-told
		return fmt.Errorf("demo: the bot has ended: %s\n%s", bot.status().Exit, bot.logs())
	}
}
