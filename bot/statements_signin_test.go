package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/worker"
	"cloudpc-bot/graph/graphfake"
)

// signInStatements are about people who reprovision their own Cloud PC with their own sign-in: what they do
// on Microsoft's page, what Microsoft says to it, and whose token came with which call.
var signInStatements = []statement{
	{"{who} enters the code", func(w *world, who, _ string) error {
		return w.enters(who, member(who+"@example.com"))
	}},
	{"{who} enters the code as a guest of the tenant", func(w *world, who, _ string) error {
		return w.enters(who, graphfake.Browser{UserID: objectID("guest"), UPN: who + "_away.example#EXT#@example.com", HomeTenant: elsewhere})
	}},
	{"{who} enters the code in another tenant", func(w *world, who, _ string) error {
		b := member(who + "@example.com")
		b.Tenant, b.HomeTenant = elsewhere, elsewhere
		return w.enters(who, b)
	}},
	{"{who} enters the code as {what}", func(w *world, who, what string) error { return w.enters(who, member(what)) }},
	{"{who} declines the code", func(w *world, who, _ string) error {
		return w.enters(who, graphfake.Browser{Declines: true})
	}},
	{"{who}'s browser is blocked", func(w *world, who, _ string) error { // by Conditional Access, which tells nobody else
		return w.enters(who, graphfake.Browser{Blocked: true})
	}},
	{"{who} cannot enter the code", func(w *world, who, _ string) error {
		if err := w.enters(who, member(who+"@example.com")); err == nil {
			return errors.New("the page takes it")
		}
		return nil
	}},
	{"{who}'s code is {what}", func(w *world, who, what string) error { // pending, declined, blocked, entered, redeemed
		return w.await(func() error {
			c, err := w.codeOf(who)
			if err == nil && c.State != what {
				err = fmt.Errorf("it is %s", c.State)
			}
			return err
		})
	}},
	{"{who} was shown one code {what} times", func(w *world, who, what string) error {
		return w.await(func() error {
			var codes []string
			for _, seen := range w.slack.Sees(user(who)) {
				codes = append(codes, w.codesIn(seen)...)
			}
			if n := len(codes); fmt.Sprint(n) != what || len(slices.Compact(codes)) != 1 {
				return fmt.Errorf("%d times: %q", n, codes)
			}
			return nil
		})
	}},
	{"codes asked for {what}", func(w *world, _, what string) error {
		if n := fmt.Sprint(len(w.tenant.DeviceCodes())); n != what {
			return fmt.Errorf("%s were", n)
		}
		return nil
	}},
	{"own Cloud PCs were never listed", func(w *world, _, _ string) error {
		if n := w.ownLists(); n > 0 {
			return fmt.Errorf("they were, %d times", n)
		}
		return nil
	}},
	{"own Cloud PCs were listed {what} times", func(w *world, _, what string) error {
		return w.await(func() error {
			if n := fmt.Sprint(w.ownLists()); n != what {
				return fmt.Errorf("%s times", n)
			}
			return nil
		})
	}},
	{"{who} can give up", func(w *world, who, _ string) error {
		return w.await(func() error { _, err := w.offering(who, "(giveup "); return err })
	}},
	{"{who} gives up", func(w *world, who, _ string) error {
		var at slackfake.Message
		if err := w.await(func() (err error) { at, err = w.offering(who, "(giveup "); return err }); err != nil {
			return err
		}
		w.last = w.slack.Press(user(who), at, "giveup")
		return w.acked()
	}},
	{"{who} forges giveup {what}", func(w *world, who, what string) error { // of a request
		w.last = w.slack.PressForged(user(who), channels["#it"], "1700000000.000100", "giveup", what, w.slack.Team())
		return w.acked()
	}},
	{"{who} cannot send {what}", func(w *world, who, what string) error { // Slack does not let them: a field is empty
		i := slices.IndexFunc(formStatements, func(s statement) bool { return s.form == "{who} sends {what}" })
		if err := formStatements[i].do(w, who, what); err == nil || w.last.Outcome() != slackfake.Impossible {
			return fmt.Errorf("it is %s", w.last.Outcome())
		}
		return nil
	}},
	{"{who} forges the form {what}", func(w *world, who, what string) error { // R-1st 0, name=CPC-ada: the newest form that was sent, sent again by whomever, with other values
		return w.forgesForm(who, what)
	}},
	{"{who} owns nothing", func(w *world, who, _ string) error { w.owns(who); return nil }},
	{"{who} owns {what}", func(w *world, who, what string) error { // exactly these: CPC-ada, CPC-bob
		w.owns(who, strings.Split(what, ", ")...)
		return nil
	}},
	{"tenant gives {what}", func(w *world, _, what string) error { // CPC-ada to fay
		name, who, ok := strings.Cut(what, " to ")
		if !ok {
			return errors.New("want a machine, to, and a person")
		}
		w.tenant.Set(w.machine(name), func(pc *graphfake.CloudPC) {
			pc.UserPrincipalName, pc.UserID = who+"@example.com", objectID(who+"@example.com")
		})
		return nil
	}},
	{"{who}'s profile has no address", func(w *world, who, _ string) error {
		return person(func(p *slackfake.Person) { p.Email = "" })(w, "", who)
	}},
	{"reset is not switched on for {what}", func(w *world, _, what string) error {
		w.tenant.Set(w.machine(what), func(pc *graphfake.CloudPC) { pc.NoSelfService = true })
		return nil
	}},
	{"people's tokens live for {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		w.tenant.Tune(func(c *graphfake.Config) { c.PersonLife = d })
		return err
	}},
	{"people's tokens are those of {what}", func(w *world, _, what string) error { // whoever has signed in
		w.tenant.Tune(func(c *graphfake.Config) {
			c.Claims = map[string]any{"oid": objectID(what + "@example.com"), "upn": what + "@example.com"}
		})
		return nil
	}},
	{"all tokens are revoked", func(w *world, _, _ string) error { w.tenant.RevokeTokens(); return nil }},
	{"entra does not take the app for public", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.NotPublic = true })
		return nil
	}},
	{"entra misses the consent", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.NoConsent = true })
		return nil
	}},
	{"entra refuses codes with {what}", func(w *world, _, what string) error { // invalid_grant AADSTS53003, when the sign-in begins
		return w.refusesCodes(graphfake.BeginDeviceCode, what)
	}},
	{"entra refuses the next poll with {what}", func(w *world, _, what string) error {
		return w.refusesCodes(graphfake.Token, what)
	}},
	{"entra gives no code", everything(graphfake.BeginDeviceCode, graphfake.Fault{Status: http.StatusServiceUnavailable})},
	{"entra hangs", everything(graphfake.BeginDeviceCode, graphfake.Fault{Hang: true})},
	{"entra answers", heal},
	{"entra was asked for {what} codes", func(w *world, _, what string) error { // whether it gave any or not
		return w.await(func() error {
			n := 0
			for _, c := range w.tenant.Calls() {
				if c.Kind == graphfake.BeginDeviceCode {
					n++
				}
			}
			if fmt.Sprint(n) != what {
				return fmt.Errorf("it was asked for %d", n)
			}
			return nil
		})
	}},
	{"entra wants people to sign in again", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.MustSignIn = true })
		return nil
	}},
	{"entra says slow down", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.SlowDown = true })
		return nil
	}},
	{"graph throttles the first list for {what}", func(w *world, _, what string) error {
		d, err := time.ParseDuration(what)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List, Version: "v1.0", Filter: graphfake.Unfiltered}, graphfake.Fault{Status: http.StatusTooManyRequests, RetryAfter: d, Times: 1})
		return err
	}},
	{"graph lists {what} to a page", func(w *world, _, what string) error {
		n, err := strconv.Atoi(what)
		w.tenant.Tune(func(c *graphfake.Config) { c.PageSize = n })
		return err
	}},
	{"graph forbids the first list", func(w *world, _, _ string) error {
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List, Version: "v1.0", Filter: graphfake.Unfiltered}, graphfake.Fault{Status: http.StatusForbidden, Times: 1})
		return nil
	}},
	{"graph saw {who}'s POST {what}", func(w *world, who, what string) error { // that they made it, without a body
		return w.await(func() error {
			posts := w.tenant.Posts()
			if len(posts) <= w.posts {
				return errors.New("no further POST has arrived")
			}
			p := posts[w.posts]
			upn := who + "@example.com"
			switch {
			case !fits("^"+p.Path+"$", strings.ReplaceAll("^"+what+"$", "{oid}", objectID(upn))):
				return fmt.Errorf("it is POST %s", p.Path)
			case p.Person != objectID(upn) || p.Token != "delegated":
				return fmt.Errorf("its token is %s, of %q", p.Token, p.Person)
			}
			w.posts++
			return nil
		})
	}},
	{"request {what}", func(w *world, _, what string) error { // R-1st is refused: no-sign-in declined
		id, _, _ := strings.Cut(what, " ")
		return w.await(func() error {
			r, err := w.look().Get(w.ctx, ledger.ID(id))
			if err != nil {
				return err
			}
			is := fmt.Sprintf("%s is %s", r.ID, r.State)
			if r.Cause.Code != "" {
				is += ": " + strings.TrimSpace(string(r.Cause.Code)+" "+r.Cause.Detail)
			}
			return contains(is+" ", what)
		})
	}},
	{"card lacks {what}", func(w *world, _, what string) error {
		c, err := w.card()
		if err == nil && fits(c.Plain(), what) {
			err = fmt.Errorf("it is: %s", c.Plain())
		}
		return err
	}},
	{"{who} is told to type /reprovision mine", func(w *world, who, _ string) error { // on the card, in its thread or in private
		return w.await(func() error {
			c, _ := w.card()
			told := append(w.slack.Sees(user(who)), c.Plain())
			told = append(told, w.replies(c)...)
			last := told[max(0, len(told)-8):]
			if !slices.ContainsFunc(last, func(text string) bool { return fits(text, "ype /reprovision mine") }) {
				return fmt.Errorf("nothing says so: %q", last)
			}
			return nil
		})
	}},
	{"colleagues who sign in at once: {what}", func(w *world, _, what string) error {
		n, err := strconv.Atoi(what)
		for i := range n {
			id := fmt.Sprint("U_COLLEAGUE", i)
			w.slack.AddPerson(slackfake.Person{ID: id, Name: fmt.Sprint("colleague", i), Email: fmt.Sprintf("colleague%d@example.com", i)})
			w.slack.SetChannel(channels["#it"], func(c *slackfake.Channel) { c.Members = append(c.Members, id) })
			w.last = w.slack.Type(id, channels["#it"], "mine")
			if err := w.acked(); err != nil {
				return err
			}
		}
		return errors.Join(err, w.await(func() error {
			if got := len(w.tenant.DeviceCodes()); got != n {
				return fmt.Errorf("%d codes were asked for", got)
			}
			return nil
		}))
	}},
	{"one colleague gives up", func(w *world, _, _ string) error {
		for _, e := range w.slack.Ephemerals("U_COLLEAGUE0") {
			if strings.Contains(strings.Join(e.Buttons(), " "), "(giveup ") {
				w.last = w.slack.Press("U_COLLEAGUE0", e.Message, "giveup")
				return w.acked()
			}
		}
		return errors.New("there is no button to give up")
	}},
	{"a second bot starts", func(w *world, _, _ string) error {
		w.first = w.bot
		before := w.slack.Sockets()
		return errors.Join(w.start(), w.await(func() error {
			if n := w.slack.Sockets(); n <= before {
				return fmt.Errorf("%d sockets are open", n)
			}
			return nil
		}))
	}},
	{"the first bot dies", func(w *world, _, _ string) error { return w.endFirst(true) }},
	{"the first bot stops", func(w *world, _, _ string) error { return w.endFirst(false) }},
	{"the second bot dies", func(w *world, _, _ string) error {
		w.first, w.bot = w.bot, w.first
		return w.endFirst(true)
	}},
}

// elsewhere is another organisation's tenant.
const elsewhere = "99999999-0000-4000-8000-000000000000"

// objectID is the id of a person in Entra, by their principal name.
func objectID(upn string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.ToLower(upn)))
	return fmt.Sprintf("bbbbbbbb-0000-4000-9000-%012x", h.Sum32())
}

// member is the browser of a person of the tenant.
func member(upn string) graphfake.Browser {
	return graphfake.Browser{UserID: objectID(upn), UPN: upn}
}

// enters does something on the verification page with the newest code that somebody was shown.
func (w *world) enters(who string, b graphfake.Browser) error {
	var code graphfake.DeviceCode
	if err := w.await(func() (err error) { code, err = w.codeOf(who); return err }); err != nil {
		return err
	}
	return w.tenant.EnterCode(code.UserCode, b)
}

// codeOf is the newest sign-in whose code somebody was shown.
func (w *world) codeOf(who string) (graphfake.DeviceCode, error) {
	all := w.tenant.DeviceCodes()
	for _, seen := range slices.Backward(w.slack.Sees(user(who))) {
		for _, code := range w.codesIn(seen) {
			return all[slices.IndexFunc(all, func(c graphfake.DeviceCode) bool { return c.UserCode == code })], nil
		}
	}
	return graphfake.DeviceCode{}, fmt.Errorf("%s was shown no code", who)
}

// codesIn are the tenant's user codes in a text.
func (w *world) codesIn(text string) (codes []string) {
	for _, c := range w.tenant.DeviceCodes() {
		if strings.Contains(text, c.UserCode) {
			codes = append(codes, c.UserCode)
		}
	}
	return codes
}

// offering is the newest private message to somebody with a button, as "(pick R-7K3F 0)".
func (w *world) offering(who, button string) (slackfake.Message, error) {
	all := w.slack.Messages(w.slack.DM(user(who)))
	for _, e := range w.slack.Ephemerals(user(who)) {
		all = append(all, e.Message)
	}
	slices.SortStableFunc(all, func(a, b slackfake.Message) int { return strings.Compare(a.TS, b.TS) })
	for _, m := range slices.Backward(all) {
		if strings.Contains(strings.Join(m.Buttons(), "\n"), button) {
			return m, nil
		}
	}
	return slackfake.Message{}, fmt.Errorf("nobody offers %s %s", who, button)
}

// owns gives somebody these machines, and all others of theirs to nobody in particular.
func (w *world) owns(who string, names ...string) {
	upn, nobody := who+"@example.com", "nobody@example.com"
	for _, pc := range w.tenant.PCs() {
		to := ""
		switch {
		case slices.Contains(names, pc.DisplayName):
			to = upn
		case pc.UserPrincipalName == upn:
			to = nobody
		default:
			continue
		}
		w.tenant.Set(pc.ID, func(pc *graphfake.CloudPC) { pc.UserPrincipalName, pc.UserID = to, objectID(to) })
	}
}

// ownLists is how often people's own machines were listed.
func (w *world) ownLists() (n int) {
	for _, c := range w.tenant.Calls() {
		if c.Form == graphfake.Me && c.Kind == graphfake.List {
			n++
		}
	}
	return n
}

func (w *world) refusesCodes(kind, with string) error {
	code, number, ok := strings.Cut(with, " ")
	if !ok {
		return errors.New("want OAuth's word and Entra's number")
	}
	w.tenant.Fail(graphfake.Match{Kind: kind}, graphfake.Fault{Status: http.StatusBadRequest, Code: code, Message: number + ": this is what the number stands for.", Times: 1})
	return nil
}

// forgesForm sends the newest form once more as no client of Slack's would.
func (w *world) forgesForm(who, what string) error {
	var payload struct {
		user, view map[string]any
		all        map[string]any
	}
	if err := json.Unmarshal(w.last.Payload, &payload.all); err != nil || payload.all["type"] != "view_submission" {
		return errors.New("no form was sent just before")
	}
	payload.user, _ = payload.all["user"].(map[string]any)
	payload.view, _ = payload.all["view"].(map[string]any)
	w.forged++
	meta, rest, _ := strings.Cut(what, ",")
	payload.user["id"], payload.user["name"], payload.user["username"] = user(who), who, who
	payload.view["private_metadata"], payload.view["id"] = strings.TrimSpace(meta), fmt.Sprint("VFORGED", w.forged)
	payload.all["trigger_id"] = fmt.Sprintf("%d.1.forged", w.forged)
	state, _ := payload.view["state"].(map[string]any)
	values, _ := state["values"].(map[string]any)
	for pair := range strings.SplitSeq(rest, ",") {
		field, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		if !ok {
			return errors.New("want what the form is about, and field=value, separated by commas")
		}
		entry := map[string]any{"type": "plain_text_input", "value": nil}
		if value != "" {
			entry["value"] = value
		}
		values[field] = map[string]any{field: entry}
	}
	w.last = w.slack.SendRaw("interactive", true, payload.all)
	return w.acked()
}

// endFirst ends the bot that was there before the second one.
func (w *world) endFirst(dies bool) error {
	life := w.first
	if life == nil {
		return errors.New("there are not two")
	}
	w.first = nil
	life.dead.Store(dies)
	life.stop()
	select {
	case <-life.ended:
	case <-w.ctx.Done():
		return errors.New("the bot does not stop")
	}
	if dies {
		w.pass(worker.Lease) // until its claims have ended, nobody else goes on
	}
	return w.await(func() error {
		if n := w.slack.Sockets(); n > 2 {
			return fmt.Errorf("%d sockets are open", n)
		}
		return nil
	})
}

// signInsAreRight is what is true at the end of every script of the sign-ins in it: whose token came with
// which call, that calls with a person's token are those two and have no body, and that codes and tokens are
// nowhere but where they have to be.
func (w *world) signInsAreRight() error {
	for _, c := range w.tenant.MisusedTokens() {
		if c.Version != "" { // Entra's have none
			return fmt.Errorf("the token of %s %s is %q", c.Method, c.Path, c.Bearer)
		}
	}
	for _, c := range w.tenant.Calls() {
		own := c.Form == graphfake.Me || c.Form == graphfake.Users
		if own && (c.Version != "v1.0" || c.Kind != graphfake.Reprovision && (c.Kind != graphfake.List || c.Form != graphfake.Me)) {
			return fmt.Errorf("a person's token is on %s %s", c.Method, c.Path)
		}
	}
	for _, p := range w.tenant.Posts() {
		if p.Form != graphfake.Admin && (len(p.Body) > 0 || p.ContentType != "application/json" || p.ClientRequestID == "") {
			return fmt.Errorf("POST %s has %q, %q and the id %q", p.Path, p.Body, p.ContentType, p.ClientRequestID)
		}
	}
	codes := w.tenant.DeviceCodes()
	if len(codes) == 0 {
		return nil
	}
	shown := map[string]bool{}
	for _, c := range codes {
		if asked := delegatedScopes.FindAllString(c.Scope, -1); len(asked) != 1 {
			return fmt.Errorf("a sign-in asks for %s", c.Scope)
		}
		if err := w.isShownToOne(c.UserCode); err != nil {
			return err
		}
		shown[c.UserCode] = true
	}
	kept, err := w.dump()
	for _, secret := range w.tenant.Secrets() { // the log is searched for all of them at the end of every script
		if strings.Contains(kept, secret) {
			return errors.New("a secret is in the ledger")
		}
		for _, call := range w.slack.Calls() {
			for name, arg := range call.Args {
				if !shown[secret] && strings.Contains(arg, secret) {
					return fmt.Errorf("Slack is told a secret by %s, %s", call.Method, name)
				}
			}
		}
	}
	return err
}

var delegatedScopes = regexp.MustCompile(`https://[^ ]+/CloudPC\.ReadWrite\.All`)

// isShownToOne reports a code that several people have seen, or that stands in a channel.
func (w *world) isShownToOne(code string) error {
	var who []string
	for _, p := range persons {
		if strings.Contains(strings.Join(w.slack.Sees(user(p)), "\n"), code) {
			who = append(who, p)
		}
	}
	if len(who) > 1 {
		return fmt.Errorf("%q have seen one code", who)
	}
	for _, m := range w.everything() {
		if !strings.HasPrefix(m.Channel, "D") && strings.Contains(m.Text+string(m.Blocks), code) {
			return fmt.Errorf("a code stands in %s", m.Channel)
		}
	}
	return nil
}

// dump is all that the ledger keeps, as text.
func (w *world) dump() (string, error) {
	list := `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()`
	if strings.HasPrefix(w.ledger, "sqlite:") {
		list = `SELECT name FROM sqlite_master WHERE type = 'table'`
	}
	tables, err := w.column(list)
	var b strings.Builder
	for _, name := range tables {
		cells, e := w.column(`SELECT * FROM "` + name + `"`)
		b.WriteString(strings.Join(cells, "\n"))
		err = errors.Join(err, e)
	}
	return b.String(), err
}

// column is every cell of an answer, as text.
func (w *world) column(query string) (cells []string, err error) {
	rows, err := w.sql().QueryContext(w.ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		row, at := make([]any, len(names)), make([]any, len(names))
		for i := range row {
			at[i] = &row[i]
		}
		if err := rows.Scan(at...); err != nil {
			return nil, err
		}
		for _, cell := range row {
			if text, ok := cell.([]byte); ok {
				cell = string(text)
			}
			cells = append(cells, fmt.Sprint(cell))
		}
	}
	return cells, rows.Err()
}

// look is a second look at the ledger, opened once.
func (w *world) look() ledger.Store {
	if w.second == nil {
		w.second = w.open()
	}
	return w.second
}
