package words

import (
	"cmp"
	"strings"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// status says where a request stands, for its card.
func Status(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch r.State {
	case ledger.Resolving:
		return Say("Looking at the machine…")
	case ledger.Pending:
		line := Say("*Waiting for approval:* %d of %d, until %s.", len(r.Consents), r.Needed, r.Expires)
		if len(r.Consents) > 0 {
			line += Say(" Approved so far by %s.", approvers(r))
		}
		line += Say("\nIt wipes %s: everything on it is lost, there is no undo, and %s cannot sign in for about an hour.", pc, owner(r))
		if r.Target.Power == poweredOff {
			line += Say("\n%s is powered off: Graph erases it only when somebody starts it.", pc)
		}
		return line + earlier(r)
	case ledger.Approved:
		if r.Cause.Code != "" {
			return Say("Approved, and waiting: %s", Why(r.Cause))
		}
		if len(r.Consents) > 0 {
			return Say("Approved by %s. Sending it to Graph…", approvers(r))
		}
		return Say("Approved. Sending it to Graph…")
	case ledger.Denied:
		return Say("*Denied* by %s. Nothing was wiped.", r.Decided.By) + reason(r.Decided.Reason)
	case ledger.Cancelled:
		return Say("*Cancelled* by %s. Nothing was wiped.", r.Decided.By)
	case ledger.Submitting:
		return Say("Sending it to Graph…")
	case ledger.Provisioning:
		switch {
		case waitsForPower(r):
			return Say("*Waiting for power.* Graph accepted it %s, and erases %s when it is started: it is powered off.", r.Submission.Accepted, pc)
		case !r.Submission.Overdue.IsZero():
			return Say("*Overdue.* Graph accepted it %s and does not say that it is ready.", r.Submission.Accepted)
		case !r.Submission.Seen.IsZero():
			return Say("%s is being rebuilt. It usually takes about an hour.", pc)
		default:
			return Say("Accepted by Graph. %s is being wiped and rebuilt.", pc)
		}
	case ledger.Unconfirmed:
		return Say("*Unconfirmed.* I do not know whether Graph acted: %s", Why(r.Cause))
	case ledger.Succeeded:
		switch r.Cause.Code {
		case ledger.LooksRebuilt:
			return Say("*Looks rebuilt.* %s has a new device identity, after %s.", pc, took(r)) + caveat(r.Cause)
		case ledger.WithWarnings:
			return Say("*Done, with warnings.* %s is ready, after %s.", pc, took(r)) + caveat(r.Cause) + built(r)
		}
		return Say("*Done.* %s is ready, after %s.", pc, took(r)) + built(r)
	case ledger.Failed:
		switch r.Failure {
		case ledger.ByBuild:
			if r.Cause.Code == ledger.NotBegun {
				return Say("*Failed.* Graph accepted it, and then reports %s.", r.Cause.Detail)
			}
			return Say("*Failed.* %s was wiped and is not ready.", pc)
		case ledger.Unfinished:
			return Say("*Closed by %s.* Graph accepted it, and its end was never seen: %s may be erased.", r.Decided.By, pc)
		case ledger.Unproven:
			return Say("*Failed.* Nobody knows whether %s was wiped; %s left it at that.", pc, r.Decided.By)
		}
		return Say("*Failed.* Nothing was wiped: %s", Why(r.Cause))
	case ledger.Expired:
		return Say("*Expired.* Nothing was wiped.")
	case ledger.Voided:
		return Say("*Voided.* Nothing was wiped: %s", Why(r.Cause))
	default:
		return Say("*Refused.* Nothing was asked: %s", Why(r.Cause))
	}
}

// story is what the thread hears of an event; nothing where the card says enough.
func ThreadLine(r ledger.Request, e ledger.Event) (Line, bool) {
	pc := Literal(MachineName(r))
	switch e.Kind {
	case ledger.IsWaiting, ledger.WasHeld:
		if e.Count > 1 { // the same again
			return "", false
		}
		return Say("Nothing was wiped yet: %s I try again by myself, until %s.", Why(e.Cause), r.Expires), true
	case ledger.WasApproved:
		if e.To == ledger.Approved {
			return Say("Approved by %s.", e.By), true
		}
		return Say("Approved by %s: %d of %d.", e.By, e.Count, r.Needed), true
	case ledger.WasDenied:
		return Say("Denied by %s. Nothing was wiped.", e.By), true
	case ledger.WasExplained:
		why := e.Texts[ledger.TextWhy]
		if why == "" {
			why = "(erased)"
		}
		return Say("%s gives a reason: %s", e.By, why), true
	case ledger.WasCancelled:
		return Say("Cancelled by %s. Nothing was wiped.", e.By), true
	case ledger.WasLeft:
		if e.Cause.Code == ledger.NeverEnded {
			return Say("%s closed this: Graph accepted it, and its end was never seen. Look at %s before you ask again.", e.By, pc), true
		}
		return Say("%s leaves it at that. Nobody knows whether it was wiped: look at %s before you ask again.", e.By, pc), true
	case ledger.WasReminded:
		return reminder(r, e), true
	case ledger.WasExpired:
		if len(r.Consents) < r.Needed {
			return Say("This has expired: it was not approved in time, and nothing was wiped. Ask again if it is still wanted."), true
		}
		if !e.Cause.Until.IsZero() {
			return Say("This has expired, and nothing was wiped: Microsoft Graph asks me to wait until %s, and the approval does not last that long. Ask again after that if it is still wanted.", e.Cause.Until), true
		}
		return Say("This has expired: I could not act on it in time, and nothing was wiped. Ask again if it is still wanted."), true
	case ledger.WasVoided:
		return Say("I did not do this, and nothing was wiped: %s Look at the machine, then ask again.", Why(e.Cause)), true
	case ledger.WasAccepted:
		if e.Cause.Code == ledger.EvidenceOf {
			return Say("Graph did act after all: %s. I follow %s until it is ready.", e.Cause.Detail, pc), true
		}
		return Say("Accepted by Graph. %s is being wiped and rebuilt; %s cannot sign in meanwhile. It usually takes about an hour, and I will say so here when it is ready.", pc, owner(r)), true
	case ledger.AwaitsPower:
		return Say("%s is powered off, so nothing is erased yet: Graph begins when somebody starts it. I will say so here when it is ready.", pc), true
	case ledger.WasKept:
		return Say("%s wanted to close this, and it stays open: %s I keep looking.", e.By, Why(e.Cause)), true
	case ledger.WasDoubted:
		return Say("I do not know whether Graph acted: %s I will not send it a second time. I am looking at %s for signs of it and will tell you here.", Why(e.Cause), pc), true
	case ledger.IsUnsettled:
		return Say("%s, I still do not know whether %s is being wiped: Graph shows no sign of it. Please look at it in the Intune admin center, under Devices, Windows 365, and then press a button on the card. I keep looking meanwhile, and will not send it a second time.", r.Requester, pc), true
	case ledger.IsOverdue:
		return Say("%s, this takes longer than it should: Graph accepted it %s and does not say that %s is ready. A machine that is powered off waits for its user to start it. Look at it in the Intune admin center, under Devices, Windows 365. I keep looking, every hour.", r.Requester, r.Submission.Accepted, pc), true
	case ledger.HasSucceeded:
		line := Say("Done. %s is ready after %s; %s can sign in again.", pc, took(r), owner(r))
		if e.Cause.Code == ledger.LooksRebuilt {
			line = Say("%s looks rebuilt, after %s.", pc, took(r))
		}
		line += caveat(e.Cause) + built(r)
		if r.Result.DeviceName != "" && r.Result.DeviceName != r.Target.DeviceName {
			line += Say(" Its device name is now %s.", r.Result.DeviceName)
		}
		return line, true
	case ledger.HasFailed:
		if r.Failure == ledger.ByBuild && e.Cause.Code == ledger.NotBegun {
			return Say("%s, this failed: Graph accepted it, and then reports %s. Nothing shows that %s was wiped. Look at it in the Intune admin center, under Devices, Windows 365, before you ask again.", r.Requester, e.Cause.Detail, pc), true
		}
		if r.Failure == ledger.ByBuild {
			return Say("%s, this failed: %s was wiped and is not ready. %s Look at it in the Intune admin center, under Devices, Windows 365, mend what it names there, and ask again.", r.Requester, pc, Why(e.Cause)), true
		}
		return Say("%s, this failed and nothing was wiped: %s", r.Requester, Why(e.Cause)) + andAgain(e.Cause), true
	case ledger.CameLate:
		switch e.Outcome {
		case ledger.Acted:
			return Say("Graph's answer to the call has come late: it was accepted."), true
		case ledger.Declined:
			return Say("Graph's answer to the call has come late: it was refused. %s", Why(e.Cause)), true
		}
		return "", false
	case ledger.WasRefused:
		return Say("%s, nothing was asked: %s", r.Requester, Why(e.Cause)) + andAgain(e.Cause), true
	default: // asked, shown, submitted, seen: the card says it
		return "", false
	}
}

// reminder is what people hear of a request that stands open.
func reminder(r ledger.Request, e ledger.Event) Line {
	switch e.To {
	case ledger.Pending:
		return Say("%s still waits for approval: %d of %d, until %s.", Literal(MachineName(r)), len(r.Consents), r.Needed, r.Expires)
	case ledger.Unconfirmed:
		return Say("%s, nobody knows yet whether %s was wiped. Please look at it, then press a button on the card.", r.Requester, Literal(MachineName(r)))
	}
	return Say("%s, Graph still does not say that %s is ready. Please look at it in the Intune admin center, under Devices, Windows 365.", r.Requester, Literal(MachineName(r)))
}

// approvers are all who approved, in their order.
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

// poweredOff is Graph's word for a frontline machine that nobody has started.
const poweredOff = "poweredOff"

// waitsForPower reports whether Graph accepted the call and has not begun, since the machine is off.
func waitsForPower(r ledger.Request) bool {
	return !r.Submission.Power.IsZero() && r.Submission.Seen.IsZero()
}

// earlier warns of an erase of the same machine whose end nobody has seen.
func earlier(r ledger.Request) Line {
	if r.Earlier == "" {
		return ""
	}
	return Say("\n*An earlier erase of this machine (%s) never showed its end. Look at the machine before you approve.*", string(r.Earlier))
}

// readyWord says that a machine is ready, or as much of it as can be seen.
func readyWord(r ledger.Request) string {
	if r.Cause.Code == ledger.LooksRebuilt {
		return "Looks rebuilt"
	}
	return "Ready"
}

// caveat is what an end that is good has against it.
func caveat(c ledger.Cause) Line {
	switch c.Code {
	case ledger.LooksRebuilt:
		return Say(" This configuration cannot see more (GRAPH_BETA=false): try to sign in before you rely on it.")
	case ledger.WithWarnings:
		return Say(" Graph has warnings: %s.", c.Detail)
	}
	return ""
}

// builtAs are the options that a machine was built with, as far as that is known; else those
// that were asked for.
func builtAs(r ledger.Request) command.Order {
	o := r.Order
	if r.State == ledger.Succeeded {
		o.OS = cmp.Or(command.OS(r.Result.OS), o.OS)
		o.Account = cmp.Or(command.Account(r.Result.Account), o.Account)
	}
	return o
}

// built says what the machine was built as, as far as Graph shows it, and whether that is what
// was asked for.
func built(r ledger.Request) Line {
	is := options(builtAs(r))
	if r.Result.OS == "" && r.Result.Account == "" {
		return ""
	}
	differs := r.Order.OS != "" && r.Result.OS != "" && !strings.EqualFold(string(r.Order.OS), r.Result.OS) ||
		r.Order.Account != "" && r.Result.Account != "" && !strings.EqualFold(string(r.Order.Account), r.Result.Account)
	if differs {
		return Say(" *It was built as %s*, and %s was asked for.", is, options(r.Order))
	}
	return Say(" It was built as %s.", is)
}

func reason(text string) Line {
	if text == "" {
		return ""
	}
	return Say(" The reason: %s", text)
}

func owner(r ledger.Request) string {
	if r.Target.Shared {
		return "the people who share it"
	}
	if r.Target.User == "" {
		return "its user"
	}
	return r.Target.User
}

func took(r ledger.Request) time.Duration { return r.Ended.Sub(r.Submission.At) }
