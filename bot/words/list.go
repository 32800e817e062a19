package words

import (
	"cloudpc-bot/bot/ledger"
)

// frozen says that the brakes are on.
func frozen(b ledger.Brakes) Line {
	if b.By.IsZero() {
		return Say("*Frozen at the start*, %s (START_FROZEN). Nothing more is erased until an admin types `/reprovision unfreeze`.", b.At)
	}
	if b.Why == "" {
		return Say("*Frozen by %s*, %s. Nothing more is erased until an admin types `/reprovision unfreeze`.", b.By, b.At)
	}
	return Say("*Frozen by %s*, %s (reason: %s). Nothing more is erased until an admin types `/reprovision unfreeze`.", b.By, b.At, b.Why)
}

// FrozenNow answers freeze. before are the brakes as they were, and out the requests whose call has gone
// out and can no longer be held.
func FrozenNow(before ledger.Brakes, out []ledger.Request) Line {
	line := Say("Frozen. Nothing more is erased until an admin types `/reprovision unfreeze`.")
	if before.Frozen {
		line = frozen(before)
	}
	if len(out) == 0 {
		return line + Say(" Nothing is in progress.")
	}
	line += Say(" These are already in progress and cannot be stopped:")
	for _, r := range out {
		line += Say("\n• %s · %s · %s", string(r.ID), Literal(MachineName(r)), shortStatus(r))
	}
	return line
}

// Unfrozen answers unfreeze. before are the brakes as they were.
func Unfrozen(before ledger.Brakes) Line {
	if !before.Frozen {
		return Say("Nothing was frozen.")
	}
	return Say("Unfrozen. Approved requests that were waiting continue now, unless they have expired.")
}
