package words

import (
	"cloudpc-bot/bot/ledger"
)

// The lines of lists and of the history, one for each request.

// LongestName is how many runes of a machine's name a line shows.
const LongestName = 60

// bullet begins a line: the request's id, linked to its card, and up to n runes of its machine's name.
// address is the link to the card, empty if there is none.
func bullet(r ledger.Request, address string, n int) Line {
	id := Say("%s", string(r.ID))
	if address != "" {
		id = link(address, string(r.ID))
	}
	return Say("• %s · %s", id, Literal(Plain(MachineName(r), n)))
}

// header is bullet with the request's status.
func header(r ledger.Request, address string) Line {
	return bullet(r, address, LongestName) + Say(" · %s", shortStatus(r))
}

// LiveLine is the first line of the status of a request.
func LiveLine(r ledger.Request, address string) Line {
	return header(r, address) + Say(" · requested by %s %s", r.Requester, r.Asked)
}

// PastLine is the line of a request in the history: what became of it, and who decided that.
func PastLine(r ledger.Request, address string) Line {
	line := header(r, address)
	switch r.Decided.Kind {
	case ledger.WasDenied, ledger.WasCancelled, ledger.WasLeft:
		line += Say(" by %s", r.Decided.By)
	}
	if r.State.Ended() {
		line += Say(" %s", r.Ended)
	}
	line += Say(" · requested by %s %s", r.Requester, r.Asked)
	if len(r.Consents) > 0 {
		line += Say(" · approved by %s", approvers(r))
	}
	return line
}

// WhichPage says which page of a long answer this is; open = there are at least last pages.
func WhichPage(at, last int, open bool) Line {
	if open {
		return Say("\nPage %d of more than %d.", at, last-1)
	}
	return Say("\nPage %d of %d.", at, last)
}

// NothingAsked answers history if there are no requests.
func NothingAsked(admin bool) Line {
	if admin {
		return Say("There are no requests yet.")
	}
	return Say("You have no requests yet.")
}

// UnknownMachine answers about a machine for which the ledger has no request that the reader may see.
func UnknownMachine(name string, admin bool) Line {
	of := Line("")
	if !admin {
		of = " of yours"
	}
	return Say("I can't find a request%s for %s. `/reprovision history` shows them all.", of, Literal(Plain(name, LongestName)))
}

// UnknownPage answers a press of a page button whose value cannot be read.
func UnknownPage() Line {
	return Say("That button no longer works. Try `/reprovision list` or `/reprovision history`.")
}
