package ledger

// Effects are the kinds of event that have a row in effects.go, and whether they say who decided.
func Effects() map[Kind]bool {
	all := map[Kind]bool{}
	for kind, does := range effects {
		all[kind] = does == decides || does == agrees
	}
	return all
}
