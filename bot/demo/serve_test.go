package demo

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What is served is there while a browser is being opened, and all of it is gone in the end, even if the browser is not.
func TestServedUntilAskedToStop(t *testing.T) {
	if testing.Short() {
		t.Skip("SKIPPED: it builds the program; make test runs it")
	}
	binary, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	opened, browserEnds := make(chan string), make(chan struct{})
	defer close(browserEnds)
	var out tail
	ended := make(chan error, 1)
	go func() {
		ended <- Serve(ctx, &out, binary, func(address string) { opened <- address; <-browserEnds })
	}()
	address := <-opened
	if !regexp.MustCompile(`^http://127\.0\.0\.1:\d+/\w{26}/$`).MatchString(address) || !strings.Contains(out.String(), address) {
		t.Errorf("the address is %s; printed was %s", address, &out)
	}
	answer, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		t.Errorf("answered %s", answer.Status)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "cloudpc-bot-demo-*")); len(left) != 1 {
		t.Errorf("its files are in %v", left)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
