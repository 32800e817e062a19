package slackio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/causes"
	orders "cloudpc-bot/bot/command"
	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/bot/words"
)

// requestForms are request forms that look different.
var requestForms = map[string]intake.RequestForm{
	"menu": {Channel: "C0OPS", Menu: true},
	"filled": {Channel: "C0OPS", Menu: true, WantReason: true, Order: orders.Order{
		PC: "CPC-DAN-01", OS: orders.Windows10, Account: orders.Administrator, Reason: "BitLocker asks for a key at each start"}},
	"typed": {Channel: "C0OPS", Order: orders.Order{PC: "CPC-DAN-01"},
		Says: "I can't search for Cloud PCs right now: Microsoft Graph did not answer. Type the exact name of one."},
	"closed":  {Channel: "C0OPS", Closed: true, Says: "You can't request this: you are not on the list of people who may. <@U0BEN> can add you &amp; others."},
	"channel": {Menu: true, AskChannel: true},
	"empty":   {Closed: true},
	"overlong": {Menu: true, AskChannel: true, Says: words.Line(strings.Repeat("ß&amp;\n", 1500)),
		Order: orders.Order{PC: strings.Repeat("ß", 76), Reason: strings.Repeat("ß&", 300)}},
}

func TestRequestFormsAreDrawnAsTheyWere(t *testing.T) {
	golden(t, filepath.Join("testdata", "blocks", "request-form-loading.json"), indented(t, loadingView()))
	for name, f := range requestForms {
		golden(t, filepath.Join("testdata", "blocks", "request-form-"+name+".json"), indented(t, requestView(f)))
	}
}

// opensForm is a response that opens a form at once.
func opensForm(f intake.RequestForm) intake.Response {
	return intake.Response{Opening: &intake.Opening{Fill: func(context.Context) intake.RequestForm { return f }, Typed: "Type `/reprovision` and a name instead."}}
}

// filled waits until the request form of a person shows more than that it loads.
func (w *world) filled(person string) slackfake.View {
	w.t.Helper()
	var v slackfake.View
	w.await("the filled form", func() bool {
		views := w.Views(person)
		if len(views) == 0 || strings.Contains(views[0].Plain(), words.RequestForm().Loading) {
			return false
		}
		v = views[0]
		return true
	})
	return v
}

func TestSlackTakesEveryRequestForm(t *testing.T) {
	for name, f := range requestForms {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			w.receive(handler{ask: func(intake.Ask) intake.Response { return opensForm(f) }})
			w.acked(w.Type("U0ADA", "C0OPS", ""))
			v := w.filled("U0ADA")
			if v.CallbackID != "reprovision" || v.Private != f.Channel || v.Title != "Reprovision a Cloud PC" {
				t.Errorf("the form is %q %q %q", v.CallbackID, v.Private, v.Title)
			}
			plain := v.Plain()
			if f.Closed == strings.Contains(plain, "will be erased once the request is approved") {
				t.Errorf("closed %v, and it says:\n%s", f.Closed, plain)
			}
			if len(w.Sees("U0ADA")) != 0 {
				t.Errorf("ada sees %q", w.Sees("U0ADA"))
			}
		})
	}
}

// The form is on its way before anything is looked up, and the acknowledgement does not wait for it.
func TestRequestFormOpensBeforeItIsFilled(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	fills := make(chan struct{})
	w.receive(handler{
		ask: func(intake.Ask) intake.Response {
			return intake.Response{Opening: &intake.Opening{Fill: func(ctx context.Context) intake.RequestForm {
				if end, ok := ctx.Deadline(); !ok || time.Until(end) > fillTime {
					t.Error("filling has no bound")
				}
				<-fills
				return requestForms["menu"]
			}}}
		},
	})
	opens, release := w.hold("views.open")
	g := w.Type("U0ADA", "C0OPS", "")
	wait(t, "views.open", opens)
	if ack := w.acked(g); ack.Payload != nil { // while views.open hangs
		t.Errorf("payload is %s", ack.Payload)
	}
	release()
	w.await("the form", func() bool { return len(w.Views("U0ADA")) == 1 })
	if v := w.Views("U0ADA")[0]; !strings.Contains(v.Plain(), words.RequestForm().Loading) {
		t.Errorf("it says:\n%s", v.Plain())
	}
	if n := len(w.called("views.update")); n != 0 {
		t.Errorf("%d updates while nothing is known", n)
	}
	close(fills)
	first := w.filled("U0ADA")
	if n := len(w.called("views.open")); n != 1 || first.Private != "C0OPS" {
		t.Errorf("%d forms, %+v", n, first)
	}
}

func TestRequestFormThatDoesNotOpenIsToldOf(t *testing.T) {
	for name, row := range map[string]struct {
		spoil func(w *world)
		calls int // of views.open
	}{
		"late":    {func(w *world) { w.clock.pass(4 * time.Second) }, 1},
		"refused": {func(w *world) { w.Fail("views.open", slackfake.Fault{Error: "invalid_arguments"}) }, 1},
		"dropped": {func(w *world) { w.Fail("views.open", slackfake.Fault{Drop: true}) }, 1},
		"cooling": {func(w *world) { w.startCooldown("views.open", time.Minute) }, 0},
		"update":  {func(w *world) { w.Fail("views.update", slackfake.Fault{Status: 500}) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			w.receive(handler{ask: func(intake.Ask) intake.Response { row.spoil(w); return opensForm(requestForms["menu"]) }})
			g := w.Type("U0ADA", "C0OPS", "")
			w.acked(g)
			w.await("the whisper", func() bool { return len(w.Sees("U0ADA")) > 0 })
			for _, secret := range []string{g.TriggerID, w.Workspace.BotToken(), "/hooks/"} {
				if strings.Contains(w.logs.String(), secret) {
					t.Errorf("%q is told:\n%s", secret, w.logs)
				}
			}
			if diff := cmp.Diff([]string{"Type /reprovision and a name instead."}, w.Sees("U0ADA")); diff != "" {
				t.Errorf("sees (-want +got):\n%s", diff)
			}
			if n := len(w.called("views.open")); n != row.calls {
				t.Errorf("views.open was called %d times", n)
			}
		})
	}
}

func TestClosingTheFormWhileItLoadsIsNoFault(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	filling, fills := make(chan struct{}), make(chan struct{})
	w.receive(handler{ask: func(intake.Ask) intake.Response {
		r := opensForm(requestForms["menu"])
		r.Opening.Fill = func(context.Context) intake.RequestForm { close(filling); <-fills; return requestForms["menu"] }
		return r
	}})
	w.acked(w.Type("U0ADA", "C0OPS", ""))
	wait(t, "the form", filling)
	w.CloseView("U0ADA", w.Views("U0ADA")[0].ID)
	close(fills)
	w.logs.await(t, "closed before it was filled", 1)
	if strings.Contains(w.logs.String(), "level=WARN") || len(w.Sees("U0ADA")) != 0 {
		t.Errorf("ada sees %q\n%s", w.Sees("U0ADA"), w.logs)
	}
}

func TestUnackedOpensNoForm(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{AckDeadline: 200 * time.Millisecond})
	stop := w.receive(handler{ask: func(intake.Ask) intake.Response {
		r := opensForm(requestForms["menu"])
		r.Unacked = true
		return r
	}})
	if _, err := w.Type("U0ADA", "C0OPS", "").WaitAck(w.within()); err == nil {
		t.Error("acknowledged")
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if n := len(w.called("views.open")); n != 0 {
		t.Errorf("%d forms", n)
	}
}

func TestStoppingWaitsForTheFormAndNotForever(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, row := range map[string]struct {
			stop bool
			want time.Duration
		}{"running": {false, fillTime}, "stopping": {true, whisperTime}} {
			stopping := make(chan struct{})
			if row.stop {
				close(stopping)
			}
			began := time.Now()
			f := fill(t.Context(), func(ctx context.Context) intake.RequestForm {
				<-ctx.Done()
				return intake.RequestForm{Closed: true}
			}, stopping)
			if took := time.Since(began); took != row.want || !f.Closed {
				t.Errorf("%s: took %v", name, took)
			}
		}
	})
	w := open(t, slackfake.Config{})
	filling, fills := make(chan struct{}), make(chan struct{})
	stop := w.receive(handler{ask: func(intake.Ask) intake.Response {
		r := opensForm(requestForms["menu"])
		r.Opening.Fill = func(context.Context) intake.RequestForm { close(filling); <-fills; return requestForms["menu"] }
		return r
	}})
	w.acked(w.Type("U0ADA", "C0OPS", ""))
	wait(t, "the form", filling)
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	w.await("sockets closed", func() bool { return w.Sockets() == 0 })
	close(fills)
	if err := wait(t, "the end", ended); err != nil {
		t.Error(err)
	}
	if v := w.Views("U0ADA")[0]; !strings.Contains(v.Plain(), "Operating system") {
		t.Errorf("the form was left as:\n%s", v.Plain())
	}
}

func TestShortcutOpensTheFormOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{Shortcuts: []string{"reprovision", "other"}})
	used := make(chan intake.Shortcut, 2)
	var response intake.Response
	w.receive(handler{shortcut: func(s intake.Shortcut) intake.Response { used <- s; return response }})

	response = opensForm(requestForms["channel"])
	response.Line = "not said"
	g := w.Shortcut("U0ADA", "reprovision")
	if ack := w.acked(g); ack.Payload != nil {
		t.Errorf("payload is %s", ack.Payload)
	}
	want := intake.Shortcut{Interaction: ledger.Interaction{Envelope: g.EnvelopeID(), Trigger: digest(g.TriggerID)}, By: ada}
	if diff := cmp.Diff(want, wait(t, "the shortcut", used)); diff != "" {
		t.Errorf("shortcut (-want +got):\n%s", diff)
	}
	if v := w.filled("U0ADA"); v.Private != "" || !strings.Contains(v.Plain(), "Channel") {
		t.Errorf("the form has %q:\n%s", v.Private, v.Plain())
	}

	response = intake.Response{Line: "My database is not responding."}
	w.acked(w.Shortcut("U0ADA", "reprovision"))
	w.await("a direct message", func() bool { return len(w.Messages(w.DM("U0ADA"))) == 1 })
	if diff := cmp.Diff([]string{"My database is not responding."}, w.Sees("U0ADA")); diff != "" {
		t.Errorf("sees (-want +got):\n%s", diff)
	}

	wait(t, "the second", used)
	if ack := w.acked(w.Shortcut("U0ADA", "other")); ack.Payload != nil || len(used) != 0 {
		t.Errorf("another shortcut was handed over, or answered with %s", ack.Payload)
	}
}

// opened is the request form of a person, filled and in front of them.
func (w *world) opened(person string) slackfake.View {
	w.t.Helper()
	w.acked(w.Type(person, "C0OPS", ""))
	return w.filled(person)
}

func TestMenuShowsWhatTheSearchFinds(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	searches := make(chan intake.Search, 1)
	var found []intake.Choice
	w.receive(handler{
		ask:    func(intake.Ask) intake.Response { return opensForm(requestForms["menu"]) },
		search: func(s intake.Search) []intake.Choice { searches <- s; return found },
	})
	v := w.opened("U0ADA")
	many := func(n int, text string) (list []intake.Choice) {
		for i := range n {
			list = append(list, intake.Choice{ID: fmt.Sprintf("%036d", i), Name: text, About: text})
		}
		return list
	}
	for name, row := range map[string]struct {
		found []intake.Choice
		least int // options, and at most 40
		text  string
	}{
		"none":     {nil, 0, ""},
		"one":      {[]intake.Choice{{ID: "1", Name: "CPC <ada> & Co", About: "ada@example.com · in use"}}, 1, "CPC <ada> & Co"},
		"nameless": {[]intake.Choice{{ID: "1"}, {Name: "x"}, {ID: "2", Name: "y"}}, 1, "y"},
		"many":     {many(200, "CPC-ada"), 40, "CPC-ada"},
		"longest":  {many(40, strings.Repeat("x", 75)), 40, strings.Repeat("x", 75)},
		"wide":     {many(40, strings.Repeat("ß", 80)), 30, strings.Repeat("ß", 74) + "…"},
		"widest":   {many(40, strings.Repeat("<", 80)), 15, strings.Repeat("<", 74) + "…"}, // six bytes each in JSON
	} {
		found = row.found
		g := w.Suggest("U0ADA", v.ID, "machine", "machine", "cpc a")
		ack := w.acked(g)
		if diff := cmp.Diff(intake.Search{By: ada, Text: "cpc a"}, wait(t, "the search", searches)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		got := g.Options()
		if len(got) < row.least || len(got) > 40 || len(row.found) < 2 && len(got) != row.least {
			t.Errorf("%s: %d options in %d bytes", name, len(got), len(ack.Payload))
		}
		if len(got) > 0 && got[0].Text != row.text {
			t.Errorf("%s: the first is %+v", name, got[0])
		}
	}
	if calls := w.Calls(); slices.ContainsFunc(calls, func(c slackfake.Call) bool {
		return !slices.Contains([]string{"auth.test", "apps.connections.open", "views.open", "views.update"}, c.Method)
	}) {
		t.Errorf("Slack was asked: %+v", calls)
	}
	for name, payload := range map[string]map[string]any{
		"another form": {"action_id": "machine", "view": map[string]any{"callback_id": "other"}},
		"another menu": {"action_id": "other", "view": map[string]any{"callback_id": "reprovision"}},
	} {
		payload["type"], payload["user"] = "block_suggestion", map[string]any{"id": "U0ADA", "team_id": "T0HOME"}
		if ack := w.acked(w.SendRaw("interactive", true, payload)); string(ack.Payload) != `{"options":[]}` || len(searches) != 0 {
			t.Errorf("%s: %s", name, ack.Payload)
		}
	}
}

func TestPeopleOfTheGridSearchByTheEnterprise(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{Enterprise: "E0GRID"})
	by := make(chan auth.Person, 1)
	w.receive(handler{
		ask:    func(intake.Ask) intake.Response { return opensForm(requestForms["menu"]) },
		search: func(s intake.Search) []intake.Choice { by <- s.By; return nil },
	})
	w.acked(w.Suggest("U0ADA", w.opened("U0ADA").ID, "machine", "machine", "c"))
	if got := wait(t, "the search", by); got != (auth.Person{Org: "E0GRID", ID: "U0ADA"}) {
		t.Errorf("got %v", got)
	}
}

func TestRequestFormIsHandedOverAsItWasFilledIn(t *testing.T) {
	for name, row := range map[string]struct {
		form   intake.RequestForm
		typed  string // into the menu
		values map[string]string
		want   intake.Submission
	}{
		"all":          {requestForms["channel"], "c", map[string]string{"machine": "id-1", "os": "windows11", "account": "standardUser", "reason": "it is\nslow & old", "channel": "C0LOBBY"}, intake.Submission{Channel: "C0LOBBY", Machine: "id-1", OS: "windows11", Account: "standardUser", Reason: "it is\nslow & old"}},
		"the least":    {requestForms["menu"], "c", map[string]string{"machine": "id-1"}, intake.Submission{Channel: "C0OPS", Machine: "id-1"}},
		"as it was":    {requestForms["filled"], "", nil, intake.Submission{Channel: "C0OPS", Machine: "CPC-DAN-01", OS: "windows10", Account: "administrator", Reason: "BitLocker asks for a key at each start"}},
		"changed back": {requestForms["filled"], "", map[string]string{"os": words.FromPolicy, "account": ""}, intake.Submission{Channel: "C0OPS", Machine: "CPC-DAN-01", Reason: "BitLocker asks for a key at each start"}},
		"typed":        {requestForms["typed"], "", map[string]string{"machine": "ada@example.com"}, intake.Submission{Channel: "C0OPS", Machine: "ada@example.com"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			sent := make(chan intake.Submission, 1)
			w.receive(handler{
				ask:    func(intake.Ask) intake.Response { return opensForm(row.form) },
				search: func(intake.Search) []intake.Choice { return []intake.Choice{{ID: "id-1", Name: "CPC-ada"}} },
				request: func(s intake.Submission) intake.Response {
					sent <- s
					return intake.Response{Line: "R-7K3F: looking for it…"}
				},
			})
			v := w.opened("U0ADA")
			if row.typed != "" {
				w.acked(w.Suggest("U0ADA", v.ID, "machine", "machine", row.typed))
			}
			g := w.Submit("U0ADA", v.ID, inputs(row.values))
			if ack := w.acked(g); ack.Payload != nil {
				t.Errorf("payload is %s", ack.Payload)
			}
			row.want.By, row.want.Interaction = ada, ledger.Interaction{Envelope: g.EnvelopeID(), View: v.ID}
			if diff := cmp.Diff(row.want, wait(t, "the form", sent)); diff != "" {
				t.Errorf("submission (-want +got):\n%s", diff)
			}
			if n := len(w.Views("U0ADA")); n != 0 {
				t.Errorf("%d forms are still open", n)
			}
			w.await("the whisper", func() bool { return len(w.Sees("U0ADA")) > 0 })
			source := []string{"response_url"} // of the command
			if row.want.Channel == "C0LOBBY" { // where the bot is not
				source = nil
			}
			if diff := cmp.Diff(source, w.sources("U0ADA")); diff != "" {
				t.Errorf("sources (-want +got):\n%s", diff)
			}
		})
	}
}

// inputs are the values of a form by block_id and action_id, which are the same.
func inputs(values map[string]string) map[string]map[string]any {
	all := map[string]map[string]any{}
	for field, value := range values {
		all[field] = map[string]any{field: value}
	}
	return all
}

func TestRequestFormStaysOpenUntilItIsRight(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{})
	var response intake.Response
	views := make(chan string, 1)
	w.receive(handler{
		ask:     func(intake.Ask) intake.Response { return opensForm(requestForms["typed"]) },
		request: func(s intake.Submission) intake.Response { views <- s.Interaction.View; return response },
	})
	v := w.opened("U0ADA")
	for name, row := range map[string]struct {
		errors map[intake.Field]words.Line
		want   map[string]string
	}{
		"one":         {map[intake.Field]words.Line{"machine": words.Say("I don't know %s.", "CPC <x> & `y`")}, map[string]string{"machine": "I don't know CPC <x> & 'y'."}},
		"two":         {map[intake.Field]words.Line{"machine": "no", "reason": "Say why."}, map[string]string{"machine": "no", "reason": "Say why."}},
		"marked up":   {map[intake.Field]words.Line{"reason": "Ask <@U0BEN> or see <https://example.com/x|the list> in `/reprovision help`."}, map[string]string{"reason": "Ask @U0BEN or see the list in /reprovision help."}},
		"not a field": {map[intake.Field]words.Line{"machine": "No such machine.", "channel": "I am not in this channel."}, map[string]string{"machine": "No such machine. I am not in this channel."}},
		"only such":   {map[intake.Field]words.Line{"channel": "I am not in this channel."}, map[string]string{"machine": "I am not in this channel."}},
		"overlong":    {map[intake.Field]words.Line{"machine": words.Line(strings.Repeat("ß", 400))}, map[string]string{"machine": strings.Repeat("ß", 299) + "…"}},
	} {
		response = intake.Response{Errors: row.errors}
		w.acked(w.Submit("U0ADA", v.ID, nil))
		wait(t, "the form", views)
		open := w.Views("U0ADA")
		if len(open) != 1 {
			t.Fatalf("%s: %d forms are open", name, len(open))
		}
		if diff := cmp.Diff(row.want, open[0].Errors); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	response = intake.Response{}
	w.acked(w.Submit("U0ADA", v.ID, nil))
	if id := wait(t, "the form", views); id != v.ID || len(w.Views("U0ADA")) != 0 {
		t.Errorf("view %s, open %v", id, w.Views("U0ADA"))
	}
	if got := w.Sees("U0ADA"); len(got) != 0 {
		t.Errorf("ada sees %q", got)
	}
	response = intake.Response{Errors: map[intake.Field]words.Line{"machine": "No such machine.", "reason": "Say why."}}
	w.acked(w.SendRaw("interactive", true, map[string]any{"type": "view_submission", "user": map[string]any{"id": "U0ADA", "team_id": "T0HOME"},
		"view": map[string]any{"callback_id": "reprovision", "private_metadata": "C0OPS"}}))
	w.await("a whisper", func() bool { return slices.Equal(w.Sees("U0ADA"), []string{"No such machine.\nSay why."}) })
}

func TestUnackedRequestFormStaysOpen(t *testing.T) {
	t.Parallel()
	w := open(t, slackfake.Config{AckDeadline: 200 * time.Millisecond})
	views := make(chan string, 2)
	w.receive(handler{
		ask: func(intake.Ask) intake.Response { return opensForm(requestForms["filled"]) },
		request: func(s intake.Submission) intake.Response {
			views <- s.Interaction.View
			return intake.Response{Unacked: len(views) == 1}
		},
	})
	v := w.opened("U0ADA")
	if _, err := w.Submit("U0ADA", v.ID, nil).WaitAck(w.within()); err == nil || len(w.Views("U0ADA")) != 1 {
		t.Errorf("%v, %d forms", err, len(w.Views("U0ADA")))
	}
	w.acked(w.Submit("U0ADA", v.ID, nil))
	if first, second := wait(t, "a form", views), wait(t, "a form", views); first != v.ID || second != v.ID {
		t.Errorf("views %s and %s, want %s", first, second, v.ID)
	}
}

func TestEmailIsToldOrWhyNot(t *testing.T) {
	w := open(t, slackfake.Config{})
	w.AddPerson(slackfake.Person{ID: "U0ADA", Name: "ada", Email: "Ada@example.com"})
	email := func(of auth.Person, fresh bool) (string, error) { return w.Email(t.Context(), of, fresh) }
	nobody := auth.Person{Org: "T0HOME", ID: "U0NOBODY"}
	for _, row := range []struct {
		of   auth.Person
		want string
	}{{ada, "Ada@example.com"}, {ben, ""}, {auth.Person{Org: "T0AWAY", ID: "U0EVE"}, ""}, {nobody, ""}} {
		if got, err := email(row.of, false); got != row.want || err != nil {
			t.Errorf("%v: %q, %v", row.of, got, err)
		}
	}
	asked := len(w.called("users.info"))
	if _, err := w.Standing(t.Context(), ada, false); err != nil || len(w.called("users.info")) != asked {
		t.Errorf("asked %d times, %v", len(w.called("users.info")), err)
	}
	w.Fail("users.info", slackfake.Fault{Status: 500, Times: 1})
	if _, err := email(ada, true); err == nil || errors.As(err, new(*causes.RefusedError)) {
		t.Errorf("an outage: %v", err)
	}
	w.HideScopes(true)
	if got, err := email(ada, true); got == "" || err != nil {
		t.Errorf("with hidden scopes: %q, %v", got, err)
	}
	w.HideScopes(false)
	w.SetScopes("users:read")
	var lack *causes.MissingScopeError
	for range 2 {
		if got, err := email(ada, true); got != "" || !errors.As(err, &lack) || lack.Needed != "users:read.email" || lack.Op != "users.info" {
			t.Errorf("without the scope: %q, %v", got, err)
		}
	}
	if n := strings.Count(w.logs.String(), "users:read.email"); n != 1 {
		t.Errorf("logged %d times", n)
	}
	if s, err := w.Standing(t.Context(), ada, true); err != nil || !s.Known {
		t.Errorf("standing: %+v, %v", s, err)
	}
}

// An offer of several machines, as the bot words it.
var whichOne, picked = words.Picker(ledger.Request{
	ID: "R-7K3F", Order: orders.Order{PC: "dan@example.com"},
	Choices: []ledger.Choice{
		{ID: "pc-1", Name: "CPC-DAN-01", Device: "CPC-dan-7QX31", User: "dan@example.com", Plan: "Cloud PC Enterprise 4vCPU/16GB/128GB", Status: "provisioned", Changed: noon.AddDate(0, -3, 0)},
		{ID: "pc-2", Name: "CPC-DAN-02", Device: "CPC-dan-7QX32", User: "dan@example.com", Plan: "Cloud PC Enterprise 2vCPU/8GB/128GB", Status: "failed", Changed: noon.AddDate(0, 0, -2)},
	},
}, noon.Add(10*time.Minute))

func TestPickersAreDrawnAsTheyWere(t *testing.T) {
	long := strings.Repeat("ß&amp;", 1000)
	over := slices.Repeat([]words.Pick{{Text: words.Line(long), Button: long, Value: "R-7K3F 0", Label: long}}, 11)
	golden(t, filepath.Join("testdata", "blocks", "pick.json"), indented(t, map[string]any{"blocks": pickBlocks(whichOne, picked)}))
	golden(t, filepath.Join("testdata", "blocks", "pick-overlong.json"), indented(t, map[string]any{"blocks": pickBlocks(words.Line(long), over)}))
}

func TestAnOfferReachesItsReaderAndIsPicked(t *testing.T) {
	for name, row := range map[string]struct {
		channel string
		spoil   func(w *world)
		source  string // "" = by direct message
	}{
		"response_url": {"C0OPS", func(*world) {}, "response_url"},
		"ephemeral":    {"C0OPS", func(w *world) { w.clock.pass(31 * time.Minute) }, "postEphemeral"},
		"away":         {"C0OPS", func(w *world) { w.clock.pass(31 * time.Minute); w.evict() }, ""},
		"no channel":   {"", func(*world) {}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := open(t, slackfake.Config{})
			clicks := make(chan intake.Click, 1)
			w.receive(handler{click: func(c intake.Click) intake.Response { clicks <- c; return intake.Response{} }})
			w.acked(w.Type("U0ADA", "C0OPS", "dan@example.com"))
			row.spoil(w)
			if err := w.Offer(w.within(), row.channel, ada, whichOne, picked); err != nil {
				t.Fatal(err)
			}
			m := w.newest("U0ADA")
			if m.Ephemeral != (row.source != "") || m.Ephemeral && w.sources("U0ADA")[0] != row.source || m.Text != string(whichOne) {
				t.Errorf("it came by %v and says %q", w.sources("U0ADA"), m.Text)
			}
			want := []string{"Pick (pick R-7K3F 0)", "Pick (pick R-7K3F 1)"}
			if diff := cmp.Diff(want, m.Buttons()); diff != "" {
				t.Errorf("buttons (-want +got):\n%s", diff)
			}
			w.acked(w.PressValue("U0ADA", m, "pick", "R-7K3F 1"))
			if got := wait(t, "the press", clicks); got.Action != words.PressPick || got.Value != "R-7K3F 1" {
				t.Errorf("pressed %+v", got)
			}
		})
	}
}

// The values that forms send are those that the intake knows.
func TestFormSendsWhatACommandSays(t *testing.T) {
	says := words.RequestForm()
	raw, err := json.Marshal([]any{says.OS.Options, says.Account.Options})
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []string{string(orders.Windows10), string(orders.Windows11), string(orders.StandardUser), string(orders.Administrator)} {
		if !strings.Contains(string(raw), `"`+value+`"`) {
			t.Errorf("%s cannot be chosen", value)
		}
	}
	if n := len([]rune(says.Title)); n > 24 {
		t.Errorf("the title has %d characters", n)
	}
}
