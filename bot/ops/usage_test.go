package ops_test

import (
	"strings"
	"testing"
	"time"
)

func TestUsage(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"help"}, 0, "cloudpc-bot demo"},
		{[]string{"--help"}, 0, "cloudpc-bot demo"},
		{[]string{"version"}, 0, "cloudpc-bot "},
		{[]string{"manifest"}, 0, "socket_mode_enabled: true"},
		{[]string{"nonsense"}, 2, "cloudpc-bot demo"},
		{[]string{"demo", "more"}, 2, "cloudpc-bot demo"},
	} {
		if code, out := start(t, nil, row.args...); code != row.code || !strings.Contains(out, row.want) {
			t.Errorf("%v: exit status %d\n%s", row.args, code, out)
		}
	}
}

func TestDemoTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	began := time.Now()
	code, out := start(t, nil, "demo")
	if code != 0 || time.Since(began) > 30*time.Second {
		t.Errorf("exit status %d after %v\n%s", code, time.Since(began), out)
	}
	for _, want := range []string{"/reprovision CPC-DAN-01", "looking for CPC-DAN-01", "ben\n", "Accepted by Microsoft", "Done. CPC-DAN-01 is ready", "Microsoft Graph received:  POST"} {
		if !strings.Contains(out, want) {
			t.Errorf("the demo lacks %q\n%s", want, out)
		}
	}
}
