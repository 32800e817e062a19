package words

import (
	"cmp"
	"fmt"
	"strings"

	"cloudpc-bot/bot/ledger"
)

// MaxErases is how many erases one card tells of, so that its text stays below Slack's limit for a section,
// 3000 characters (docs.slack.dev/reference/block-kit/blocks/section-block).
const MaxErases = 10

// OutsideErases is the card about erases that no request explains, at most [MaxErases], either all under
// the bot's own application or none.
func OutsideErases(events []ledger.Event) Card {
	if events[0].Outside.Own {
		return ownCredential(events)
	}
	title := "A Cloud PC was erased past this bot"
	if len(events) > 1 {
		title = fmt.Sprintf("%d Cloud PCs were erased past this bot", len(events))
	}
	return Card{
		Title:   title,
		Notice:  Say("%s: %s.", title, erasedNames(events)),
		Status:  Say(":warning: *No request explains this:*") + eraseLines(events),
		Warning: Say("If that was planned, there is nothing to do. If not, ask whoever is named. Who may reprovision at all is in the Intune admin center, under Tenant administration › Roles."),
		Small:   auditSource(events),
	}
}

// ownCredential is the card about erases under the bot's own application. What it advises: a service
// principal that is disabled gets no token (AADSTS7000112,
// learn.microsoft.com/entra/identity/enterprise-apps/disable-user-sign-in-portal), and one that it has
// lasts for 60 to 90 minutes (learn.microsoft.com/entra/identity-platform/configurable-token-lifetimes).
func ownCredential(events []ledger.Event) Card {
	title := "Somebody else is using this bot's credential"
	return Card{
		Title:  title,
		Notice: Say("%s: %s.", title, erasedNames(events)),
		Status: Say(":rotating_light: *This was done under the bot's own application, and not by this bot.* Somebody holds its credential, "+
			"or a second bot with the same application runs on another ledger, or this ledger was restored from a backup that lacks the request.") + eraseLines(events),
		Warning: Say("*Freeze:* disable the application in the Entra admin center: Enterprise applications, the application `%s`, Properties, "+
			"“Enabled for users to sign in?” No. That stops whoever holds the credential, and this bot; a token that was given out works for up to 90 minutes more. "+
			"`/reprovision freeze` stops only what is asked of this bot.\n"+
			"*Rotate:* under App registrations, Certificates & secrets, add a new credential and delete all the old ones; give the bot the new one and restart it; "+
			"then enable the application, and `/reprovision unfreeze`.\n"+
			"The application's sign-in logs say from where it was used.", events[0].Outside.App),
		Small: auditSource(events),
	}
}

// auditSource is where a card's erases are from, and the receipt of the last one, by its number in the ledger.
func auditSource(events []ledger.Event) Line {
	last := events[len(events)-1]
	return Say("from the tenant's audit log · receipt `%s`", ledger.Receipt{Number: last.Number, Hash: last.Hash.Short()}.String())
}

// eraseLines is a line for each erase.
func eraseLines(events []ledger.Event) (lines Line) {
	for _, e := range events {
		lines += Say("\n• ") + erased(e)
	}
	return lines
}

// erased says of one erase which machine, when and by whom.
func erased(e ledger.Event) Line {
	line := Say("*%s* was erased", Literal(Plain(erasedName(e), 60)))
	switch e.Outside.Result {
	case "clientError", "failure":
		line = Say("somebody tried to erase *%s*, and Microsoft refused", Literal(Plain(erasedName(e), 60)))
	case "success":
	default:
		line = Say("*%s* was probably erased", Literal(Plain(erasedName(e), 60)))
	}
	if !e.Outside.At.IsZero() {
		line += Say(" at %s", e.Outside.At)
	}
	by := cmp.Or(e.Texts[ledger.TextActor], "somebody whom the log does not name")
	line += Say(" by %s", Literal(Plain(by, 80)))
	if app := e.Outside.App; app != "" && !e.Outside.Own {
		line += Say(" with the application `%s`", Plain(app, 40))
	}
	return line
}

// erasedNames are the machines, as many as fit.
func erasedNames(events []ledger.Event) string {
	var names []string
	for _, e := range events {
		names = append(names, erasedName(e))
	}
	return Plain(strings.Join(names, ", "), 80)
}

func erasedName(e ledger.Event) string {
	return cmp.Or(e.Texts[ledger.TextName], e.Target, "a Cloud PC that the log does not name")
}

// pastErased is an erase past the bot in a list of events.
func pastErased(_ ledger.Request, e ledger.Event) Line { return erased(e) + "." }
