package intake

import (
	"testing"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
)

func TestEveryVerbHasARowWithAllColumns(t *testing.T) {
	all := append(command.Verbs(), command.Reprovision, command.Form) // the last two are never typed
	for _, v := range all {
		row, ok := verbs[v]
		if !ok {
			t.Errorf("%s has no row in the table of verbs (bot/intake/verbs.go)", v)
			continue
		}
		for column, empty := range map[string]bool{"judge": row.judge == nil, "needs": row.needs == 0, "do": row.do == nil} {
			if empty {
				t.Errorf("the row of %s in the table of verbs (bot/intake/verbs.go) has an empty column: %s", v, column)
			}
		}
	}
	if len(verbs) != len(all) {
		t.Errorf("%d rows for %d verbs", len(verbs), len(all))
	}
}

// What has no row does nothing, and what cannot be read is judged as a request for an erase.
func TestAVerbWithoutARowDoesNothing(t *testing.T) {
	row := rowOf(command.Order{Verb: "wipe-all", PC: "CPC-ada"}, nil)
	if got := row.do(nil, t.Context(), Ask{}, command.Order{Verb: "wipe-all", PC: "CPC-ada"}, auth.Verdict{Allowed: true}); got.Line == "" {
		t.Errorf("%+v", got)
	}
}
