package bot_test

import (
	"strings"
	"testing"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/graph/graphfake"
)

// Whatever the tenant in memory knows to report of a build, the bot explains by a row of its own. The two
// lists were written apart.
func TestEveryReportOfABuildIsExplained(t *testing.T) {
	for _, code := range graphfake.Reports() {
		d := graphfake.Report(code)
		if row, exact := causes.Provisioning(d.Code, d.Message); exact && strings.EqualFold(row.Code, code) {
			continue
		}
		if len(causes.Warnings(d.Code, d.Message)) != 1 {
			t.Errorf("%s has no row of its own (bot/causes/provisioning.go)", code)
		}
	}
}
