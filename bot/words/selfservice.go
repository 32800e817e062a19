package words

import (
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
)

// What people read of a request that they make for a Cloud PC of their own, with their own sign-in.

// How self-service is begun once more.
const (
	mineAgain   = "Type `/reprovision mine` to start again."
	signInAgain = "Type `/reprovision mine` to sign in again."
)

// SigningIn answers the command that begins it.
func SigningIn(r ledger.Request) Line {
	return Say("%s: asking Microsoft for a code to sign in with…", string(r.ID))
}

// OnlyTheirOwn answers somebody on no list who may still reprovision a machine of their own.
func OnlyTheirOwn() Line {
	return MayNot(auth.Verdict{Reason: auth.NotListed}) + Say(" Your own Cloud PC you can reprovision yourself: type `/reprovision mine`.")
}

// SigningInAlready answers the same command while the requester signs in, or has to choose a machine.
func SigningInAlready(r ledger.Request) Line {
	if r.Self.SignedIn.IsZero() {
		return Say("%s: you are signing in already. I'm showing you the code again.", string(r.ID))
	}
	return Say("%s: you are signed in already. I'm showing you your Cloud PCs again.", string(r.ID))
}

// SignInCode tells the requester where to sign in with which code. address is Microsoft's own, and code too.
func SignInCode(r ledger.Request, address, code string, until time.Time) (Line, []Pick) {
	line := Say("%s: to reprovision your own Cloud PC, sign in to Microsoft: open %s and enter the code `%s` until %s. ", string(r.ID), signInPage(address), Plain(code, 40), until) +
		Say("*Enter this code only if you typed the command yourself*, and never one that somebody sends you.")
	return line, []Pick{{Action: PressGiveUp, Text: Say("Not now?"), Button: "Give up", Value: string(r.ID), Label: "Give up signing in"}}
}

// signInPage is a link to the page that Entra names. What is not a web address is only shown.
func signInPage(address string) Line {
	page, ok := strings.CutPrefix(address, "https://")
	if !ok || page == "" || len(page) > 200 || strings.ContainsFunc(page, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>|&", r) }) {
		return Say("%s", Plain(address, 200))
	}
	return link(address, page)
}

// OwnMachines asks the requester, who is signed in, which of their machines they mean.
func OwnMachines(r ledger.Request, until time.Time) (Line, []Pick) {
	line := Say("%s: you are signed in to Microsoft as %s. ", string(r.ID), Plain(r.Self.Account.Name, 80))
	if len(r.Choices) == 1 {
		line += Say("This is your Cloud PC: to erase and rebuild it, choose it until %s; nothing is requested before that.", until)
	} else {
		line += Say("Which Cloud PC do you want to erase and rebuild? Choose one until %s; nothing is requested before that.", until)
	}
	_, picks := Picker(r, until)
	for i := range picks {
		picks[i].Button, picks[i].Label = "Choose", Plain("Choose "+ChoiceName(r.Choices[i]), 75)
	}
	return line, append(picks, Pick{Action: PressGiveUp, Text: Say("Not now?"), Button: "Give up", Value: string(r.ID), Label: "Give up"})
}

// ConfirmText is what the form says in which the requester types a machine's name. All of it is plain text.
type ConfirmText struct {
	Title, Warning, Send, Cancel string
	Name, Reason                 FieldText
}

// ConfirmForm is that form for a machine; needed is how many approvals follow.
func ConfirmForm(machine string, needed int) ConfirmText {
	says := ConfirmText{
		Title: "Erase " + machine,
		Warning: "All files and apps on " + machine + " will be erased. This cannot be undone. What is in OneDrive, SharePoint or your mailbox stays: copy there whatever else you need. " +
			"You can't sign in to it for about an hour after it begins.",
		Send: "Erase it", Cancel: "Cancel",
		Name:   FieldText{Label: "Type the name of the Cloud PC to confirm", Placeholder: machine},
		Reason: FieldText{Label: "Reason", Hint: "Everyone who can see the request can read this."},
	}
	if needed > 0 {
		says.Send = "Send request"
	}
	return says
}

// NotItsName stands in that form at a name that is another one.
func NotItsName(machine string) Line {
	return Say("This is not the name of the Cloud PC. Type %s to confirm, or close this form.", Plain(machine, 60))
}

// AlreadyConfirmed answers the form if it was sent for a request that is no longer looking for its machine.
func AlreadyConfirmed(r ledger.Request) Line {
	return Say("%s has gone on without this. `/reprovision status %s` shows where it stands.", string(r.ID), string(r.ID))
}

// WithdrawInstead answers somebody who gives up signing in once the request has a card.
func WithdrawInstead(r ledger.Request) Line {
	return Say("%s has a card by now: press Withdraw on it, or type `/reprovision cancel %s`.", string(r.ID), string(r.ID))
}

// selfService says who asked, in Slack and in Entra, and who approved it.
func selfService(r ledger.Request) Line {
	line := Say("\n*Self-service:* requested by %s, who is signed in to Microsoft as %s", r.Requester, Plain(r.Self.Account.Name, 80))
	if r.Self.Account.Name == "" {
		line = Say("\n*Self-service:* requested by %s", r.Requester)
	}
	if len(r.Consents) > 0 && r.State != ledger.Pending && r.State != ledger.Approved {
		line += Say(", approved by %s", approvers(r))
	}
	return line + "."
}

// strangeAccount warns, before everything else on a card, of an account that may not be the requester's.
func strangeAccount(r ledger.Request) Line {
	account := Plain(r.Self.Account.Name, 80)
	switch {
	case r.State != ledger.Pending && r.State != ledger.Approved && r.State != ledger.Resolving: // decided
	case r.Self.Email == ledger.EmailDiffers:
		return Say(":warning: *%s is not the e-mail address of %s's Slack profile.* Make sure that both are the same person.\n", account, r.Requester)
	case r.Self.Email == ledger.EmailUnread:
		return Say(":warning: *I can't see the e-mail address of %s's Slack profile.* Make sure that %s is theirs.\n", r.Requester, account)
	}
	return ""
}

// signInEnds reports whether a card expires because the sign-in does.
func signInEnds(r ledger.Request) bool {
	return r.IsSelfService() && !r.Expires.Before(r.Self.Until)
}

func noSignIn(c ledger.Cause) Line {
	if row := causes.SignIn(c.Detail); !row.IsZero() {
		return Say("%s.", row.What)
	}
	return Say("the requester is not signed in to Microsoft (%s).", c.Detail)
}

func ownForbiddenCure(ledger.Cause) Line {
	return Say("%s Then type `/reprovision mine` again.", causes.Graph(0, causes.SelfService).Do)
}

func noSignInCure(c ledger.Cause) Line {
	row := causes.SignIn(c.Detail)
	switch {
	case c.Detail == string(ledger.SignInLost), c.Detail == string(ledger.SignInEnded):
		return signInAgain
	case row.Retry == causes.Useless:
		return Say("%s", row.Do)
	case row.Do != "":
		return Say("%s ", row.Do) + mineAgain
	}
	return mineAgain
}
