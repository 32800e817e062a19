package bot

import (
	"slices"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/words"
)

// mostCalled is how many people of the admins a card mentions by itself; a longer list is ignored by everyone on it.
const mostCalled = 5

// Approvers are whom a card mentions when it goes up, by NOTIFY_APPROVERS: "auto" are the user
// groups among the admins, and the people among them if they are at most five; "off" is nobody; else
// the ids that it lists.
func Approvers(notify, admins []string, home string) (who words.Mentions) {
	auto := slices.Equal(notify, []string{"auto"})
	switch {
	case auto:
		notify = admins
	case slices.Equal(notify, []string{"off"}):
		return words.Mentions{}
	}
	who = Mentions(notify, home)
	if auto && len(who.People) > mostCalled {
		who.People = nil
	}
	return who
}

// Mentions are those of everybody on a list of people and user groups.
func Mentions(list []string, home string) (who words.Mentions) {
	people, groups := auth.Apart(list)
	for _, id := range people {
		who.People = append(who.People, auth.Person{Org: home, ID: id})
	}
	who.Groups = groups
	return who
}

func orNobody(who func() words.Mentions) func() words.Mentions {
	if who == nil {
		return func() words.Mentions { return words.Mentions{} }
	}
	return who
}
