package execute

import (
	"strings"

	"golang.org/x/text/unicode/norm"

	"cloudpc-bot/bot/ledger"
)

// Protected are the policies, Cloud PCs and users whose machines this bot never erases: policy ids,
// Cloud PC ids and user principal names.
type Protected []string

// names is what of a machine is protected, as the operator wrote it; empty = nothing.
func (p Protected) names(t ledger.Target) string {
	for _, id := range p {
		for _, of := range []string{t.ID, t.PolicyID, t.User} {
			if of != "" && strings.EqualFold(norm.NFC.String(strings.TrimSpace(id)), norm.NFC.String(of)) {
				return strings.TrimSpace(id)
			}
		}
	}
	return ""
}
