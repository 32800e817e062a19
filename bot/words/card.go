package words

import (
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// Card is the root message of a request: what is asked, of which machine, and where it
// stands. It is drawn from the ledger alone and never read back.
type Card struct {
	Request ledger.ID
	Title   string      // plain: "Reprovision CPC-ada"
	Options string      // plain: "Windows 11 · standard user"
	Facts   []Fact      // plain
	Asked   auth.Person // is mentioned
	Status  Line
	Buttons []Button
}

// Fact is a name and its value, both plain text.
type Fact struct{ Name, Value string }

// Draw is the card of a request as it stands now.
func Draw(r ledger.Request) Card {
	c := Card{
		Request: r.ID,
		Title:   "Reprovision " + Plain(MachineName(r), 100),
		Options: options(builtAs(r)),
		Asked:   r.Requester,
		Status:  Status(r),
		Buttons: Buttons(r),
	}
	for _, f := range []Fact{
		{"User", r.Target.User},
		{"Shared", sharedBy(r.Target)},
		{"Device", r.Target.DeviceName},
		{"Policy", r.Target.Policy},
		{"Image", r.Target.Image},
		{"Will be built as", r.Target.NewImage},
		{"Region", r.Target.Region},
		{"Join", r.Target.Join},
		{"Plan", r.Target.Plan},
		{"Cloud PC id", r.Target.ID},
		{"Reason", r.Order.Reason},
	} {
		if f.Value != "" {
			c.Facts = append(c.Facts, Fact{f.Name, Plain(f.Value, 300)})
		}
	}
	if len(r.Consents) > 0 && r.State != ledger.Pending && (r.State != ledger.Approved || r.Cause.Code != "") {
		c.Status += Say(" Approved by %s.", approvers(r))
	}
	return c
}

// sharedBy says that a machine is nobody's own, and whose it is as far as that is known.
func sharedBy(t ledger.Target) string {
	switch {
	case !t.Shared:
		return ""
	case t.Group == "":
		return "by a group; Graph does not say which"
	}
	return "by the group " + t.Group
}

// options says what the new machine will be.
func options(o command.Order) string {
	var parts []string
	switch o.OS {
	case command.Windows10:
		parts = append(parts, "Windows 10")
	case command.Windows11:
		parts = append(parts, "Windows 11")
	}
	switch o.Account {
	case command.StandardUser:
		parts = append(parts, "standard user")
	case command.Administrator:
		parts = append(parts, "administrator")
	}
	if len(parts) == 0 {
		return "as its policy says"
	}
	return strings.Join(parts, " · ")
}

// MachineName is what people call the machine of a request.
func MachineName(r ledger.Request) string {
	for _, name := range []string{r.Target.Name, r.Target.DeviceName, r.Order.PC} {
		if name != "" {
			return name
		}
	}
	return r.Target.ID
}

// Fallback is the card in one line, where no blocks are shown.
func (c Card) Fallback() Line {
	return Say("%s · %s · asked by %s", c.Title, c.Options, c.Asked)
}

// DrawCopy is what becomes of a copy: it says what it was, and leads to the card if there is one.
func DrawCopy(r ledger.Request, address string) Card {
	c := Draw(r)
	return Card{Request: c.Request, Title: c.Title, Options: c.Options, Asked: c.Asked, Status: copied(r, address)}
}
