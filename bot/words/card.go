package words

import (
	"cmp"
	"regexp"
	"strings"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/command"
	"cloudpc-bot/bot/ledger"
)

// Card is the root message of a request, in the order in which an approver on a phone decides. It is
// drawn from the ledger alone and never read back.
type Card struct {
	Request ledger.ID
	// Version is another one at each redraw: block_ids are made of it, as Slack asks of a message
	// that changes (docs.slack.dev/reference/block-kit/blocks).
	Version int
	Title   string // plain, and without emoji: the header, and the first words of a notification on the desktop
	Notice  Line   // the same in one line, for notifications on a phone and for screen readers
	Status  Line   // a symbol and a word for the state, who requested it for whom, and why
	Warning Line   // what is lost; empty where nothing can be lost any more
	Facts   []Fact // what it becomes, against what it is
	Buttons []Button
	Small   Line // small print: policy, region, links, the request's id
}

// Fact is a name and its value.
type Fact struct {
	Name  string
	Value Line
}

// Links are pages that cards lead to, by cloud. An empty one is left out.
type Links struct {
	Intune     string // the admin center; Intune has no documented address of one machine that outlives an erase
	WindowsApp string // where people sign in to their Cloud PC
	About      string // Microsoft's page on what a reprovision does
}

const (
	MaxNotice = 150 // characters, with the mentions of a new card; ours: Slack documents no limit of a notification on a phone
	maxReason = 100 // of a reason on the card; the thread has the whole
)

// Draw is the card of a request as it stands now, without how far a run is.
func Draw(r ledger.Request, l Links) Card { return DrawRunning(r, l, Progress{}) }

// DrawRunning is Draw with how far a run is.
func DrawRunning(r ledger.Request, l Links, p Progress) Card {
	row := rowOf(r)
	c := Card{
		Request: r.ID,
		Version: r.Events,
		Title:   row.title(r),
		Status:  strangeAccount(r) + Say(":%s: ", row.symbol) + row.card(r) + progress(r, p) + signIn(r, l) + askedBy(r),
		Buttons: Buttons(r),
		Small:   smallPrint(r, l),
	}
	switch r.State {
	case ledger.Pending:
		c.Warning = warning(r)
		if strangeAccount(r) == "" { // else who asks comes before what it becomes, on a phone
			c.Facts = becomes(r)
		}
	case ledger.Approved: // what it becomes is decided, and stands in the small print
		c.Warning = warning(r)
	}
	c.Notice = notice(r, c.Title, spokenProgress(r, p))
	return c
}

// notice is a card in one line.
func notice(r ledger.Request, title string, running Line) Line {
	if r.State == ledger.Pending && strangeAccount(r) != "" {
		return Card{Title: title, Notice: Say("%s %s requested it, signed in as %s: check that both are the same person.", title, r.Requester, r.Self.Account.Name)}.NoticeWithin(MaxNotice)
	}
	line := Say("%s%s Requested by %s.", strings.TrimSuffix(title, ".")+end(title), running, r.Requester)
	if r.Target.User != "" && r.State == ledger.Pending {
		line = Say("%s Its user is %s. Requested by %s.", title, r.Target.User, r.Requester)
	}
	return Card{Title: title, Notice: line}.NoticeWithin(MaxNotice)
}

// NoticeWithin is the notice of a card, in at most n characters: else its title, else what fits of that.
func (c Card) NoticeWithin(n int) Line {
	line := c.Notice
	if utf8.RuneCountInString(string(line)) > n {
		line = Say("%s", c.Title)
	}
	for fits := n; utf8.RuneCountInString(string(line)) > n && fits > 1; fits-- { // what is escaped is longer
		line = Say("%s", Plain(c.Title, fits))
	}
	return line
}

// end is the full stop that a title lacks.
func end(title string) string {
	if strings.HasSuffix(title, "?") {
		return ""
	}
	return "."
}

// askedBy says who asked for what, and who approved it.
func askedBy(r ledger.Request) Line {
	var line Line
	switch {
	case r.IsSelfService():
		line = selfService(r)
	case r.State == ledger.Pending || r.State == ledger.Approved || r.State == ledger.Resolving: // a line less, on a phone
		line = Say(" Requested by %s%s.", r.Requester, forWhom(r.Target))
	case len(r.Consents) > 0:
		line = Say("\nRequested by %s%s, approved by %s.", r.Requester, forWhom(r.Target), approvers(r))
	default:
		line = Say("\nRequested by %s%s.", r.Requester, forWhom(r.Target))
	}
	if r.Order.Reason != "" {
		line += Say("\n*Why:* %s", Plain(r.Order.Reason, maxReason))
	}
	return line
}

// forWhom says whose machine it is: the owner by name, and never mentioned.
func forWhom(t ledger.Target) Line {
	switch {
	case t.Shared && t.Group != "":
		return Say(" for the group %s", Plain(t.Group, 60))
	case t.Shared:
		return Say(" for the people who share it")
	case t.User != "":
		return Say(" for %s", Plain(t.User, 80))
	}
	return ""
}

// warning is what is lost if it is approved.
func warning(r ledger.Request) Line {
	pc := Literal(Plain(MachineName(r), 60))
	line := Say("*All files and apps on %s will be erased. This cannot be undone.*", pc)
	if r.Target.Power == poweredOff {
		line += Say("\nIt is powered off, and erased once it is started.")
	}
	return line + inUse(r.Preview) + imageTrouble(r.Preview) + earlier(r)
}

// inUse warns that somebody is signed in, as of when that was read.
func inUse(p ledger.Preview) Line {
	if !p.SignedIn {
		return ""
	}
	return Say("\nSomebody was signed in to it at %s.", p.AsOf)
}

// imageTrouble warns of an image from which the machine may not come back.
func imageTrouble(p ledger.Preview) Line {
	switch p.Image {
	case "":
		return ""
	case "supportedWithWarning":
		if !p.ImageUntil.IsZero() {
			return Say("\nIts new image is out of support, and can be used until %s.", p.ImageUntil.UTC().Format("2006-01-02"))
		}
		return Say("\nIts new image is out of support.")
	}
	return Say("\n*Its new image cannot be used any more: the rebuild will fail.*")
}

// lastUse is when the machine was last used, as far as is known.
func lastUse(p ledger.Preview) Line {
	switch {
	case p.Never:
		return Say("never used")
	case !p.LastUse.IsZero():
		return Say("last used %s", p.LastUse)
	}
	return ""
}

// becomes is what the machine will be, against what it is; an even number of facts.
func becomes(r ledger.Request) []Fact {
	becomes, now := spelledOptions(r.Order.OS, r.Order.Account), spelledOptions(command.OS(r.Target.OS), command.Account(r.Target.Account))
	if becomes == "" { // its policy decides, of which the image is what people know
		becomes, now = cmp.Or(withoutID(r.Target.NewImage), options(r.Order)), cmp.Or(r.Target.Image, now)
	}
	return []Fact{{"Becomes", Literal(Plain(becomes, 80))}, {"Is now", Literal(Plain(cmp.Or(now, "not known"), 80))}}
}

var idBehind = regexp.MustCompile(` [0-9a-fA-F-]{36}$`)

// withoutID is a name without the GUID that Graph gives beside it: an approval is bound to the GUID, and
// nobody reads it.
func withoutID(name string) string { return idBehind.ReplaceAllString(name, "") }

// smallPrint is what few people need, in one line.
func smallPrint(r ledger.Request, l Links) Line {
	var parts []Line
	add := func(when bool, line Line) {
		if when && line != "" {
			parts = append(parts, line)
		}
	}
	waits, device := r.State == ledger.Pending, cmp.Or(r.Result.DeviceName, r.Target.DeviceName)
	add(waits && r.FoundBy != "", howFound(r))
	add(waits && len(r.Consents) > 0, Say("%d of %d approvals (%s)", len(r.Consents), r.ApprovalsNeeded, approvers(r)))
	add(waits && strangeAccount(r) != "", Say("becomes %s", becomes(r)[0].Value))
	add(waits && signInEnds(r), Say("the sign-in of %s ends then", Plain(r.Self.Account.Name, 80)))
	add(waits, Say("%s cannot sign in for about an hour", Plain(owner(r), 80)))
	add(waits, Say("restore points may not survive"))
	add(!r.State.Ended() && (waits || r.State == ledger.Approved || r.Owner.Untold != ""), ownerNote(r))
	add(waits, lastUse(r.Preview))
	add(waits && r.Preview.NoOwners, Say("whether its own user approves it is not checked: the Slack app lacks users:read.email"))
	add(waits && len(r.Preview.Others) > 0, Say("their other Cloud PCs: %s", Plain(strings.Join(r.Preview.Others, ", "), 100)))
	add(device != "" && !(r.State == ledger.Succeeded && renamed(r) != "") && !strings.EqualFold(device, r.Target.Name), Say("device %s", Plain(device, 60)))
	add(r.Target.Policy != "", Say("policy %s", Plain(r.Target.Policy, 60)))
	add(r.Target.Region != "", Say("%s", Plain(r.Target.Region, 60)))
	add(r.Target.Join != "", Say("%s", Plain(joinWords(r.Target.Join), 60)))
	add(r.Target.Plan != "", Say("%s", Plain(r.Target.Plan, 60)))
	add(!waits && r.State != ledger.Succeeded, Say("%s", options(builtAs(r))))
	add(l.Intune != "", link(l.Intune, "Intune"))
	add(l.About != "" && waits, link(l.About, "what this does"))
	parts = append(parts, Say("`%s`", string(r.ID)))
	var line Line
	for i, p := range parts {
		if i > 0 {
			line += " · "
		}
		line += p
	}
	return line
}

// joinWords says how a machine joins a directory (Graph's cloudPcDomainJoinType), with the region or
// network behind it left as Graph gives it.
func joinWords(join string) string {
	for word, said := range map[string]string{"azureADJoin": "Microsoft Entra join", "hybridAzureADJoin": "Microsoft Entra hybrid join"} {
		if rest, ok := strings.CutPrefix(join, word); ok {
			return said + rest
		}
	}
	return join
}

// options says what the new machine will be built as.
func options(o command.Order) string {
	if said := spelledOptions(o.OS, o.Account); said != "" {
		return said
	}
	return "settings from its provisioning policy"
}

// spelledOptions says options as people do, in whatever case Graph writes them.
func spelledOptions(os command.OS, account command.Account) string {
	var parts []string
	switch {
	case strings.EqualFold(string(os), string(command.Windows10)):
		parts = append(parts, "Windows 10")
	case strings.EqualFold(string(os), string(command.Windows11)):
		parts = append(parts, "Windows 11")
	}
	switch {
	case strings.EqualFold(string(account), string(command.StandardUser)):
		parts = append(parts, "standard user")
	case strings.EqualFold(string(account), string(command.Administrator)):
		parts = append(parts, "administrator")
	}
	return strings.Join(parts, " · ")
}

// MachineName is the name by which people know the machine of a request: Graph's display name, else the
// device name, else what was typed, else its id.
func MachineName(r ledger.Request) string {
	for _, name := range []string{r.Target.Name, r.Target.DeviceName, r.PickedName(), r.Order.PC} {
		if name != "" {
			return name
		}
	}
	if r.Target.ID == "" && r.IsSelfService() {
		return "their own Cloud PC"
	}
	return r.Target.ID
}

// DrawCopy is what becomes of a copy: it says what it was, and leads to the card if there is one.
func DrawCopy(r ledger.Request, address string) Card {
	c := Draw(r, Links{})
	title := "Not the card of " + string(r.ID)
	return Card{Request: c.Request, Version: c.Version, Title: title, Notice: Say("%s", title), Status: copied(r, address)}
}

// Mentions are whom a post may call. Slack notifies everybody whom a new message mentions, and
// nobody whom an edit adds.
type Mentions struct {
	People []auth.Person
	Groups []string // ids of user groups
}

// IsZero reports whether nobody is called.
func (m Mentions) IsZero() bool { return len(m.People)+len(m.Groups) == 0 }

// Line is the mentions themselves.
func (m Mentions) Line() (line Line) {
	for _, id := range m.Groups {
		line += Say("%s ", Group(id))
	}
	for _, p := range m.People {
		line += Say("%s ", p)
	}
	return line
}
