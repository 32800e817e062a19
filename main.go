// Command cloudpc-bot reprovisions Windows 365 Cloud PCs from Slack, exactly once and only when the
// right people agree. README.md says how to run it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"

	"cloudpc-bot/bot/ops/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := cli.Program{Version: version(), Out: os.Stdout, Logs: os.Stderr}.Run(ctx, os.Args[1:])
	stop()
	status := cli.Status(err)
	switch status {
	case cli.OK:
	case cli.Wrong: // the text stands alone: it may have a line for each mistake
		fmt.Fprintln(os.Stderr, err)
	default:
		fmt.Fprintln(os.Stderr, "cloudpc-bot:", err)
	}
	os.Exit(status)
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
