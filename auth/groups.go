package auth

// Group is a user group on one of the lists.
type Group struct {
	ID   string // S…
	List string // ADMINS or REQUESTERS, for messages to operators
}

// IsGroup reports whether an entry of an allowlist is a user group rather than a person.
func IsGroup(entry string) bool { return groupID.MatchString(entry) }

// Apart separates an allowlist into people and user groups.
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

// Groups returns the user groups whose membership must still be looked up before the attempt
// is judged: those that could change whether it is allowed, or whether it is an admin who
// asks, which may save an approval. No lookup is needed for what a person's own entry on a
// list already allows, nor for what membership would not allow either.
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

// on looks for the person on a list, by id or by a group known to contain them. If they are
// not found, open holds the list's groups whose membership is unknown.
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
