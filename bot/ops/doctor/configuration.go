package doctor

import (
	"strings"

	"cloudpc-bot/bot/config"
)

// configuration tells what config.Read found wrong, each on a line of its own, and which variables are
// probably misspelt.
func (c Case) configuration() (found []Finding) {
	if c.Err != nil {
		problems := []string{c.Err.Error()}
		if is[*config.Error](c.Err) {
			problems = config.Problems(c.Err.Error())
		}
		for _, problem := range problems {
			found = append(found, Finding{
				Level: Fail, Subject: "configuration", Text: strings.TrimSuffix(problem, "."),
				Cure: "correct it, and run cloudpc-bot doctor again: the rest is checked then",
			})
		}
	}
	for _, n := range c.Config.Nearly {
		found = append(found, Finding{
			Level: Warn, Subject: "configuration", Text: n.Name + " is set, and this program has no such variable",
			Cure: "rename it to " + strings.Join(n.Meant, " or ") + ", if that was meant, or unset it",
		})
	}
	if len(found) == 0 {
		found = append(found, fine("configuration", "every variable has the right form"))
	}
	return found
}
