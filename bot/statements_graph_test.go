package bot_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/graph/graphfake"
)

// graphStatements change Graph and Entra, or tell what they were asked.
var graphStatements = []statement{
	{"graph acts and holds its answer", func(w *world, _, _ string) error {
		w.held.Store(new(make(chan struct{})))
		return nil
	}},
	{"graph lets the answer go", func(w *world, _, _ string) error {
		close(*w.held.Swap(nil))
		return nil
	}},
	{"graph was not called", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		for _, c := range w.tenant.Calls() {
			if c.Version != "" { // Entra's have none
				return fmt.Errorf("it saw %s %s", c.Method, c.Path)
			}
		}
		return nil
	}},
	{"graph is left alone for {what}", func(w *world, _, what string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		before := len(w.tenant.Calls())
		if err := errors.Join(w.passes(what), w.quiet()); err != nil {
			return err
		}
		if calls := w.tenant.Calls()[before:]; len(calls) > 0 {
			return fmt.Errorf("it saw %s %s", calls[0].Method, calls[0].Path)
		}
		return nil
	}},
	{"graph challenges", post(graphfake.Fault{CAE: true})},
	{"graph saw nothing more", func(w *world, _, _ string) error {
		if err := w.quiet(); err != nil {
			return err
		}
		return w.noMorePosts()
	}},
	{"graph saw POST {what}", func(w *world, _, what string) error {
		return w.await(func() error {
			posts := w.tenant.Posts()
			if len(posts) <= w.posts {
				return errors.New("no further POST has arrived")
			}
			p := posts[w.posts]
			if err := contains(p.Path+" "+string(p.Body)+" ", what+" "); err != nil {
				return err
			}
			w.posts++
			return nil
		})
	}},
	{"graph wiped {what}", func(w *world, _, what string) error {
		name, times, _ := cutLast(what)
		return w.await(func() error {
			if n := fmt.Sprint(w.tenant.Wipes(w.machine(name))); n != times {
				return fmt.Errorf("%s times", n)
			}
			return nil
		})
	}},
	{"graph answers 429 after {what}", func(w *world, _, what string) error { return cooldown(w, what, 0) }},
	{"graph takes a second to answer 429 after {what}", func(w *world, _, what string) error { return cooldown(w, what, time.Second) }},
	{"graph acts and answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		if err != nil {
			return err
		}
		return post(graphfake.Fault{ActThenStatus: status})(w, "", "")
	}},
	{"graph answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		if err != nil {
			return err
		}
		return post(graphfake.Fault{Status: status})(w, "", "")
	}},
	{"graph loses the answer", post(graphfake.Fault{DropAfter: true})},
	{"graph drops the call", post(graphfake.Fault{DropBefore: true})},
	{"graph hangs", post(graphfake.Fault{Hang: true})},
	{"graph acts and hangs", post(graphfake.Fault{HangAfter: true})},
	{"graph redirects", post(graphfake.Fault{Redirect: "self"})},
	{"graph is down", reads(graphfake.Fault{Status: http.StatusServiceUnavailable})},
	{"graph is up", heal},
	{"graph forbids", everything("graph", graphfake.Fault{Status: http.StatusForbidden})},
	{"graph allows", heal},
	{"entra is down", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: http.StatusServiceUnavailable})(w, "", "")
	}},
	{"entra rejects", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: http.StatusUnauthorized})(w, "", "")
	}},
	{"entra is up", heal},
	{"graph says provisioning", func(w *world, _, _ string) error { w.tenant.Advance(w.target()); return nil }},
	{"graph says {what}", func(w *world, _, what string) error { // failed, or failed noEnoughIpAddress, or failed newCode: and a message
		status, why, _ := strings.Cut(what, " ")
		w.tenant.FinishAs(w.target(), status, report(why))
		return nil
	}},
	{"graph gives up with {what}", func(w *world, _, what string) error { // before it has erased anything
		w.tenant.GiveUp(w.target(), report(what))
		return nil
	}},
	{"graph flips", func(w *world, _, _ string) error {
		w.tenant.Set(w.target(), func(pc *graphfake.CloudPC) { pc.Status = "provisioned" })
		return nil
	}},
	{"graph does not find a machine once", func(w *world, _, _ string) error {
		for _, version := range []string{"v1.0", "beta"} {
			w.tenant.Fail(graphfake.Match{Kind: graphfake.Get, Version: version}, graphfake.Fault{Status: http.StatusNotFound, Times: 1})
		}
		return nil
	}},
	{"graph has no beta {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		w.tenant.Fail(graphfake.Match{Version: "beta"}, graphfake.Fault{Status: status})
		return err
	}},
	{"graph wants another admin", post(graphfake.Fault{Status: 400, Message: `{"Message":"The request must contain the header 'x-msft-approval-justification'."}`})},
	{"graph refuses because {what}", func(w *world, _, what string) error {
		return post(graphfake.Fault{Status: 409, Code: "InvalidCloudPcState", Message: what})(w, "", "")
	}},
	{"entra blocks the bot by Conditional Access", func(w *world, _, _ string) error {
		w.tenant.RevokeTokens()
		return everything(graphfake.Token, graphfake.Fault{Status: 400, Code: "invalid_grant", Message: "AADSTS53003: Access has been blocked by Conditional Access policies."})(w, "", "")
	}},
	{"graph fails every filter with {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		w.tenant.Fail(graphfake.Match{Kind: graphfake.List, Filter: graphfake.Filtered}, graphfake.Fault{Status: status})
		return err
	}},
	{"graph writes zeros", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.ZeroGUIDs = true })
		return nil
	}},
	{"graph writes {what}", func(w *world, _, what string) error { // CPC-ada a property (- = all of it) and its JSON
		words := strings.SplitN(strings.Join(strings.Fields(what), " "), " ", 3)
		if len(words) != 3 {
			return errors.New("want a machine, a property, and JSON")
		}
		property := strings.Trim(words[1], "-")
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			pc.Raw = map[string]json.RawMessage{property: json.RawMessage(words[2])}
		})
		return nil
	}},
	{"graph builds {what}", func(w *world, _, what string) error {
		os, account, _ := strings.Cut(what, " ")
		return post(graphfake.Fault{BuildOS: os, BuildAccount: strings.TrimSpace(account)})(w, "", "")
	}},
	{"graph leaves its row as it is", post(graphfake.Fault{RowLags: true})},
	{"graph cannot discover anything", reads(graphfake.Fault{Undiscovered: true})},
	{"something between answers {what}", func(w *world, _, what string) error {
		status, err := strconv.Atoi(what)
		return errors.Join(err, reads(graphfake.Fault{Status: status, Foreign: true})(w, "", ""))
	}},
	{"graph lacks the consent", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Roles = []string{"CloudPC.Read.All"} })
		return nil
	}},
	{"graph gets the consent", func(w *world, _, _ string) error {
		w.tenant.Tune(func(c *graphfake.Config) { c.Roles = nil })
		return nil
	}},
	{"graph shows {what}", func(w *world, _, what string) error { // CPC-ada a Reprovision Pending
		words := strings.Fields(what)
		if len(words) != 4 {
			return errors.New("want a machine, a, what was done, and how far it is")
		}
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			pc.Actions = []graphfake.Action{{Name: words[2], State: words[3], Start: w.clock.now()}}
		})
		return nil
	}},
	{"graph changes {what}", func(w *world, _, what string) error {
		words := strings.Fields(what)
		if len(words) < 3 {
			return errors.New("want a machine, what of it, and a value")
		}
		value := strings.Join(words[2:], " ")
		w.tenant.Set(w.machine(words[0]), func(pc *graphfake.CloudPC) {
			switch words[1] {
			case "user":
				pc.UserPrincipalName = value
			case "policy":
				pc.ProvisioningPolicyID, pc.ProvisioningPolicyName = value, value
			case "image":
				pc.ImageDisplayName = value
			case "device":
				pc.ManagedDeviceID = value
			case "status":
				pc.Status = value
			case "shared":
				pc.ProvisioningType, pc.GroupName, pc.UserPrincipalName = "sharedByEntraGroup", value, ""
			case "power":
				pc.PowerState = value
			case "called":
				pc.ManagedDeviceName = value
			case "named":
				pc.DisplayName = value
			case "intune":
				pc.ManagedDeviceID = value
			case "entra":
				pc.AADDeviceID = value
			case "signed":
				pc.SignedIn = true
			case "never":
				pc.NeverSignedIn, pc.LastSignIn = true, time.Time{}
			}
		})
		return nil
	}},
	{"graph's images are {what}", func(w *world, _, what string) error {
		for _, pc := range w.tenant.PCs() {
			var image string
			w.tenant.SetPolicy(pc.ProvisioningPolicyID, func(p *graphfake.Policy) { image = p.ImageID })
			w.tenant.SetImage(graphfake.Image{ID: image, Status: what})
		}
		return nil
	}},
	{"graph has {what}", func(w *world, _, what string) error { // 12 of CPC-lot: CPC-lot-1 to CPC-lot-12
		return lot(what, func(name string) error {
			w.tenant.Add(graphfake.CloudPC{DisplayName: name, Status: "provisioned", UserPrincipalName: "dan@example.com"})
			return nil
		})
	}},
	{"graph removes {what}", func(w *world, _, what string) error { w.tenant.Remove(w.machine(what)); return nil }},
}

// report is how Graph explains an end: a code that the fake has a message for, or a code: and a message.
func report(text string) graphfake.StatusDetail {
	code, message, own := strings.Cut(strings.TrimSpace(text), ": ")
	d := graphfake.Report(code)
	if own {
		d.Message = message
	}
	return d
}

// post is a fault of the next POST.
func post(f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		f.Times = 1
		w.tenant.Fail(graphfake.Match{Kind: graphfake.Reprovision}, f)
		return nil
	}
}

// reads befalls every read of Graph's until it is healed.
func reads(f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		for _, kind := range []string{graphfake.Get, graphfake.List} {
			w.tenant.Fail(graphfake.Match{Kind: kind}, f)
		}
		return nil
	}
}

func everything(kind string, f graphfake.Fault) func(*world, string, string) error {
	return func(w *world, _, _ string) error {
		w.tenant.Fail(graphfake.Match{Kind: kind}, f)
		return nil
	}
}

func heal(w *world, _, _ string) error { w.tenant.Heal(); return nil }

// target is the machine of the newest POST, else of the newest card.
func (w *world) target() string {
	if posts := w.tenant.Posts(); len(posts) > 0 {
		return posts[len(posts)-1].PC
	}
	c, _ := w.card()
	for _, pc := range w.tenant.PCs() {
		if strings.Contains(c.Plain(), pc.ID) {
			return pc.ID
		}
	}
	return ""
}

func (w *world) noMorePosts() error {
	if posts := w.tenant.Posts(); len(posts) > w.posts {
		return fmt.Errorf("it saw POST %s %s", posts[w.posts].Path, posts[w.posts].Body)
	}
	return nil
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndex(strings.TrimSpace(s), " ")
	if i < 0 {
		return s, "", false
	}
	return strings.TrimSpace(s[:i]), strings.TrimSpace(s[i:]), true
}

// cooldown has Graph refuse the next POST for a while, after it has thought for some time.
func cooldown(w *world, rest string, thinks time.Duration) error {
	d, err := time.ParseDuration(rest)
	if err != nil {
		return err
	}
	return post(graphfake.Fault{Status: http.StatusTooManyRequests, RetryAfter: d, Delay: thinks})(w, "", "")
}
