package words

import (
	"slices"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
)

// Digest is what list, and status without a request, answers with: what holds everything up, and then
// the requests in sections, the most urgent first.
type Digest struct {
	Brakes  ledger.Brakes
	UsedUp  []ledger.BudgetError // budgets without room that concern the reader
	Shown   []Entry              // one page, in the order of [Urgency]
	Members map[int]int          // requests by Urgency, over all pages
	Admin   bool                 // the reader sees everybody's requests
	OnlyOwn bool                 // they may request a machine of their own, and no other
	Now     time.Time
}

// Entry is a request in a digest.
type Entry struct {
	ledger.Request
	Card  string       // the link to its card, empty if there is none
	Usual ledger.Usual // how long its run usually takes, while it has one
}

// section is a part of a digest.
type section struct {
	title string
	holds func(ledger.Request) bool
	tells func(e Entry, now time.Time) Line // behind the machine's name
}

// sections are the parts of a digest, the most urgent first. A request is in the first that holds it.
var sections = []section{
	{"Needs an admin", needsAdmin, tellsWhatToDo},
	{"Not confirmed yet", in(ledger.Unconfirmed), tellsUnconfirmed},
	{"Waiting for approval", in(ledger.Pending), tellsPending},
	{"Approved and waiting", in(ledger.Approved), tellsApproved},
	{"Running", in(ledger.Submitting, ledger.Provisioning), tellsRunning},
	{"Looking for the machine", in(ledger.Resolving), tellsResolving},
	{"Other", func(ledger.Request) bool { return true }, tellsState}, // a newer version knows more states
}

// Urgency is the place of a request's section in a digest, from 0.
func Urgency(r ledger.Request) int {
	return slices.IndexFunc(sections, func(s section) bool { return s.holds(r) })
}

// List is a digest in words.
func List(d Digest) Line {
	var parts []string
	if d.Brakes.Frozen {
		parts = append(parts, string(frozen(d.Brakes)))
	}
	if len(d.UsedUp) > 0 {
		parts = append(parts, string(overBudget(d.UsedUp)))
	}
	if len(d.Shown) == 0 {
		parts = append(parts, string(nothingInProgress(d)))
	}
	for before, e := range d.Shown {
		at := Urgency(e.Request)
		s := sections[at]
		line := bullet(e.Request, e.Card, longestInDigest) + s.tells(e, d.Now)
		if before > 0 && Urgency(d.Shown[before-1].Request) == at {
			parts[len(parts)-1] += "\n" + string(line)
			continue
		}
		parts = append(parts, string(Say("*%s* (%d)\n", s.title, d.Members[at])+line))
	}
	return Line(strings.Join(parts, "\n\n"))
}

func nothingInProgress(d Digest) Line {
	switch {
	case d.Admin:
		return Say("Nothing is in progress, and nothing is waiting for anyone.")
	case d.OnlyOwn:
		return Say("You have no requests in progress. `/reprovision mine` starts one.")
	}
	return Say("You have no requests in progress. `/reprovision` starts one.")
}

// mostPeople is how many people without budget are named.
const mostPeople = 3

// overBudget says whose budget is used up, and until when.
func overBudget(all []ledger.BudgetError) Line {
	var lines []string
	for n, b := range all {
		switch {
		case b.Of.IsZero():
			lines = append(lines, string(Say("*Over budget:* the limit of erases per hour is reached (MAX_PER_HOUR). The next one can begin %s.", b.Until)))
		case n < mostPeople || len(all) == mostPeople+1:
			lines = append(lines, string(Say("*Over budget:* %s has reached the limit of erases per person and hour (MAX_PER_ADMIN_PER_HOUR). Their next one can begin %s.", b.Of, b.Until)))
		default:
			return Line(strings.Join(lines, "\n")) + Say("\n*Over budget:* %d more people.", len(all)-n)
		}
	}
	return Line(strings.Join(lines, "\n"))
}

func in(states ...ledger.State) func(ledger.Request) bool {
	return func(r ledger.Request) bool { return slices.Contains(states, r.State) }
}

// needsAdmin reports whether nothing settles a request but an admin who looks at the machine.
func needsAdmin(r ledger.Request) bool {
	return r.State == ledger.Unconfirmed && !r.Submission.EvidenceGivenUp.IsZero() ||
		r.State == ledger.Provisioning && !r.Submission.Overdue.IsZero()
}

func tellsWhatToDo(e Entry, now time.Time) Line {
	onCard := Say("its card")
	if e.Card != "" {
		onCard = link(e.Card, "its card")
	}
	line, do := Say(" · not confirmed for %s", since(e.Submission.At, now)), "Check it in "+intune
	switch {
	case e.State == ledger.Unconfirmed:
	case waitsForPower(e.Request):
		// While Microsoft waits for that, the request cannot be closed.
		line, do = Say(" · overdue, waiting to be powered on for %s", since(e.Submission.Power, now)), "Turn it on, and it is erased and rebuilt"
	default:
		line = Say(" · overdue for %s, accepted by Microsoft %s", since(e.Submission.Overdue, now), e.Submission.Accepted)
	}
	line += ofWhom(e.Request) + Say(" · requested by %s", e.Requester)
	if by := e.Submission.Closing.By; !by.IsZero() {
		return line + Say(". %s is closing it: I'm checking it once more.", by)
	}
	switch {
	case e.State == ledger.Unconfirmed:
		return line + Say(". %s, then press Close as unresolved or Request again on %s.", do, onCard)
	case waitsForPower(e.Request):
		return line + Say(". %s.", do)
	}
	return line + Say(". %s, or press Close as unresolved on %s.", do, onCard)
}

func tellsUnconfirmed(e Entry, now time.Time) Line {
	return Say(" · sent to Microsoft %s", ago(e.Submission.At, now)) + ofWhom(e.Request) +
		Say(" · requested by %s. I'm still looking for a sign that it worked; there is nothing to do yet.", e.Requester)
}

func tellsPending(e Entry, now time.Time) Line {
	line := ofWhom(e.Request) + askedAgo(e, now)
	if e.ApprovalsNeeded > 0 { // else it is not known
		line += Say(" · needs %s", approvalsLeft(e.Request))
	}
	if len(e.Consents) > 0 {
		line += Say(", approved by %s", approvers(e.Request))
	}
	return line + Say(" · expires %s", e.Expires)
}

func tellsApproved(e Entry, now time.Time) Line {
	line := ofWhom(e.Request) + askedAgo(e, now)
	if n := len(e.Consents); n > 0 {
		line += Say(", approved by %s %s", approvers(e.Request), ago(e.Consents[n-1].At, now))
	}
	return line + " · " + obstacle(e.Request, now) + Say(" · expires %s", e.Expires)
}

// obstacle is what an approved request waits for, and until when. What the head of the digest explains is
// short here.
func obstacle(r ledger.Request, now time.Time) Line {
	line, until := Say("waiting: ")+brief(r.Cause), Say(" · next try %s", r.Due)
	switch {
	case r.Cause.Code == ledger.Frozen:
		return Say("held by the freeze")
	case r.Cause.Code == ledger.TooMany && r.Cause.Detail == "":
		line, until = Say("held by the hourly limit"), Say(" until %s", r.Due)
	case r.Cause.Code == ledger.TooMany:
		line, until = Say("held by the hourly limit of %s", auth.Person{ID: r.Cause.Detail}), Say(" until %s", r.Due)
	case r.Cause.Code == "":
		line, until = Say("sent to Microsoft next"), Say(", %s", r.Due)
	}
	if r.Due.After(now) && r.Due.Before(r.Expires) { // at its expiry nothing but its end is due
		return line + until
	}
	return line
}

func tellsRunning(e Entry, now time.Time) Line {
	var line Line
	switch {
	case e.State == ledger.Submitting:
		line = Say(" · being sent to Microsoft for %s", since(e.Submission.At, now))
	case waitsForPower(e.Request):
		line = Say(" · waiting to be powered on for %s, accepted by Microsoft %s", since(e.Submission.Power, now), e.Submission.Accepted)
	default:
		line = Say(" · accepted by Microsoft %s, %s · ", e.Submission.Accepted, ago(e.Submission.Accepted, now)) + expected(e, now)
	}
	return line + ofWhom(e.Request) + Say(" · requested by %s", e.Requester)
}

// expected says when a machine that is being rebuilt is expected to be ready, by the same estimate as its card.
func expected(e Entry, now time.Time) Line {
	line := Say("usually takes %s", middleHalf(e.Usual))
	if by := nextFive(e.RunBegan().Add(e.Usual.High)); by.After(now) {
		line += Say(", so ready by about %s", timeOfDay(by))
	}
	return line
}

func tellsResolving(e Entry, now time.Time) Line {
	line := askedAgo(e, now)
	switch {
	case e.IsSelfService() && e.Self.SignedIn.IsZero():
		return line + Say(" · waiting for %s to sign in to Microsoft", e.Requester)
	case e.IsSelfService() && e.Offered && e.Picked == "":
		return line + Say(" · waiting for %s to choose their Cloud PC", e.Requester)
	case e.Offered && e.Picked == "":
		return line + Say(" · waiting for %s to pick one of %d machines", e.Requester, len(e.Choices))
	case e.Cause.Code != "":
		return line + Say(" · waiting: ") + brief(e.Cause)
	}
	return line
}

func tellsState(e Entry, now time.Time) Line {
	return Say(" · %s", shortStatus(e.Request)) + ofWhom(e.Request) + askedAgo(e, now)
}

// longestInDigest is how many runes of a name, or of a cause's detail, an entry shows: it says much else,
// and a page has to fit an acknowledgement.
const longestInDigest = 40

// ofWhom is whose machine it is, as far as that is known.
func ofWhom(r ledger.Request) Line {
	switch {
	case r.Target.Shared && r.Target.Group != "":
		return Say(" · shared by %s", Plain(r.Target.Group, longestInDigest))
	case r.Target.Shared:
		return Say(" · shared")
	case r.Target.User == "":
		return ""
	}
	return Say(" · %s", Plain(r.Target.User, longestInDigest))
}

// ago is since in words.
func ago(t, now time.Time) Line {
	switch d := since(t, now); {
	case d < time.Minute:
		return "just now"
	case d < 2*time.Minute:
		return "a minute ago"
	default:
		return Say("%s ago", d)
	}
}

func askedAgo(e Entry, now time.Time) Line {
	return Say(" · requested by %s %s", e.Requester, ago(e.Asked, now))
}

// since is how long ago something was. Clocks of several processes may differ.
func since(t, now time.Time) time.Duration { return max(0, now.Sub(t)) }

// brief is [Why] as a part of an entry, without what others have written about it and what only a log
// knows.
func brief(c ledger.Cause) Line {
	c.Reason, c.RequestID, c.Detail = "", "", Plain(c.Detail, longestInDigest)
	return Line(strings.TrimSuffix(string(Why(c)), "."))
}
