package bot

import (
	"cmp"
	"strings"
	"time"

	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// status says where a request stands, for its card.
func status(r ledger.Request) Line {
	pc := literal(pcName(r))
	switch r.State {
	case ledger.Resolving:
		return say("Looking at the machine…")
	case ledger.Pending:
		line := say("*Waiting for approval:* %d of %d, until %s.", len(r.Consents), r.Needed, r.Expires)
		if len(r.Consents) > 0 {
			line += say(" Approved so far by %s.", approvers(r))
		}
		line += say("\nIt wipes %s: everything on it is lost, there is no undo, and %s cannot sign in for about an hour.", pc, owner(r))
		if r.Target.Power == poweredOff {
			line += say("\n%s is powered off: Graph erases it only when somebody starts it.", pc)
		}
		return line + earlier(r)
	case ledger.Approved:
		if r.Cause.Code != "" {
			return say("Approved, and waiting: %s", why(r.Cause))
		}
		if len(r.Consents) > 0 {
			return say("Approved by %s. Sending it to Graph…", approvers(r))
		}
		return say("Approved. Sending it to Graph…")
	case ledger.Denied:
		return say("*Denied* by %s. Nothing was wiped.", r.Decided.By) + reason(r.Decided.Reason)
	case ledger.Cancelled:
		return say("*Cancelled* by %s. Nothing was wiped.", r.Decided.By)
	case ledger.Submitting:
		return say("Sending it to Graph…")
	case ledger.Provisioning:
		switch {
		case waitsForPower(r):
			return say("*Waiting for power.* Graph accepted it %s, and erases %s when it is started: it is powered off.", r.Submission.Accepted, pc)
		case !r.Submission.Overdue.IsZero():
			return say("*Overdue.* Graph accepted it %s and does not say that it is ready.", r.Submission.Accepted)
		case !r.Submission.Seen.IsZero():
			return say("%s is being rebuilt. It usually takes about an hour.", pc)
		default:
			return say("Accepted by Graph. %s is being wiped and rebuilt.", pc)
		}
	case ledger.Unconfirmed:
		return say("*Unconfirmed.* I do not know whether Graph acted: %s", why(r.Cause))
	case ledger.Succeeded:
		switch r.Cause.Code {
		case ledger.LooksRebuilt:
			return say("*Looks rebuilt.* %s has a new device identity, after %s.", pc, took(r)) + caveat(r.Cause)
		case ledger.WithWarnings:
			return say("*Done, with warnings.* %s is ready, after %s.", pc, took(r)) + caveat(r.Cause) + built(r)
		}
		return say("*Done.* %s is ready, after %s.", pc, took(r)) + built(r)
	case ledger.Failed:
		switch r.Failure {
		case ledger.ByBuild:
			if r.Cause.Code == ledger.NotBegun {
				return say("*Failed.* Graph accepted it, and then reports %s.", r.Cause.Detail)
			}
			return say("*Failed.* %s was wiped and is not ready.", pc)
		case ledger.Unfinished:
			return say("*Closed by %s.* Graph accepted it, and its end was never seen: %s may be erased.", r.Decided.By, pc)
		case ledger.Unproven:
			return say("*Failed.* Nobody knows whether %s was wiped; %s left it at that.", pc, r.Decided.By)
		}
		return say("*Failed.* Nothing was wiped: %s", why(r.Cause))
	case ledger.Expired:
		return say("*Expired.* Nothing was wiped.")
	case ledger.Voided:
		return say("*Voided.* Nothing was wiped: %s", why(r.Cause))
	default:
		return say("*Refused.* Nothing was asked: %s", why(r.Cause))
	}
}

// story is what the thread hears of an event; nothing where the card says enough.
func story(r ledger.Request, e ledger.Event) (Line, bool) {
	pc := literal(pcName(r))
	switch e.Kind {
	case ledger.IsWaiting, ledger.WasHeld:
		if e.Count > 1 { // the same again
			return "", false
		}
		return say("Nothing was wiped yet: %s I try again by myself, until %s.", why(e.Cause), r.Expires), true
	case ledger.WasApproved:
		if e.To == ledger.Approved {
			return say("Approved by %s.", e.By), true
		}
		return say("Approved by %s: %d of %d.", e.By, e.Count, r.Needed), true
	case ledger.WasDenied:
		return say("Denied by %s. Nothing was wiped.", e.By), true
	case ledger.WasExplained:
		why := e.Texts[ledger.TextWhy]
		if why == "" {
			why = "(erased)"
		}
		return say("%s gives a reason: %s", e.By, why), true
	case ledger.WasCancelled:
		return say("Cancelled by %s. Nothing was wiped.", e.By), true
	case ledger.WasLeft:
		if e.Cause.Code == ledger.NeverEnded {
			return say("%s closed this: Graph accepted it, and its end was never seen. Look at %s before you ask again.", e.By, pc), true
		}
		return say("%s leaves it at that. Nobody knows whether it was wiped: look at %s before you ask again.", e.By, pc), true
	case ledger.WasReminded:
		return reminder(r, e), true
	case ledger.WasExpired:
		if len(r.Consents) < r.Needed {
			return say("This has expired: it was not approved in time, and nothing was wiped. Ask again if it is still wanted."), true
		}
		if !e.Cause.Until.IsZero() {
			return say("This has expired, and nothing was wiped: Microsoft Graph asks me to wait until %s, and the approval does not last that long. Ask again after that if it is still wanted.", e.Cause.Until), true
		}
		return say("This has expired: I could not act on it in time, and nothing was wiped. Ask again if it is still wanted."), true
	case ledger.WasVoided:
		return say("I did not do this, and nothing was wiped: %s Look at the machine, then ask again.", why(e.Cause)), true
	case ledger.WasAccepted:
		if e.Cause.Code == ledger.EvidenceOf {
			return say("Graph did act after all: %s. I follow %s until it is ready.", e.Cause.Detail, pc), true
		}
		return say("Accepted by Graph. %s is being wiped and rebuilt; %s cannot sign in meanwhile. It usually takes about an hour, and I will say so here when it is ready.", pc, owner(r)), true
	case ledger.AwaitsPower:
		return say("%s is powered off, so nothing is erased yet: Graph begins when somebody starts it. I will say so here when it is ready.", pc), true
	case ledger.WasKept:
		return say("%s wanted to close this, and it stays open: %s I keep looking.", e.By, why(e.Cause)), true
	case ledger.WasDoubted:
		return say("I do not know whether Graph acted: %s I will not send it a second time. I am looking at %s for signs of it and will tell you here.", why(e.Cause), pc), true
	case ledger.IsUnsettled:
		return say("%s, I still do not know whether %s is being wiped: Graph shows no sign of it. Please look at it in the Intune admin center, under Devices, Windows 365, and then press a button on the card. I keep looking meanwhile, and will not send it a second time.", r.Requester, pc), true
	case ledger.IsOverdue:
		return say("%s, this takes longer than it should: Graph accepted it %s and does not say that %s is ready. A machine that is powered off waits for its user to start it. Look at it in the Intune admin center, under Devices, Windows 365. I keep looking, every hour.", r.Requester, r.Submission.Accepted, pc), true
	case ledger.HasSucceeded:
		line := say("Done. %s is ready after %s; %s can sign in again.", pc, took(r), owner(r))
		if e.Cause.Code == ledger.LooksRebuilt {
			line = say("%s looks rebuilt, after %s.", pc, took(r))
		}
		line += caveat(e.Cause) + built(r)
		if r.Result.DeviceName != "" && r.Result.DeviceName != r.Target.DeviceName {
			line += say(" Its device name is now %s.", r.Result.DeviceName)
		}
		return line, true
	case ledger.HasFailed:
		if r.Failure == ledger.ByBuild && e.Cause.Code == ledger.NotBegun {
			return say("%s, this failed: Graph accepted it, and then reports %s. Nothing shows that %s was wiped. Look at it in the Intune admin center, under Devices, Windows 365, before you ask again.", r.Requester, e.Cause.Detail, pc), true
		}
		if r.Failure == ledger.ByBuild {
			return say("%s, this failed: %s was wiped and is not ready. %s Look at it in the Intune admin center, under Devices, Windows 365, mend what it names there, and ask again.", r.Requester, pc, why(e.Cause)), true
		}
		return say("%s, this failed and nothing was wiped: %s", r.Requester, why(e.Cause)) + andAgain(e.Cause), true
	case ledger.CameLate:
		switch e.Outcome {
		case ledger.Acted:
			return say("Graph's answer to the call has come late: it was accepted."), true
		case ledger.Declined:
			return say("Graph's answer to the call has come late: it was refused. %s", why(e.Cause)), true
		}
		return "", false
	case ledger.WasRefused:
		return say("%s, nothing was asked: %s", r.Requester, why(e.Cause)) + andAgain(e.Cause), true
	default: // asked, shown, submitted, seen: the card says it
		return "", false
	}
}

// reminder is what people hear of a request that stands open.
func reminder(r ledger.Request, e ledger.Event) Line {
	switch e.To {
	case ledger.Pending:
		return say("%s still waits for approval: %d of %d, until %s.", literal(pcName(r)), len(r.Consents), r.Needed, r.Expires)
	case ledger.Unconfirmed:
		return say("%s, nobody knows yet whether %s was wiped. Please look at it, then press a button on the card.", r.Requester, literal(pcName(r)))
	}
	return say("%s, Graph still does not say that %s is ready. Please look at it in the Intune admin center, under Devices, Windows 365.", r.Requester, literal(pcName(r)))
}

// approvers are all who approved, in their order.
func approvers(r ledger.Request) Line {
	var out Line
	for i, c := range r.Consents {
		if i > 0 {
			out += ", "
		}
		out += say("%s", c.By)
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
	return say("\n*An earlier erase of this machine (%s) never showed its end. Look at the machine before you approve.*", string(r.Earlier))
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
		return say(" This configuration cannot see more (GRAPH_BETA=false): try to sign in before you rely on it.")
	case ledger.WithWarnings:
		return say(" Graph has warnings: %s.", c.Detail)
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
		return say(" *It was built as %s*, and %s was asked for.", is, options(r.Order))
	}
	return say(" It was built as %s.", is)
}

func reason(text string) Line {
	if text == "" {
		return ""
	}
	return say(" The reason: %s", text)
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
