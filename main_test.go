package main

import (
	"bytes"
	"crypto/sha256"
	"fmt"
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

// built is what make release makes of a copy of the source in a folder, for this system.
func built(t *testing.T, folder string) (program, sums []byte, path string) {
	t.Helper()
	for _, name := range []string{"auth", "bot", "graph"} {
		if err := os.CopyFS(filepath.Join(folder, name), os.DirFS(name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"main.go", "go.mod", "go.sum", "Makefile"} {
		text, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(filepath.Join(folder, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	make := exec.CommandContext(t.Context(), "make", "release", "VERSION=v1.2.3", "PLATFORMS="+runtime.GOOS+"/"+runtime.GOARCH)
	make.Dir = folder
	make.Env = append(os.Environ(), "GOFLAGS=-mod=mod -v", "GOAMD64=v3") // what somebody may have set
	if out, err := make.CombinedOutput(); err != nil {
		t.Fatalf("make release: %v\n%s", err, out)
	}
	path = filepath.Join(folder, "dist", "cloudpc-bot_v1.2.3_"+runtime.GOOS+"_"+runtime.GOARCH)
	program, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if sums, err = os.ReadFile(filepath.Join(folder, "dist", "SHA256SUMS")); err != nil {
		t.Fatal(err)
	}
	return program, sums, path
}

// Whoever builds a release again, somewhere else, can compare it with the one that is published.
func TestTwoBuildsOfOneCommitAreTheSameBytes(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("make"); err != nil || testing.Short() || runtime.GOOS == "windows" {
		t.Skip("it builds the program twice, by make")
	}
	folders := []string{filepath.Join(t.TempDir(), "one"), filepath.Join(t.TempDir(), "another", "with", "a", "longer", "name")}
	first, firstSums, path := built(t, folders[0])
	second, secondSums, _ := built(t, folders[1])
	if !bytes.Equal(first, second) {
		t.Errorf("two builds differ: %d and %d bytes", len(first), len(second))
	}
	want := fmt.Sprintf("%x  %s\n", sha256.Sum256(first), filepath.Base(path))
	if string(firstSums) != want || string(secondSums) != want {
		t.Errorf("SHA256SUMS: %s and %s, want %s", firstSums, secondSums, want)
	}
	for _, folder := range folders {
		if bytes.Contains(first, []byte(folder)) {
			t.Errorf("the binary names the folder %s", folder)
		}
	}
	out, err := exec.CommandContext(t.Context(), path, "version").CombinedOutput()
	if want := "cloudpc-bot v1.2.3 " + runtime.Version() + "\n"; err != nil || string(out) != want {
		t.Errorf("version: %v %s, want %s", err, out, want)
	}
}

// The image holds what a release holds, and names its bases by digest.
func TestAnImageIsBuiltAsAReleaseIs(t *testing.T) {
	t.Parallel()
	build := regexp.MustCompile(`CGO_ENABLED=0 .*go build (-trimpath .*"-s -w .*") -o|go\) build (-trimpath .*) -o`)
	flags := func(file string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		found := build.FindStringSubmatch(strings.ReplaceAll(string(text), "GO)", "go)"))
		if found == nil {
			t.Fatalf("the build in the %s is not understood", file)
		}
		return strings.NewReplacer("${VERSION}", "VERSION", "$(VERSION)", "VERSION").Replace(found[1] + found[2])
	}
	if image, release := flags("Dockerfile"), flags("Makefile"); image != release {
		t.Errorf("the image is built by %s, and a release by %s", image, release)
	}
	dockerfile, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(dockerfile)) {
		if strings.HasPrefix(line, "FROM ") && !regexp.MustCompile(`@sha256:[0-9a-f]{64}\b`).MatchString(line) {
			t.Errorf("not by digest: %s", line)
		}
	}
	workflows, err := filepath.Glob(".github/workflows/*.yml")
	if err != nil || len(workflows) < 3 {
		t.Fatalf("%v, %v", workflows, err)
	}
	for _, path := range workflows {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, action := range regexp.MustCompile(`uses: .*`).FindAllString(string(text), -1) {
			if !regexp.MustCompile(`@[0-9a-f]{40} # v`).MatchString(action) {
				t.Errorf("%s: not by commit: %s", path, action)
			}
		}
	}
}
