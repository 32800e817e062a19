package words

import (
	"cloudpc-bot/bot/ledger"
)

// List answers list, and status without a request, with a line for each request.
func List(lines []Line, brakes ledger.Brakes, admin bool) Line {
	var out Line
	if brakes.Frozen {
		out = frozen(brakes) + "\n"
	}
	switch {
	case len(lines) == 0 && admin:
		return out + Say("Nothing is under way.")
	case len(lines) == 0:
		return out + Say("Nothing of yours is under way.")
	}
	for i, l := range lines {
		if i > 0 {
			out += "\n"
		}
		out += l
	}
	return out
}

// frozen says that the brakes are on.
func frozen(b ledger.Brakes) Line {
	if b.Why == "" {
		return Say("*Frozen by %s*, %s: no machine is wiped until an admin types `/reprovision unfreeze`.", b.By, b.At)
	}
	return Say("*Frozen by %s*, %s (%s): no machine is wiped until an admin types `/reprovision unfreeze`.", b.By, b.At, b.Why)
}

// FrozenNow answers freeze. before are the brakes as they were, and out the requests whose call has gone
// out and can no longer be held.
func FrozenNow(before ledger.Brakes, out []ledger.Request) Line {
	line := Say("Frozen: from now on no machine is wiped, until an admin types `/reprovision unfreeze`.")
	if before.Frozen {
		line = frozen(before)
	}
	if len(out) == 0 {
		return line + Say(" No call is out.")
	}
	line += Say(" These calls are out already and cannot be held:")
	for _, r := range out {
		line += Say("\n• %s · %s · %s", string(r.ID), Literal(MachineName(r)), string(r.State))
	}
	return line
}

// Unfrozen answers unfreeze. before are the brakes as they were.
func Unfrozen(before ledger.Brakes) Line {
	if !before.Frozen {
		return Say("It was not frozen.")
	}
	return Say("Unfrozen. What was approved and waited goes on now, unless it has expired.")
}
