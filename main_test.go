package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestTheVersionIsTheBestThatIsKnown(t *testing.T) {
	t.Parallel()
	built := func(version string, settings ...debug.BuildSetting) *debug.BuildInfo {
		return &debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	at := debug.BuildSetting{Key: "vcs.revision", Value: "4f1c0de"}
	clean, dirty := debug.BuildSetting{Key: "vcs.modified", Value: "false"}, debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	for _, row := range []struct {
		release string
		info    *debug.BuildInfo
		want    string
	}{
		{"v1.2.3", nil, "v1.2.3"},
		{"v1.2.3", built("v1.2.2", at, clean), "v1.2.3"},
		{"", built("v1.2.2", at, clean), "v1.2.2"},
		{"", built("v0.0.0-20260102030405-4f1c0de+dirty", at, dirty), "v0.0.0-20260102030405-4f1c0de+dirty"},
		{"", built("(devel)", at, clean), "4f1c0de"},
		{"", built("", at, dirty), "4f1c0de+dirty"},
		{"", built("(devel)"), unversioned},
		{"", nil, unversioned},
	} {
		if got := versionOf(row.release, row.info); got != row.want {
			t.Errorf("%q, %+v: %s, want %s", row.release, row.info, got, row.want)
		}
	}
}

// An image is built without the history, so the flags of its build carry the version.
func TestAnImageSaysItsVersion(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("it links the program twice")
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	flags := regexp.MustCompile(`(?m)^ARG VERSION=\nRUN .*go build .*-ldflags="([^"]*)"`).FindSubmatch(dockerfile)
	if flags == nil {
		t.Fatal("the build in the Dockerfile is not understood")
	}
	for version, want := range map[string]string{
		"v1.2.3-4-g4f1c0de": "cloudpc-bot v1.2.3-4-g4f1c0de " + runtime.Version() + "\n",
		"":                  "cloudpc-bot " + versionOf("", nil) + " " + runtime.Version() + "\n",
	} {
		program := filepath.Join(t.TempDir(), "cloudpc-bot")
		ldflags := strings.ReplaceAll(string(flags[1]), "${VERSION}", version)
		build := exec.CommandContext(t.Context(), "go", "build", "-buildvcs=false", "-ldflags", ldflags, "-o", program, ".")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
		if out, err := exec.CommandContext(t.Context(), program, "version").CombinedOutput(); err != nil || string(out) != want {
			t.Errorf("VERSION=%q: %v %s, want %s", version, err, out, want)
		}
	}
}
