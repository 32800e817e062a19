package demo

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/config"
)

// Whoever tries the demo may have a real bot configured in the same shell: nothing of that gets
// into the play, and all of it is there again at the end.
func TestTheDemoReadsNothingOfARealBot(t *testing.T) {
	const real = "of a real bot"
	for i, name := range config.Environment() {
		t.Setenv(name, real) // which is put right at the end
		if i%3 == 0 {
			if err := os.Unsetenv(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	before := environ()
	s, err := set()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	restore := setenv(s.environment())
	for name, value := range environ() {
		if value != s.configured()[name] {
			t.Errorf("%s=%q in the play, want %q", name, value, s.configured()[name])
		}
	}
	c, err := config.Read() // which takes the secrets out of the environment
	if err != nil {
		t.Errorf("the stage is not configured: %v", err)
	}
	if c.DatabaseURL.Reveal() != "sqlite:"+filepath.Join(s.dir, "ledger.db") || c.SlackAPIURL != s.slack.URL() || c.GraphURL != s.tenant.URL() || len(c.Nearly) > 0 {
		t.Errorf("the bot would go elsewhere: %+v", c)
	}
	restore()
	if diff := cmp.Diff(before, environ()); diff != "" {
		t.Errorf("the environment after the play (-before +after):\n%s", diff)
	}
}

func TestTheStageSetsNoVariableThatNobodyReads(t *testing.T) {
	t.Parallel()
	s, err := set()
	if err != nil {
		t.Fatal(err)
	}
	defer s.close()
	for name, value := range s.configured() {
		if !slices.Contains(config.Environment(), name) || value == "" {
			t.Errorf("%s=%q", name, value)
		}
	}
}

// environ is what is set of the program's environment.
func environ() map[string]string {
	vars := map[string]string{}
	for _, name := range config.Environment() {
		if value, ok := os.LookupEnv(name); ok {
			vars[name] = value
		}
	}
	return vars
}
