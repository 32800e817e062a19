package words

import (
	"fmt"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
)

// Pick is one of several things that somebody may pick, such as a machine, with its button.
type Pick struct {
	Action Action // of the button; empty = PressPick
	Text   Line   // what tells it from the others
	Button string // plain
	Value  string // of the button: the request's id and, of a machine, which of its choices
	Label  string // plain; for screen readers
}

// Picker asks the requester which of several machines they mean.
func Picker(r ledger.Request, until time.Time) (Line, []Pick) {
	line := Say("%s: %d Cloud PCs fit %s. Which one do you mean? Pick one until %s; nothing is requested before that.", string(r.ID), len(r.Choices), Literal(r.Order.PC), until)
	var picks []Pick
	for i, c := range r.Choices {
		name := Plain(c.Name, 60)
		picks = append(picks, Pick{
			Text: Say("*%s*\n%s", name, AboutMachine(c)), Button: "Pick", Value: fmt.Sprintf("%s %d", r.ID, i),
			Label: Plain("Pick "+name+" of "+c.User, 75),
		})
	}
	return line, picks
}

// AboutMachine is what tells a machine from others of its name: user, device, plan, status.
func AboutMachine(c ledger.Choice) string {
	var parts []string
	for _, p := range []string{c.User, c.Device, c.Plan, StateName(c.Status)} {
		if p != "" && !strings.EqualFold(p, c.Name) {
			parts = append(parts, Plain(p, 60))
		}
	}
	if !c.Changed.IsZero() {
		parts = append(parts, "changed "+c.Changed.UTC().Format("2006-01-02"))
	}
	return strings.Join(parts, " · ")
}

// ChoiceName is the name of a machine in a menu, plain and at most 75 characters
// (docs.slack.dev/reference/block-kit/composition-objects/option-object).
func ChoiceName(c ledger.Choice) string {
	for _, name := range []string{c.Name, c.Device, c.ID} {
		if name != "" {
			return Plain(name, 75)
		}
	}
	return ""
}

// PickedOne answers the pick of a machine.
func PickedOne(r ledger.Request) Line {
	return Say("%s: %s it is. The card follows.", string(r.ID), Literal(MachineName(r)))
}

// PickedBefore answers a second pick for the same request.
func PickedBefore(r ledger.Request, name string) Line {
	return Say("%s: %s was picked already.", string(r.ID), Literal(name))
}

// NotYourPick answers a pick by somebody who did not make the request.
func NotYourPick() Line {
	return Say("Only the person who made this request can pick its machine.")
}

// near suggests machines whose name is near one that is not known.
func near(r ledger.Request) Line {
	var names []string
	for _, c := range r.Near {
		said := "`" + string(Say("%s", Plain(c.Name, 60))) + "`"
		if c.User != "" {
			said += " (" + string(Say("%s", Plain(c.User, 60))) + ")"
		}
		names = append(names, said)
	}
	if len(names) == 0 {
		return ""
	}
	return Line(" Did you mean " + listed(names, "or") + "?")
}

// howFound says by what a machine was found, where that is not its name.
func howFound(r ledger.Request) Line {
	if r.IsSelfService() { // nothing was looked for
		return ""
	}
	switch r.FoundBy {
	case ledger.ByDevice:
		return Say("found by its device name")
	case ledger.ByManaged:
		return Say("found by its Intune device id")
	case ledger.ByEntra:
		return Say("found by its Entra device id")
	case ledger.ByUser:
		return Say("found by its user")
	case ledger.ByProfile:
		return Say("found by the e-mail address in the Slack profile of %s", Plain(r.Order.PC, 60))
	case ledger.ByPick:
		return Say("picked out of %d that fit %s", len(r.Choices), Plain(r.Order.PC, 60))
	}
	return ""
}
