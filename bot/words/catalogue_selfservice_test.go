package words

import (
	"time"

	"cloudpc-bot/bot/ledger"
)

// ownRequest is a request that ada made for her own machine, signed in as dan@example.com.
func ownRequest() ledger.Request {
	r := someRequests("")[0]
	r.Order.PC, r.Order.OS, r.Order.Account = "", "", ""
	r.Self = ledger.SelfService{
		Holder: "worker", Account: ledger.Account{ObjectID: "oid", Tenant: "tid", Name: "dan@example.com"},
		SignedIn: began, Until: began.Add(time.Hour), Email: ledger.EmailAgrees,
	}
	r.Choices = []ledger.Choice{{ID: "pc-1", Name: "CPC-dan", User: "dan@example.com"}, {ID: "pc-2", Name: "CPC-spare", User: "dan@example.com"}}
	return r
}

func theSelfService(c *catalogue) {
	c.chapter("self-service")
	say := func(name string, l Line) { c.say(name, c.answer(name, l)) }
	r := ownRequest()
	say("SigningIn", SigningIn(r))
	say("SigningInAlready", SigningInAlready(r))
	r.Self.SignedIn = time.Time{}
	say("SigningInAlready", SigningInAlready(r))
	picked := func(name string, l Line, picks []Pick) {
		say(name, l)
		for _, p := range picks {
			c.say(name, p.Text+Say(" [%s] %s", p.Button, p.Label))
		}
	}
	line, picks := SignInCode(r, "https://microsoft.com/devicelogin", "ABCDEFGHJ", began)
	picked("SignInCode", line, picks)
	line, picks = OwnMachines(r, began)
	picked("OwnMachines", line, picks)
	r.Choices = r.Choices[:1]
	line, picks = OwnMachines(r, began)
	picked("OwnMachines", line, picks)
	for _, needed := range []int{0, 1} {
		f := ConfirmForm("CPC-dan", needed)
		say("ConfirmForm", Say("%s | %s | %s (%s) | %s (%s) [%s] [%s]", f.Title, f.Warning, f.Name.Label, f.Name.Placeholder, f.Reason.Label, f.Reason.Hint, f.Send, f.Cancel))
	}
	say("AddReason", AddReason())
	say("OnlyTheirOwn", OnlyTheirOwn())
	say("NotItsName", NotItsName("CPC-dan"))
	say("WithdrawInstead", WithdrawInstead(r))
	say("AlreadyConfirmed", AlreadyConfirmed(r))
	for _, why := range constantsOf(c.t, "../ledger/selfservice.go", "NoSignInWhy") {
		cause := ledger.NoSignInBecause(ledger.NoSignInWhy(why))
		if noSignIn(cause) == "" || noSignInCure(cause) == "" {
			c.t.Errorf("%s is not explained", why)
		}
		c.say(why, Why(cause))
	}
	r = ownRequest()
	for _, r.State = range []ledger.State{ledger.Pending, ledger.Approved, ledger.Denied, ledger.Voided, ledger.Succeeded} {
		for _, r.Self.Email = range []ledger.EmailMatch{ledger.EmailAgrees, ledger.EmailDiffers, ledger.EmailUnread} {
			r.Expires = r.Self.Until
			for _, p := range cardParts(Draw(r, Links{})) {
				c.say(string(r.State)+" "+p.name, p.line)
			}
		}
	}
}
