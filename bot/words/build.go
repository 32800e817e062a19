package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// What is said of a build that failed, or that ended with warnings: by the rows of package causes, else
// in Graph's own words.

// report is what Graph reports of a build, as its cause keeps it: "code; message", or what it shows.
type report struct {
	code, message string // code is empty if there is none
	parts         []string
	row           causes.Reported // zero if no row fits
	exact         bool            // row is about this very code
}

func reportOf(c ledger.Cause) report {
	p := report{message: sentenceEnd(c.Detail)}
	p.parts = strings.Split(p.message, "; ")
	if code := p.parts[0]; code != "" && !strings.Contains(code, " ") {
		p.code, p.message = code, strings.Join(p.parts[1:], "; ")
	}
	p.row, p.exact = causes.Provisioning(p.parts...)
	return p
}

// what is what happened, as a sentence that can follow a colon; of Graph's own message at most n runes.
func (p report) what(n int) Line {
	switch {
	case !p.row.IsZero():
		return Say("%s.", p.row.What)
	case p.code == "" && p.message == "":
		return Say("Microsoft does not say why.")
	case p.code == "" && strings.HasPrefix(p.message, "its "):
		return Say("Microsoft reports that %s", stopped(p.message, n))
	case p.code == "":
		return Say("Microsoft reports %s", stopped(p.message, n))
	case p.message == "":
		return Say("Microsoft reports %s", stopped(p.code, n))
	}
	return Say("Microsoft reports %s: %s", Plain(p.code, n), stopped(p.message, n))
}

// stopped is a foreign text of at most n runes with a full stop, or what shows that it was cut.
func stopped(text string, n int) string {
	text = Plain(sentenceEnd(text), n)
	if strings.HasSuffix(text, "…") {
		return text
	}
	return text + "."
}

// quote is Graph's own message.
func (p report) quote() Line {
	return Say("Microsoft says: “%s”", stopped(p.message, longestMessage))
}

// longestOnCard is how many runes of Graph's own message a card shows.
const longestOnCard = 100

// buildWhat and buildDo are columns of the table of causes.
func buildWhat(c ledger.Cause) Line {
	p := reportOf(c)
	if p.row.IsZero() || p.code == "" {
		return p.what(longestMessage)
	}
	return Say("%s (%s).", p.row.What, p.code)
}

func buildDo(c ledger.Cause) Line { return Say("%s", reportOf(c).row.Do) }

// howItFailed says of a build that failed what became of the machine and what happened.
func howItFailed(r ledger.Request, c ledger.Cause, n int) Line {
	pc, what := Literal(MachineName(r)), reportOf(c).what(n)
	if c.Code == ledger.NotBegun {
		return Say("Microsoft accepted it, then reported a failure: %s Nothing shows that %s was erased.", what, pc)
	}
	return Say("%s was erased and is not ready: %s", pc, what)
}

// afterFailure is what to do about a build that failed, whether asking again helps, and Microsoft's page.
func afterFailure(c ledger.Cause) (line Line) {
	p := reportOf(c)
	switch {
	case !p.row.IsZero():
		line = Say("%s", p.row.Do) + buildAgain(c)
	case c.Code == ledger.NotBegun:
		line = Say("Check it in "+intune+" before you request it again.") + buildAgain(c)
	default:
		line = Say(fixIt) + buildAgain(c)
	}
	if p.message != "" && !p.row.IsZero() && !p.exact { // Graph knows better than a row for many
		line += " " + p.quote()
	}
	return line + " " + link(cmp.Or(p.row.Page, causes.ProvisioningPage), microsoftsPage)
}

const microsoftsPage = "Microsoft's page on this"

// buildAgain says whether requesting it again helps after a build that failed.
func buildAgain(c ledger.Cause) Line {
	row := reportOf(c).row
	switch {
	case row.Retry == causes.Passes:
		return Say(" Request it again %s.", row.Wait)
	case row.Retry == causes.Once:
		return Say(" It may have been a passing fault: request it again once. If it fails the same way, ask Microsoft's support.")
	case row.Retry == causes.Useless:
		return Say(" Requesting it again does not help before that.")
	case row.Retry == causes.Fixed:
		return Say(" Then request it again; before that it would fail the same way.")
	case c.Retriable == "true":
		return Say(" Microsoft says that another try can help.")
	case c.Retriable == "false":
		return Say(" Microsoft says that another try does not help.")
	}
	return ""
}

// beforeAgain is the same for the dialog of the button that asks again; empty if nothing is known.
func beforeAgain(r ledger.Request) string {
	if r.State != ledger.Failed || r.Failure != ledger.ByBuild {
		return ""
	}
	row := reportOf(r.Cause).row
	switch {
	case row.Retry == causes.Passes:
		return " It will fail the same way if it is too early: see the thread."
	case row.Retry == causes.Once:
		return " The fault may have passed. One more try can tell."
	case row.Retry == causes.Fixed, row.Retry == causes.Useless:
		return " It will fail the same way until the cause is removed: see the thread."
	case r.Cause.Retriable == "false":
		return " Microsoft says that another try does not help."
	}
	return ""
}

// forSupport is what Microsoft's support asks for, in UTC for people in another zone than the reader.
func forSupport(r ledger.Request, e ledger.Event) Line {
	var parts []string
	if code := reportOf(e.Cause).code; code != "" {
		parts = append(parts, "`"+harmless(code)+"`")
	}
	if id := r.Submission.CallID; id != "" {
		parts = append(parts, "client-request-id `"+harmless(id)+"`")
	}
	if id := e.Cause.RequestID; id != "" {
		parts = append(parts, "request-id `"+harmless(id)+"`")
	}
	if at := r.Submission.At; !at.IsZero() {
		parts = append(parts, "sent "+inUTC(at))
	}
	parts = append(parts, "failed by "+inUTC(e.At))
	return "For Microsoft's support: " + Line(strings.Join(parts, ", ")) + "."
}

func inUTC(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 UTC") }

// warned are the rows of what Graph warns of on a machine that is ready.
func warned(c ledger.Cause) []causes.Reported { return causes.Warnings(reportOf(c).parts...) }

// warningsOnCard is how many warnings a card tells.
const warningsOnCard = 2

// shortWarnings is what Graph warns of, for the card and the list of events.
func shortWarnings(c ledger.Cause) (line Line) {
	rows := warned(c)
	if len(rows) == 0 {
		return Say(" Microsoft reports warnings: %s", stopped(c.Detail, longestMessage))
	}
	for i, row := range rows {
		if i == warningsOnCard {
			return line + Say(" And %s.", plural(len(rows)-i, "more warning"))
		}
		line += " " + sentence(Say("%s.", row.What))
	}
	return line
}

// longWarnings is the same for the thread, with what to do about each.
func longWarnings(c ledger.Cause) (line Line) {
	rows := warned(c)
	if len(rows) == 0 {
		return "\n" + Say("Microsoft reports warnings: %s The machine can be used.", stopped(c.Detail, longestMessage))
	}
	linked := map[string]bool{}
	for _, row := range rows {
		line += "\n*Warning:* " + sentence(Say("%s.", row.What)) + Say(" %s", row.Do)
		if !linked[row.Page] {
			line += " " + link(row.Page, microsoftsPage)
		}
		linked[row.Page] = true
	}
	if p := reportOf(c); p.message != "" && !strings.EqualFold(p.code, rows[0].Code) { // only its own words prove what was made of them
		line += "\n" + p.quote()
	}
	return line
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
