package auth

// Group is a user group that a list names.
type Group struct {
	ID   string // S…
	List string // ADMINS or REQUESTERS, for whom runs the bot
}

// IsGroup reports whether an entry of an allowlist is a user group and not a person.
func IsGroup(entry string) bool { return groupID.MatchString(entry) }

// Apart takes the people and the user groups of an allowlist apart.
func Apart(list []string) (people, groups []string) {
	for _, entry := range list {
		if IsGroup(entry) {
			groups = append(groups, entry)
		} else {
			people = append(people, entry)
		}
	}
	return people, groups
}

// Groups are the user groups that are still to be known before the attempt is judged: those
// that could change whether it is allowed, or whether an admin asks, which may save an
// approval. Who is listed by id needs none for what that allows, and nobody needs one for
// what it would not allow either.
func (r *Rules) Groups(a Attempt) (open []Group) {
	if a.By.Org != r.Home {
		return nil
	}
	admin, admins := on(r.Admins, "ADMINS", a)
	requester, requesters := on(r.Requesters, "REQUESTERS", a)
	differ := func(x, y Verdict) bool {
		asks := a.Act == Ask || a.Act == Again
		return x.Allowed != y.Allowed || asks && x.Allowed && x.Reason != y.Reason
	}
	if differ(r.decide(a, false, requester), r.decide(a, true, requester)) {
		open = append(open, admins...)
	}
	if !admin && differ(r.decide(a, false, false), r.decide(a, false, true)) {
		open = append(open, requesters...)
	}
	return open
}

// on looks for somebody on a list: by id, or by a group that is known to have them. If they
// are not found, open are the list's groups that are not known.
func on(list []string, name string, a Attempt) (found bool, open []Group) {
	for _, entry := range list {
		in, known := a.Groups[entry]
		switch group := IsGroup(entry); {
		case group && in, !group && entry == a.By.ID:
			return true, nil
		case group && !known:
			open = append(open, Group{entry, name})
		}
	}
	return false, open
}
