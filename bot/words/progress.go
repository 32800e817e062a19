package words

import (
	"fmt"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
)

// What people see of a run, from when Microsoft has accepted it until the machine is ready.

// Progress is what the card of a run shows besides the request itself.
type Progress struct {
	Now   time.Time    // zero = nothing is said of how far it is
	Usual ledger.Usual // how long such a run usually takes
}

func provisioningTitle(r ledger.Request) string {
	switch {
	case waitsForPower(r):
		return of("%s is waiting to be powered on")(r)
	case !r.Submission.Overdue.IsZero():
		return of("%s is taking longer than expected")(r)
	case r.Submission.Phase == ledger.Erasing:
		return of("%s is being erased")(r)
	case r.Submission.Phase == ledger.Building:
		return of("%s is being rebuilt")(r)
	}
	return of("Accepted: %s will be erased")(r)
}

// provisioningStatus says no more than Graph has shown. For minutes that may be only that it accepted the call.
func provisioningStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case waitsForPower(r):
		return Say("*Waiting for power.* %s is powered off. Microsoft accepted the request %s and will erase it once it is turned on.", pc, r.Submission.Accepted)
	case !r.Submission.Overdue.IsZero():
		return Say("*Overdue.* Microsoft accepted it %s and has not said that %s is ready.", r.Submission.Accepted, pc)
	case r.Submission.Phase == ledger.Erasing:
		return Say("*Being erased.* After that it is rebuilt.")
	case r.Submission.Phase == ledger.Building:
		return Say("*Being rebuilt.*")
	}
	return Say("*Accepted by Microsoft.* %s will be erased and rebuilt.", pc)
}

func provisioningList(r ledger.Request) string {
	switch {
	case !r.Submission.Overdue.IsZero():
		return "overdue"
	case waitsForPower(r):
		return "waiting to be powered on"
	case r.Submission.Phase == ledger.Erasing:
		return "being erased"
	case r.Submission.Phase == ledger.Building:
		return "being rebuilt"
	}
	return "accepted by Microsoft"
}

// progress says on the card how far a run is and when its end is expected. As the card is drawn only a few
// times, it gives times of day, which stay true, and says of when the number of minutes is. It is
// empty while nothing goes on.
func progress(r ledger.Request, p Progress) Line {
	began, u := r.RunBegan(), p.Usual
	if r.State != ledger.Provisioning || p.Now.IsZero() || began.IsZero() {
		return ""
	}
	if !r.Submission.Overdue.IsZero() {
		return " " + usually(u)
	}
	elapsed := p.Now.Sub(began)
	line := Say("\n%s %s, as of %s\n", bar(elapsed, u), short(elapsed), timeOfDay(p.Now))
	switch {
	case elapsed >= time.Minute:
	case r.Submission.Power.IsZero():
		line = Say("\n%s sent at %s\n", bar(elapsed, u), timeOfDay(began))
	default:
		line = Say("\n%s powered on by %s\n", bar(elapsed, u), timeOfDay(began))
	}
	switch {
	case elapsed > u.High:
		return line + "This is taking longer than usual. " + usually(u)
	case u.Sample == ledger.Assumed:
		return line + usually(u)
	case elapsed > u.Median:
		return line + Say("Expected by about %s. ", timeOfDay(nextFive(began.Add(u.High)))) + usually(u)
	}
	return line + Say("Expected at about %s. ", timeOfDay(nextFive(began.Add(u.Median)))) + usually(u)
}

// spokenProgress is the same in a few words, for notifications and screen readers, which would read a bar
// sign by sign.
func spokenProgress(r ledger.Request, p Progress) Line {
	if began := r.RunBegan(); progress(r, p) != "" && r.Submission.Overdue.IsZero() && p.Now.Sub(began) >= time.Minute {
		return Say(" %s so far, usually %s.", short(p.Now.Sub(began)), middleHalf(p.Usual))
	}
	return ""
}

// bar is how much of the longest usual time has passed, in tenths. It is never full: the end is known only
// when it shows.
func bar(elapsed time.Duration, u ledger.Usual) string {
	const tenths = 10
	full := tenths - 1
	if elapsed < u.High {
		full = int(max(elapsed, 0) * tenths / u.High)
	}
	return strings.Repeat("▰", full) + strings.Repeat("▱", tenths-full)
}

// usually says how long the middle half of the runs took, and of which.
func usually(u ledger.Usual) Line {
	switch u.Sample {
	case ledger.OfKin:
		return Say("Machines like this one usually take %s.", middleHalf(u))
	case ledger.OfAll:
		return Say("Rebuilds here usually take %s.", middleHalf(u))
	}
	return Say("Usually it takes %s.", middleHalf(u))
}

// middleHalf is the middle half, in whole minutes.
func middleHalf(u ledger.Usual) string {
	low, high := u.Low.Round(time.Minute), u.High.Round(time.Minute)
	switch {
	case low == high:
		return "about " + short(high)
	case high < hoursFrom:
		return fmt.Sprintf("%d to %s", int(low.Minutes()), short(high))
	}
	return short(low) + " to " + short(high)
}

// hoursFrom is from when on minutes are counted in hours.
const hoursFrom = 100 * time.Minute

// short is a duration in whole minutes.
func short(d time.Duration) string {
	if d = d.Truncate(time.Minute); d < hoursFrom {
		return fmt.Sprintf("%d min", int(d.Minutes()))
	}
	if d%time.Hour == 0 {
		return fmt.Sprintf("%d h", d/time.Hour)
	}
	return fmt.Sprintf("%d h %d min", d/time.Hour, d%time.Hour/time.Minute)
}

// timeOfDay is a time of today in the reader's own zone (docs.slack.dev/messaging/formatting-message-text).
func timeOfDay(t time.Time) Line {
	return Line(fmt.Sprintf("<!date^%d^{time}|%s>", t.Unix(), t.UTC().Format("15:04 UTC")))
}

// nextFive is the next time that is a multiple of five minutes: an estimate has no odd minutes.
func nextFive(t time.Time) time.Time { return t.Add(5*time.Minute - 1).Truncate(5 * time.Minute) }

func succeededStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return Say("*Looks rebuilt.* %s has a new device identity, after %s.", pc, took(r)) + caveat(r.Cause) + renamed(r)
	case ledger.WithWarnings:
		return Say("*Ready, with warnings.* %s was rebuilt in %s.", pc, took(r)) + caveat(r.Cause) + built(r) + renamed(r)
	}
	return Say("*Ready.* %s was rebuilt in %s.", pc, took(r)) + built(r) + renamed(r)
}

// renamed says what the device is called now, if that is something else.
func renamed(r ledger.Request) Line {
	if r.Result.DeviceName == "" || r.Result.DeviceName == r.Target.DeviceName {
		return ""
	}
	return Say(" Its device name is now %s.", Literal(r.Result.DeviceName))
}

// signIn says, once a machine is ready, where to sign in to it. The first one may fail for some minutes
// yet: a helpdesk saw 5 to 10 (Microsoft gives no figure).
func signIn(r ledger.Request, l Links) Line {
	var with Line
	if l.WindowsApp != "" {
		with = " with " + link(l.WindowsApp, "Windows App")
	}
	switch {
	case r.State != ledger.Succeeded:
		return ""
	case r.Cause.Code == ledger.LooksRebuilt:
		return Say("\nSign in%s to see; the first sign-in may take some minutes more.", with)
	}
	return Say("\nNow %s can sign in%s; the first sign-in may take some minutes more.", owner(r), with)
}
