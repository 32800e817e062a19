package words

import (
	"cloudpc-bot/bot/ledger"
)

// What is told of what has been: one line for a request, one line for an event.

// LongestName is how much of a machine's name a line shows.
const LongestName = 60

// header is a request by its id, which leads to its card, and its machine.
func header(r ledger.Request, address string) Line {
	id := Say("%s", string(r.ID))
	if address != "" {
		id = link(address, string(r.ID))
	}
	return Say("• %s · %s · %s", id, Literal(Plain(MachineName(r), LongestName)), shortStatus(r))
}

// LiveLine is a request that is under way.
func LiveLine(r ledger.Request, address string) Line {
	return header(r, address) + Say(" · asked by %s %s", r.Requester, r.Asked)
}

// PastLine is a request that was asked once: what became of it, and by whom.
func PastLine(r ledger.Request, address string) Line {
	line := header(r, address)
	switch r.Decided.Kind {
	case ledger.WasDenied, ledger.WasCancelled:
		line += Say(" by %s", r.Decided.By)
	case ledger.WasLeft:
		line += Say(", decided by %s", r.Decided.By)
	}
	if r.State.Ended() {
		line += Say(" %s", r.Ended)
	}
	line += Say(" · asked by %s %s", r.Requester, r.Asked)
	if len(r.Consents) > 0 {
		line += Say(" · approved by %s", approvers(r))
	}
	return line
}

// WhichPage says which part of a long answer this is.
func WhichPage(at, last int, open bool) Line {
	if open {
		return Say("\nPage %d of more than %d.", at, last-1)
	}
	return Say("\nPage %d of %d.", at, last)
}

// NothingAsked answers history where there is none.
func NothingAsked(admin bool) Line {
	if admin {
		return Say("Nothing was ever asked.")
	}
	return Say("You have not asked for anything yet.")
}

// UnknownMachine answers about a machine of which the ledger has no request, or none that
// is the reader's to see.
func UnknownMachine(name string, admin bool) Line {
	of := Line("")
	if !admin {
		of = " of yours"
	}
	return Say("I know no request%s for %s. `/reprovision history` shows all that there were.", of, Literal(Plain(name, LongestName)))
}

// UnknownPage answers a press whose value is no page.
func UnknownPage() Line {
	return Say("I cannot read where that button leads. `/reprovision list` and `/reprovision history` show what there is.")
}
