package bot_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// skewSource reads by how many seconds the wall clock of a process is wrong.
const skewSource = `package time

import "syscall"

var skew = func() (seconds int64) {
	text, _ := syscall.Getenv("CLOCK_SKEW")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
			continue
		}
		seconds = seconds*10 + int64(c-'0')
	}
	return sign * seconds
}()

`

// skewed builds the program with a wall clock that CLOCK_SKEW puts wrong, by so many seconds.
// The monotonic clock, which has no opinion on what time it is, stays as it is.
func skewed(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	goroot, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	library := filepath.Join(strings.TrimSpace(string(goroot)), "src", "time")
	source, err := os.ReadFile(filepath.Join(library, "time.go"))
	if err != nil {
		t.Fatal(err)
	}
	const anchor = "func Now() Time {\n\tsec, nsec, mono := runtimeNow()\n"
	changed := strings.Replace(string(source), anchor, anchor+"\tsec += skew\n", 1)
	if changed == string(source) {
		t.Fatalf("time.Now of %s begins in another way than this test knows; look at it, and change the anchor", runtime.Version())
	}
	overlay := struct{ Replace map[string]string }{map[string]string{}}
	for name, text := range map[string]string{"time.go": changed, "skew.go": skewSource} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay.Replace[filepath.Join(library, name)] = path
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(config, list, 0o600); err != nil {
		t.Fatal(err)
	}
	return build(t, "-overlay", config)
}
