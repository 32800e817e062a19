// Command cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack, exactly once and on
// the word of the right people. README.md tells how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/demo"
	"cloudpc-bot/bot/ops"
)

func main() {
	if os.Getenv("GOGC") == "" { // a bot that mostly waits has the time, and often little memory
		debug.SetGCPercent(50)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout)
	var usage *config.Error
	switch {
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "cloudpc-bot:", err)
		os.Exit(1)
	}
}

const usage = `cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack.

  cloudpc-bot            run the bot; it is configured by environment variables
  cloudpc-bot demo       play one conversation on this machine, no account needed
  cloudpc-bot manifest   print the manifest of its Slack app
  cloudpc-bot audit      verify the ledger that DATABASE_URL names; with witnesses from
                         the last replies of requests, as in: audit R-7K3F:3f9c0a1b2c3d
  cloudpc-bot version    print the version`

// run is the program: nil when it was asked to stop.
func run(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(ctx, os.Stderr)
	case args[0] == "audit":
		return ops.AuditLedger(ctx, out, args[1:])
	case len(args) > 1:
		return &config.Error{Text: usage}
	}
	switch args[0] {
	case "demo":
		return demo.Play(ctx, out, serve)
	case "manifest":
		_, err := io.WriteString(out, ops.Manifest)
		return err
	case "version":
		_, err := fmt.Fprintln(out, version())
		return err
	case "help", "-h", "--help":
		_, err := fmt.Fprintln(out, usage)
		return err
	}
	return &config.Error{Text: usage}
}

func serve(ctx context.Context, logs io.Writer) error { return ops.Serve(ctx, logs, version()) }

func version() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return "cloudpc-bot " + info.Main.Version + " " + info.GoVersion
	}
	return "cloudpc-bot"
}
