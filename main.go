// Command cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack, exactly once and only when the
// right people agree. README.md says how to run it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"slices"
	"syscall"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/demo"
	"cloudpc-bot/bot/ops"
)

func main() {
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

  cloudpc-bot            run the bot, configured by environment variables
  cloudpc-bot demo       try it on this machine, on a page in the browser; needs no
                         account; --script plays one conversation in the terminal
  cloudpc-bot manifest   print the manifest for the bot's Slack app
  cloudpc-bot audit      check that nobody edited the ledger (DATABASE_URL); with
                         receipts from Slack threads, that nobody replaced it:
                         cloudpc-bot audit R-7K3F:3f9c0a1b2c3d
  cloudpc-bot version    print the version
  cloudpc-bot help       print this`

// run is the program: it returns nil if it was asked to stop.
func run(ctx context.Context, args []string, out io.Writer) error {
	switch {
	case len(args) == 0:
		return ops.Serve(ctx, os.Stderr, version())
	case args[0] == "audit":
		return ops.AuditLedger(ctx, out, args[1:])
	case slices.Equal(args, []string{"demo"}), slices.Equal(args, []string{"demo", "--script"}):
		program, err := os.Executable()
		if err != nil {
			return fmt.Errorf("demo: %w", err)
		}
		return demo.Run(ctx, out, program, len(args) > 1)
	case len(args) > 1:
		return &config.Error{Text: usage}
	}
	switch args[0] {
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

// release is the version given at build time with -ldflags "-X main.release=v1.2.3", as for an
// image, whose build has no git history. If it is empty, version uses what the go command recorded.
var release string

const unversioned = "unknown (built without version information, as by go run, or outside its repository and without -ldflags \"-X main.release=...\")"

func version() string {
	info, _ := debug.ReadBuildInfo()
	return "cloudpc-bot " + versionOf(release, info) + " " + runtime.Version()
}

// versionOf says what was built: release if set, else the module's version, which the go command
// takes from the tags, else the commit; info may be nil.
func versionOf(release string, info *debug.BuildInfo) string {
	if release != "" {
		return release
	}
	if info == nil {
		info = &debug.BuildInfo{}
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	commit := settings["vcs.revision"]
	switch {
	case commit == "":
		return unversioned
	case settings["vcs.modified"] == "true":
		return commit + "+dirty"
	}
	return commit
}
