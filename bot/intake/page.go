package intake

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

// A long answer comes in pages. The value of a page button holds the id of a request, the kind of
// list and numbers, and nothing else. With every press the person is judged again and the ledger is
// read again, so that an old button leads to what is true now.

// perPage is how many entries a page has. They fit on the screen of a phone.
const perPage = 8

// listing is the kind of answer that a page belongs to.
type listing string

const (
	ofLive    listing = "list"    // requests that have not ended; page.of is the first one shown
	ofAll     listing = "history" // all requests; page.of likewise
	ofMachine listing = "machine" // requests for machines that ever had one of the names in page.of
	ofOne     listing = "status"  // the events of page.of
)

// page is one page of a long answer. Its String is the value of the button that leads to it.
type page struct {
	of   ledger.ID
	list listing
	name int // index in Request.Names; only for ofMachine
	at   int // page number, from 1
}

func (p page) String() string {
	if p.list == ofMachine {
		return fmt.Sprintf("%s %s %d %d", p.of, p.list, p.name, p.at)
	}
	return fmt.Sprintf("%s %s %d", p.of, p.list, p.at)
}

var pageForm = regexp.MustCompile(`^(list|history|status|machine [0-9]) ([1-9][0-9]{0,3})$`)

// parsePage reads the value of a page button.
func parsePage(value string) (p page, ok bool) {
	id, rest, _ := strings.Cut(value, " ")
	m := pageForm.FindStringSubmatch(rest)
	if p.of, ok = ledger.ParseID(id); !ok || string(p.of) != id || m == nil {
		return page{}, false
	}
	list, name, _ := strings.Cut(m[1], " ")
	p.list = listing(list)
	p.name, _ = strconv.Atoi(name) // 0 if there is none
	p.at, _ = strconv.Atoi(m[2])
	return p, true
}

// turn answers a press of a page button, if the person may still read that page.
func (i *Intake) turn(ctx context.Context, c Click) Response {
	began := time.Now()
	p, ok := parsePage(c.Value)
	if !ok {
		i.Log.Warn("Slack sent a press that the bot cannot read", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownPage()}
	}
	v := i.Judge.MayRead(ctx, c.By, c.At.Channel)
	if !v.Allowed {
		i.Log.Info("the bot refused to show a page", "by", c.By.ID, "org", c.By.Org, "verdict", string(v.Reason))
		return Response{Line: words.MayNot(v)}
	}
	by := viewer{c.By, v.Reason == auth.IsAdmin, v.Reason == auth.IsMember, i.Judge.FormerHome}
	return i.ackWithin(ctx, began, actor{c.By, c.At.Channel}, Response{Unacked: true}, func(ctx context.Context) Response {
		r, no := i.readable(ctx, by, p.of)
		if no.Line != "" {
			return no
		}
		switch p.list {
		case ofLive:
			return i.list(ctx, by, p.at)
		case ofAll:
			return i.history(ctx, by, p.at)
		case ofOne:
			return i.status(ctx, by, p.of, p.at)
		}
		names := r.Names()
		if p.name >= len(names) {
			return Response{Line: words.UnknownPage()}
		}
		return i.machine(ctx, by, names[p.name], p.at)
	})
}

func pagesOf(n int) int { return max(1, (n+perPage-1)/perPage) }

// onPage returns page at of all, and its number. If there are fewer pages by now it is the last one.
func onPage[T any](all []T, at int) ([]T, int) {
	at = min(at, pagesOf(len(all)))
	return all[(at-1)*perPage : min(at*perPage, len(all))], at
}

// addTurns adds to a response which page it is, and the buttons to its neighbours. The whole answer
// has n entries; open says that it has even more.
func addTurns(r *Response, p page, n int, open bool) {
	last := pagesOf(n)
	if last == 1 {
		return
	}
	r.Line += words.WhichPage(p.at, last, open)
	if before := p; p.at > 1 {
		before.at--
		r.Pages.Previous = before.String()
	}
	if behind := p; p.at < last {
		behind.at++
		r.Pages.Next = behind.String()
	}
}
