package words

import (
	"cmp"
	"errors"
	"regexp"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// The sentences people read. Each says what happened and what happens next, or what
// the reader can do.

// received answers an accepted command.
func Received(r ledger.Request) Line {
	return Say("%s: looking for %s…", string(r.ID), Literal(r.Order.PC))
}

// literal is a name as it is, where Slack would draw it as something else: *NAME* in bold,
// :name: as a picture. Such a name stands in fixed width, in which Slack draws nothing; no
// character is put into it, so that it can be copied.
func Literal(name string) Line {
	if drawn.MatchString(name) {
		return Say("`%s`", name)
	}
	return Say("%s", name)
}

// drawn is a mark where Slack takes it for one, at the edge of a word, or a picture's name.
var drawn = regexp.MustCompile(`(^|[^\pL\pN])[*_~]|[*_~]([^\pL\pN]|$)|:[^\s:]+:`)

// unsure answers a command of which nobody knows whether it is written down.
func PerhapsRecorded() Line {
	return Say("I am not sure I have this: see `/reprovision list` before you ask again. My memory does not answer as it should.")
}

// landed tells who pressed, and saw Slack's warning, that it came through.
func LateRecorded() Line {
	return Say("I have it after all: my memory was slow to answer, so Slack told you otherwise. There is nothing more to press.")
}

// notTaken tells them that it did not, as far as is known.
func LateLost() Line {
	return Say("I could not take that in: my memory does not answer as it should. Look at the card, or at `/reprovision list`, and press again if it is not there.")
}

// forgetful answers a command for which the ledger could not be read or written.
func LedgerDown() Line {
	return Say("My memory does not answer as it should, so I do not know. Please try again in a minute; if it stays like this, tell whoever runs me to look at my log.")
}

// mayNot says why somebody may not do what they tried.
func MayNot(v auth.Verdict) Line {
	switch v.Reason {
	case auth.Foreign:
		return Say("You belong to another organisation than this bot, so I cannot do that for you.")
	case auth.OwnRequest:
		return Say("You asked for this one, so somebody else has to approve it.")
	case auth.NotAdmin:
		return Say("Only an admin on my list may do that.")
	case auth.NotTheirs:
		return Say("Only an admin, or who asked for it, may do that.")
	case auth.IsGuest:
		return Say("You are a guest in this workspace, and guests may not do that.")
	case auth.IsBot, auth.IsGone:
		return Say("This account may not do that.")
	case auth.Outside:
		return Say("This channel is shared with another organisation, or about to be, so I do nothing here. Ask in one that is not.")
	case auth.Hidden:
		return Say("I am not in this channel, so I may not post there and do not see who reads it. Invite me with `/invite`, or ask in a channel that I am in.")
	case auth.NoScope:
		return Why(ledger.MissingScope(v.Detail)) + Say(" I did nothing.")
	case auth.Unknown:
		return Say("Slack did not tell me in time who you are, in which user groups you are, or what this channel is, so I did nothing. Please press again, or type it again, in a moment.")
	default:
		return Say("Only the admins on my list may ask for a reprovision, and you are not on it. Ask your IT admins, or ask whoever runs me to add you.")
	}
}

// help says what the reader may do.
func Help(v auth.Verdict) Line {
	if !v.Allowed && v.Reason != auth.Unknown {
		return MayNot(v)
	}
	text := "/reprovision <pc> [os=windows10|windows11]\n  [account=standardUser|administrator] [reason=\"…\"]\n" +
		"/reprovision status [<request>|<pc>]\n/reprovision list\n/reprovision history [<pc>]\n" +
		"/reprovision cancel <request>\n"
	if v.Reason != auth.IsRequester {
		text += "/reprovision freeze [<why>]\n/reprovision unfreeze\n"
	}
	return Say("*Reprovision a Cloud PC.* It wipes the machine and builds it anew; there is no undo.\n") +
		code(text+"/reprovision help") +
		Say("\n`&lt;pc&gt;` is a Cloud PC's id or its exact name, in quotes where it has spaces or looks like one of these words: `/reprovision \"list\"` asks for a machine called list. Without options the machine becomes what its policy says. ") +
		Say("`cancel` works until the call to Graph is out; `freeze` holds every call that is not.")
}

// misread says what is wrong with a command and what was meant.
func Misread(err error) Line {
	var e *command.Error
	if !errors.As(err, &e) {
		return Say("I could not read that. Try `/reprovision help`.")
	}
	switch e.Problem {
	case command.NearVerb, command.Buttons, command.NoVersion:
		return mistake(e) + named(e)
	}
	return mistake(e) + named(e) + "\n" + code(e.Pointer()) + Say("\n%s `/reprovision help` shows what I understand.", undone(e.Verb))
}

// named says how to name the machine that was meant, perhaps.
func named(e *command.Error) Line {
	if e.Machine == "" {
		return ""
	}
	return Say(" A Cloud PC of that name goes in quotes: `/reprovision %s`.", e.Machine)
}

// undone says what a verb did not do that was nearly there, or not understood.
func undone(v command.Verb) Line {
	switch v {
	case command.Reprovision, "":
		return Say("Nothing was asked.")
	case command.Freeze:
		return Say("Nothing is frozen.")
	case command.Unfreeze:
		return Say("Nothing is unfrozen.")
	case command.Cancel:
		return Say("Nothing is cancelled.")
	}
	return Say("Nothing was looked up.")
}

// nearest says what was probably meant.
func nearest(e *command.Error) Line {
	switch {
	case e.Nearest == "":
		return ""
	case e.Nearest == string(command.Cancel):
		return Say(" Did you mean `/reprovision cancel` and the id of a request, which `/reprovision list` shows?")
	case e.Verb != "":
		return Say(" Did you mean `/reprovision %s`?", e.Nearest)
	}
	return Say(" Did you mean `%s`?", e.Nearest)
}

// mistake is one sentence about what was typed.
func mistake(e *command.Error) Line {
	near, got := nearest(e), Say("`%s`", e.Got)
	wants := strings.Join(e.Want, " or ")
	switch e.Problem {
	case command.NearVerb:
		return undone(e.Verb) + near
	case command.Buttons:
		return Say("Nothing is decided. Approve and Deny are buttons on the card of a request: `/reprovision %s` leads to it.", e.Nearest)
	case command.NoVersion:
		return Say("I cannot tell my version here; `cloudpc-bot version` prints it where I run. `/reprovision help` shows what I understand.")
	case command.Style:
		if near == "" {
			return Say("An option is a key and a value with = between them; %s takes %s.", e.Key, cmp.Or(wants, "any text"))
		}
		return Say("An option is a key and a value with = between them.") + near
	case command.Filler:
		return Say("I did not understand %s.", got) + near
	case command.OwnName:
		return Say("Leave out the word %s.", got) + near
	case command.NoMachine:
		return Say("Which Cloud PC? Name it first, by its exact name or its id.")
	case command.TwoMachines:
		return Say("I see more than one machine. One command is about one Cloud PC; a name with spaces goes in quotes.") + near
	case command.PersonNotMachine:
		return Say("That is a person. Name the Cloud PC itself, by its exact name or its id.")
	case command.UnknownKey:
		return Say("I do not know the option %s; there is %s.", got, wants) + near
	case command.KeyTwice:
		return Say("The option %s is there twice. Say it once.", e.Key)
	case command.NoValue:
		if wants == "" {
			return Say("The option %s has no value.", e.Key)
		}
		return Say("The option %s has no value; it takes %s.", e.Key, wants)
	case command.UnknownValue:
		return Say("%s is no value of %s; it takes %s.", got, e.Key, wants) + near
	case command.Sentinel:
		return Say("%s is a placeholder of Graph's and cannot be asked for; %s takes %s.", got, e.Key, wants)
	case command.Unquoted:
		return Say("A value with spaces goes in quotes.") + near
	case command.Unclosed, command.Glued:
		return Say("A quote is not closed.") + near
	case command.Control:
		return Say("There is a character in it that cannot be seen (%s). Type it again by hand.", e.Got)
	case command.NoRequest:
		return Say("Which request? Name it by its id, like R-7K3F; `/reprovision list` shows them.")
	case command.NotARequest:
		return Say("%s is no id of a request; they look like R-7K3F, and `/reprovision list` shows them.", got)
	case command.Excess:
		return Say("There is more than I understand: %s.", got) + near
	case command.TooLong:
		return Say("That is too long: %s characters, and %s fit.", e.Got, wants)
	default:
		return Say("I could not read that.") + near
	}
}

// orMachine follows an answer about a request that does not exist, where a machine may have
// been meant.
func OrMachine() Line {
	return Say(" If you mean a Cloud PC of that name, put the name in quotes.")
}

// refused tells the requester, who has no card to look at, that it came to nothing.
func Refused(r ledger.Request) Line {
	if r.State == ledger.Cancelled {
		return Say("%s is cancelled by %s. Nothing was wiped.", string(r.ID), r.Decided.By)
	}
	return Say("%s: nothing was asked of anybody. %s", string(r.ID), Why(r.Cause)) + andAgain(r.Cause)
}

// witness is what lets anybody check later, by what stands in Slack, that the ledger was not
// written anew: `cloudpc-bot audit R-7K3F:3f9c0a1b2c3d`.
func Witness(e ledger.Event) Line {
	return Say(" `%s:%s`", string(e.Request), e.Hash.Short())
}

// shownAt leads a requester to a card in another channel.
func CardIsAt(r ledger.Request, address string) Line {
	return Say("%s is %s.", string(r.ID), link(address, "here"))
}

// outOfReach begins what a requester is told in private because the thread cannot be.
func OutOfReach(r ledger.Request) Line {
	return Say("I cannot reach the card of %s any more, so I tell you here.\n", string(r.ID))
}

// notHere answers a command in direct messages where somebody else has to approve.
func NotHere() Line {
	return Say("This needs somebody else's approval, and nobody else sees these messages. Please ask in a channel that the admins are in.")
}

// unknownRequest answers about a request that the ledger does not have, or that is not
// the reader's to see.
func UnknownRequest(id string) Line {
	return Say("I know no request %s. If you see its card, another copy of this bot may run on another ledger; else `/reprovision list` shows what there is.", id)
}

// otherCard answers a press on a message that is not the request's card.
func OtherCard(r ledger.Request, address string) Line {
	if address == "" {
		return Say("This is not the card of %s.", string(r.ID))
	}
	return Say("This is not the card of %s; that one is %s. I did nothing.", string(r.ID), link(address, "here"))
}

// copied stands on a second copy of a card, or on the only one where the request ended before.
func copied(r ledger.Request, address string) Line {
	if address == "" {
		return Say("*This card does not count.* %s had ended before it was known to stand.", string(r.ID))
	}
	return Say("*This is a copy.* The card of %s is %s.", string(r.ID), link(address, "here"))
}

// stuck says in the thread what a card should show that Slack does not let be changed.
func CardStuck(r ledger.Request) Line {
	return Say("Slack does not let me change the card above any more: it stays as it is, and buttons that it still shows count for nothing that is over. What it should say: ") + Status(r)
}

// tooLate answers who decided when it was decided already.
func TooLate(e *ledger.DecidedError) Line {
	switch {
	case e.State == ledger.Failed && e.By.Kind == ledger.WasLeft:
		return Say("%s was first, and closed it %s.", e.By.By, e.By.At)
	case e.Out && !e.State.Ended() && e.By.Kind == ledger.WasApproved:
		return Say("%s was first: it is approved, and the call is out; it cannot be taken back. The thread tells how it goes on.", e.By.By)
	case e.Out && !e.State.Ended():
		return Say("Too late: the call is out, and it cannot be taken back. The thread tells how it goes on.")
	case e.State == ledger.Succeeded || e.Out:
		return Say("This has ended already: it has %s.", string(e.State))
	case e.By.Kind == ledger.WasApproved:
		return Say("%s was first: it is approved, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasDenied:
		return Say("%s was first: it is denied, %s.", e.By.By, e.By.At)
	case e.By.Kind == ledger.WasCancelled:
		return Say("%s was first: it is cancelled, %s.", e.By.By, e.By.At)
	}
	return Say("This is %s already, so there is nothing left to decide.", string(e.State))
}

func OneMoment() Line {
	return Say("One moment: I am still putting this up. Please press again.")
}

func ApprovedAlready() Line {
	return Say("You have approved this already; it takes somebody else's approval too.")
}

func HasExpired(r ledger.Request) Line {
	return Say("Too late: this has expired, %s. Nothing was wiped; ask again if it is still wanted.", r.Expires)
}

// lookingOnceMore answers who wants an overdue run closed.
func CheckingOnceMore(r ledger.Request) Line {
	return Say("I am looking at %s once more. If Graph shows no run under way, %s is closed; the thread says so either way.", Literal(MachineName(r)), string(r.ID))
}

// notOverdue answers who wants a run closed that is not overdue.
func NotOverdue(r ledger.Request) Line {
	return Say("%s is being rebuilt and is not overdue, so it cannot be closed. The thread tells how it goes on.", Literal(MachineName(r)))
}

func NotYet() Line {
	return Say("That cannot be done at the moment: I am still looking for signs of what Graph did. Please try again later.")
}

func Cancelled(r ledger.Request) Line {
	return Say("%s is cancelled. Nothing was wiped.", string(r.ID))
}

// list answers list, and status without a request.
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

// frozenNow answers freeze: how it stands, and what cannot be held any more.
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

func Unfrozen(before ledger.Brakes) Line {
	if !before.Frozen {
		return Say("It was not frozen.")
	}
	return Say("Unfrozen. What was approved and waited goes on now, unless it has expired.")
}
