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

// A long answer comes in pages. Their buttons carry the id of a request and numbers, and
// nothing else: whoever presses is judged anew, and what is shown is read anew, so that an
// old page leads to what is true now.

// perPage is how many lines a page has: they fit a phone.
const perPage = 8

// listing is what a page is one of.
type listing string

const (
	ofLive    listing = "list"    // what is under way; the request is the first that was shown
	ofAll     listing = "history" // what was ever asked; the same
	ofMachine listing = "machine" // what was asked for the machine that bears a name of the request's
	ofOne     listing = "status"  // the story of the request
)

// page is one part of a long answer, and the value of the button that leads to it.
type page struct {
	of   ledger.ID
	list listing
	name int // which of the request's names; only of a machine
	at   int // from 1
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
	p.name, _ = strconv.Atoi(name) // none is 0
	p.at, _ = strconv.Atoi(m[2])
	return p, true
}

// turn shows another page to who pressed for it, if they may still read it.
func (i *Intake) turn(ctx context.Context, c Click) Response {
	began := time.Now()
	p, ok := parsePage(c.Value)
	if !ok {
		i.Log.Warn("press not understood", "by", c.By.ID, "action", string(c.Action))
		return Response{Line: words.UnknownPage()}
	}
	v := i.Judge.MayRead(ctx, c.By, c.At.Channel)
	if !v.Allowed {
		i.Log.Info("page refused", "by", c.By.ID, "org", c.By.Org, "reason", string(v.Reason))
		return Response{Line: words.MayNot(v)}
	}
	by := viewer{c.By, v.Reason == auth.IsAdmin, i.Judge.FormerHome}
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

// onPage is a page of all, and which: the last one where there are fewer by now.
func onPage[T any](all []T, at int) ([]T, int) {
	at = min(at, pagesOf(len(all)))
	return all[(at-1)*perPage : min(at*perPage, len(all))], at
}

// addTurns adds to one page which it is, and the buttons that lead on from it. Of n lines in
// all it is a part; open says that there are more.
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
