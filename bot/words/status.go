package words

import (
	"cloudpc-bot/bot/ledger"
)

// Status says where a request stands, for its card.
func Status(r ledger.Request) Line {
	if say := statuses[r.State]; say != nil {
		return say(r)
	}
	return Say("%s.", string(r.State))
}

// statuses are a row a state: what the card says of a request in it.
var statuses = map[ledger.State]func(ledger.Request) Line{
	ledger.Resolving:    func(ledger.Request) Line { return Say("Looking at the machine…") },
	ledger.Pending:      pendingStatus,
	ledger.Approved:     approvedStatus,
	ledger.Submitting:   func(ledger.Request) Line { return Say("Sending it to Graph…") },
	ledger.Provisioning: provisioningStatus,
	ledger.Unconfirmed: func(r ledger.Request) Line {
		return Say("*Unconfirmed.* I do not know whether Graph acted: %s", Why(r.Cause))
	},
	ledger.Succeeded: succeededStatus,
	ledger.Failed:    failedStatus,
	ledger.Denied: func(r ledger.Request) Line {
		return Say("*Denied* by %s. Nothing was wiped.", r.Decided.By) + reason(r.Decided.Reason)
	},
	ledger.Cancelled: func(r ledger.Request) Line { return Say("*Cancelled* by %s. Nothing was wiped.", r.Decided.By) },
	ledger.Expired:   func(ledger.Request) Line { return Say("*Expired.* Nothing was wiped.") },
	ledger.Voided:    func(r ledger.Request) Line { return Say("*Voided.* Nothing was wiped: %s", Why(r.Cause)) },
	ledger.Refused:   func(r ledger.Request) Line { return Say("*Refused.* Nothing was asked: %s", Why(r.Cause)) },
}

func pendingStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	line := Say("*Waiting for approval:* %d of %d, until %s.", len(r.Consents), r.Needed, r.Expires)
	if len(r.Consents) > 0 {
		line += Say(" Approved so far by %s.", approvers(r))
	}
	line += Say("\nIt wipes %s: everything on it is lost, there is no undo, and %s cannot sign in for about an hour.", pc, owner(r))
	if r.Target.Power == poweredOff {
		line += Say("\n%s is powered off: Graph erases it only when somebody starts it.", pc)
	}
	return line + earlier(r)
}

func approvedStatus(r ledger.Request) Line {
	switch {
	case r.Cause.Code != "":
		return Say("Approved, and waiting: %s", Why(r.Cause))
	case len(r.Consents) > 0:
		return Say("Approved by %s. Sending it to Graph…", approvers(r))
	}
	return Say("Approved. Sending it to Graph…")
}

func provisioningStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case waitsForPower(r):
		return Say("*Waiting for power.* Graph accepted it %s, and erases %s when it is started: it is powered off.", r.Submission.Accepted, pc)
	case !r.Submission.Overdue.IsZero():
		return Say("*Overdue.* Graph accepted it %s and does not say that it is ready.", r.Submission.Accepted)
	case !r.Submission.Seen.IsZero():
		return Say("%s is being rebuilt. It usually takes about an hour.", pc)
	}
	return Say("Accepted by Graph. %s is being wiped and rebuilt.", pc)
}

func succeededStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch r.Cause.Code {
	case ledger.LooksRebuilt:
		return Say("*Looks rebuilt.* %s has a new device identity, after %s.", pc, took(r)) + caveat(r.Cause)
	case ledger.WithWarnings:
		return Say("*Done, with warnings.* %s is ready, after %s.", pc, took(r)) + caveat(r.Cause) + built(r)
	}
	return Say("*Done.* %s is ready, after %s.", pc, took(r)) + built(r)
}

func failedStatus(r ledger.Request) Line {
	pc := Literal(MachineName(r))
	switch {
	case r.Failure == ledger.ByBuild && r.Cause.Code == ledger.NotBegun:
		return Say("*Failed.* Graph accepted it, and then reports %s.", r.Cause.Detail)
	case r.Failure == ledger.ByBuild:
		return Say("*Failed.* %s was wiped and is not ready.", pc)
	case r.Failure == ledger.Unfinished:
		return Say("*Closed by %s.* Graph accepted it, and its end was never seen: %s may be erased.", r.Decided.By, pc)
	case r.Failure == ledger.Unproven:
		return Say("*Failed.* Nobody knows whether %s was wiped; %s left it at that.", pc, r.Decided.By)
	}
	return Say("*Failed.* Nothing was wiped: %s", Why(r.Cause))
}
