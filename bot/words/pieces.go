package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// approvers mentions everybody who approved, in order.
func approvers(r ledger.Request) Line {
	var out Line
	for i, c := range r.Consents {
		if i > 0 {
			out += ", "
		}
		out += Say("%s", c.By)
	}
	return out
}

// poweredOff is Graph's powerState of a Frontline machine that nobody has started
// (learn.microsoft.com/graph/api/resources/cloudpc).
const poweredOff = "poweredOff"

// waitsForPower reports whether Graph accepted the call but has not begun because the machine is off.
func waitsForPower(r ledger.Request) bool {
	return !r.Submission.Power.IsZero() && r.Submission.Seen.IsZero()
}

// earlier warns of an earlier erase of the same machine whose end was never seen.
func earlier(r ledger.Request) Line {
	if r.Earlier == "" {
		return ""
	}
	return Say("\n*An earlier erase (%s) may not have finished. Check the machine first.*", string(r.Earlier))
}

// readyWord says that a machine is ready, or that it looks so if v1.0 cannot show more.
func readyWord(r ledger.Request) string {
	if r.Cause.Code == ledger.LooksRebuilt {
		return "Looks rebuilt"
	}
	return "Ready"
}

// caveat is the reservation about a good end; empty if there is none.
func caveat(c ledger.Cause) Line {
	switch c.Code {
	case ledger.LooksRebuilt:
		return Say(" With GRAPH_BETA=false I cannot see more than that: try signing in before you rely on it.")
	case ledger.WithWarnings:
		return shortWarnings(c)
	}
	return ""
}

// builtAs are the options that the machine was built with, as far as Graph shows them; otherwise those
// that were asked for.
func builtAs(r ledger.Request) command.Order {
	o := r.Order
	if r.State == ledger.Succeeded {
		o.OS = cmp.Or(command.OS(r.Result.OS), o.OS)
		o.Account = cmp.Or(command.Account(r.Result.Account), o.Account)
	}
	return o
}

// built says what the machine was built as, and whether that is what was asked for. It is empty if
// Graph does not show it. The two can differ: Microsoft does not say whether Windows 365 Enterprise, which
// builds from a provisioning policy, honours the options of the call.
func built(r ledger.Request) Line {
	is := options(builtAs(r))
	if r.Result.OS == "" && r.Result.Account == "" {
		if r.Result.Image != "" {
			return Say(" It was built from %s.", Literal(Plain(withoutID(r.Result.Image), 80)))
		}
		return ""
	}
	differs := r.Order.OS != "" && r.Result.OS != "" && !strings.EqualFold(string(r.Order.OS), r.Result.OS) ||
		r.Order.Account != "" && r.Result.Account != "" && !strings.EqualFold(string(r.Order.Account), r.Result.Account)
	if differs {
		return Say(" *It was built as %s*, but %s was requested.", is, options(r.Order))
	}
	return Say(" It was built as %s.", is)
}

func reason(text string) Line {
	if text == "" {
		return ""
	}
	return Say(" Reason: %s", text)
}

// deleted stands for a text that somebody has since removed from the ledger.
const deleted = "(deleted)"

// intune is where people look at a machine themselves.
const intune = causes.Intune

// stillWanted follows an end before anything was erased: how to ask once more.
func stillWanted(r ledger.Request) Line {
	if r.IsSelfService() {
		return " If you still want this, type `/reprovision mine` again."
	}
	return " If you still want this, request it again."
}

// approvalsLeft is how many approvals a request still needs.
func approvalsLeft(r ledger.Request) string { return approvalsAfter(r, len(r.Consents)) }

// approvalsAfter is how many approvals a request needs besides those that it has.
func approvalsAfter(r ledger.Request, has int) string {
	more, left := "", r.ApprovalsNeeded-has
	if has > 0 {
		more = "more "
	}
	if left == 1 {
		return "1 " + more + "approval"
	}
	return fmt.Sprintf("%d %sapprovals", left, more)
}

// sentence is a line that stands for itself: it begins with a capital.
func sentence(l Line) Line {
	first, size := utf8.DecodeRuneInString(string(l))
	if size == 0 {
		return l
	}
	return Line(unicode.ToUpper(first)) + l[size:]
}

// fixIt is what to do about a machine that was erased and not rebuilt.
const fixIt = "Check it in " + intune + ", fix what it reports, then press Request again."

// sentenceEnd is a foreign text that our own full stop follows.
func sentenceEnd(text string) string { return strings.TrimRight(text, ". ") }

func owner(r ledger.Request) string {
	if r.Target.Shared {
		return "the people who share it"
	}
	if r.Target.User == "" {
		return "its user"
	}
	return r.Target.User
}

// took is how long a run took, without the time in which it waited for power, if that is known.
func took(r ledger.Request) time.Duration {
	began := r.RunBegan()
	if began.IsZero() {
		began = r.Submission.At
	}
	return r.Ended.Sub(began)
}
