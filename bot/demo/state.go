package demo

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"cloudpc-bot/bot/blockkit"
	"cloudpc-bot/bot/slackfake"
	"cloudpc-bot/graph/graphfake"
)

// state is all that the page shows to whoever plays one of the people.
type state struct {
	As       string          `json:"as"`
	People   []person        `json:"people"`
	Rooms    []room          `json:"rooms"`
	Forms    []form          `json:"forms"` // the topmost last
	Fleet    []machine       `json:"fleet"`
	Bot      status          `json:"bot"`
	Hears    bool            `json:"hears"` // the bot has a socket to Slack
	Troubles map[string]bool `json:"troubles"`
	Wire     []wireEvent     `json:"wire"`
	Tour     progress        `json:"tour"`
}

type person struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	May     string `json:"may"`
	Account string `json:"account"` // in Entra
	News    []news `json:"news"`    // what called or told only them
}

// news is a message that is for one person.
type news struct {
	Room string `json:"room"`
	TS   string `json:"ts"`
}

// room is a conversation that the person is in.
type room struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	IM       bool      `json:"im,omitempty"`
	Shared   bool      `json:"shared,omitempty"` // with another organisation
	Messages []message `json:"messages"`
}

type message struct {
	TS     string `json:"ts"`
	Thread string `json:"thread,omitempty"` // the root's ts, of a reply
	By     string `json:"by"`               // app, person, slack
	HTML   string `json:"html"`
}

type form struct {
	ID   string `json:"id"`
	HTML string `json:"html"`
}

// machine is a Cloud PC as the tenant knows it.
type machine struct {
	Name   string `json:"name"`
	User   string `json:"user"`
	Policy string `json:"policy"`
	Status string `json:"status"` // Graph's, as reads show it
	Erased int    `json:"erased"` // how often, by the tenant's own log
	Note   string `json:"note,omitempty"`
}

// state is what as sees at that time, with times of that zone.
func (s *session) state(as string, zone *time.Location, now time.Time) state {
	st := state{As: as, Rooms: s.rooms(as), Forms: []form{}, Bot: s.bot.status(), Hears: s.slack.Sockets() > 0, Troubles: map[string]bool{}, Wire: s.wire(), Tour: s.tour()}
	d := viewer{session: s, zone: zone, now: now}
	for i := range st.Rooms {
		st.Rooms[i].Messages = d.messages(as, st.Rooms[i].ID)
	}
	for _, v := range s.slack.Views(as) {
		st.Forms = append(st.Forms, form{v.ID, d.draw(blockkit.Message{JSON: v.JSON, Errors: v.Errors})})
	}
	for _, r := range people {
		st.People = append(st.People, person{r.id, r.name, r.may, r.account, s.news(r.id)})
	}
	for _, m := range s.tenant.PCs() {
		st.Fleet = append(st.Fleet, s.machine(m))
	}
	for _, t := range troubles {
		st.Troubles[t] = s.has(t)
	}
	return st
}

// rooms are the conversations that a person is in, without their messages.
func (s *session) rooms(as string) []room {
	var rooms []room
	for _, c := range channels {
		if slices.Contains(c.Members, as) {
			rooms = append(rooms, room{ID: c.ID, Name: c.Name, Shared: c.ExtShared})
		}
	}
	return append(rooms, room{ID: s.slack.DM(as), Name: botName, IM: true})
}

// botName is what the app is called here.
const botName = "Cloud PC bot"

// private are the ephemeral messages to a person in a channel. What Slack says of a form belongs to none, and
// stands in the first.
func (s *session) private(as, in string) []slackfake.Message {
	var list []slackfake.Message
	for _, e := range s.slack.Ephemerals(as) {
		if (e.Channel == in || e.Channel == "" && in == channel) && !e.Deleted {
			list = append(list, e.Message)
		}
	}
	return list
}

// news are the messages that were for one person, oldest first.
func (s *session) news(id string) []news {
	list := []news{}
	for _, r := range s.rooms(id) {
		for _, m := range s.slack.Messages(r.ID) {
			if !m.Deleted && (slices.Contains(m.Called, id) || r.IM && m.User != id) {
				list = append(list, news{r.ID, m.TS})
			}
		}
		for _, m := range s.private(id, r.ID) {
			list = append(list, news{r.ID, m.TS})
		}
	}
	return list
}

var tricks = graphfake.Tricks()

func (s *session) machine(m graphfake.CloudPC) machine {
	shown := machine{Name: m.DisplayName, User: m.UserPrincipalName, Policy: m.ProvisioningPolicyName, Status: m.Status, Erased: s.tenant.Wipes(m.ID)}
	switch {
	case tricks[m.DisplayName] != "":
		shown.Note = tricks[m.DisplayName]
	case m.ProvisioningPolicyID == executives:
		shown.Note = "protected: the bot never erases it"
	case m.GroupName != "":
		shown.User = "shared by " + m.GroupName
	}
	return shown
}

// viewer draws what one person sees.
type viewer struct {
	*session
	zone *time.Location
	now  time.Time
}

func (d viewer) messages(as, in string) []message {
	list := []message{}
	for _, m := range append(d.slack.Messages(in), d.private(as, in)...) {
		if m.Deleted {
			continue
		}
		by, name := "app", botName
		switch {
		case m.User == "USLACKBOT":
			by, name = "slack", "Slackbot"
		case m.User != d.slack.BotUser():
			by, name = "person", called(m.User)
		}
		raw, _ := json.Marshal(map[string]any{"text": m.Text, "blocks": m.Blocks}) // both are JSON already
		list = append(list, message{TS: m.TS, Thread: thread(m), By: by,
			HTML: d.draw(blockkit.Message{JSON: raw, From: name, At: at(m.TS), Ephemeral: m.Ephemeral})})
	}
	slices.SortStableFunc(list, func(a, b message) int { return strings.Compare(a.TS, b.TS) })
	return list
}

// thread is the root that a message replies to, if it is a reply.
func thread(m slackfake.Message) string {
	if m.ThreadTS == m.TS {
		return ""
	}
	return m.ThreadTS
}

func (d viewer) draw(m blockkit.Message) string {
	var b bytes.Buffer
	if err := blockkit.Draw(&b, m, blockkit.Options{Name: d.name, Zone: d.zone, Now: d.now}); err != nil {
		return "" // the fake takes no message that is not JSON
	}
	return b.String()
}

// called is the name of one of the people.
func called(id string) string { return roleOf(id).name }

// name is what a mention shows.
func (d viewer) name(id string) string {
	if name := called(id); name != "" {
		return strings.ToLower(name) // as its handle is, which the bot writes where it mentions nobody
	}
	for _, r := range d.rooms(ada) {
		if r.ID == id {
			return r.Name
		}
	}
	if id == d.slack.BotUser() {
		return botName
	}
	return ""
}

// at is when a message with that ts was posted.
func at(ts string) time.Time {
	var seconds json.Number = json.Number(ts)
	f, err := seconds.Float64()
	if err != nil {
		return time.Time{}
	}
	return time.UnixMicro(int64(f * 1e6))
}
