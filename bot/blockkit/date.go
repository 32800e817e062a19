package blockkit

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// date returns a function that draws <!date^seconds^format^link|fallback>, or nil if it is malformed
// and has no fallback. The tokens are those of docs.slack.dev/messaging/formatting-message-text and
// of the date element in docs.slack.dev/reference/block-kit/block-elements/date-element.
func (d *drawing) date(ref, fallback string, hasFallback bool) func() {
	parts := strings.SplitN(ref, "^", 4)
	text, ok := "", false
	if len(parts) >= 3 {
		text, ok = d.when(parts[1], parts[2])
	}
	switch {
	case !ok && !hasFallback:
		return nil
	case !ok:
		return func() { d.text(fallback) }
	case len(parts) == 4 && address(parts[3]) != "":
		return func() { d.link(parts[3], text) }
	}
	return func() { d.element("time", "", text) }
}

var dateToken = regexp.MustCompile(`\{[a-z_]*\}`)

// lastSecond is the end of the year 9999, the last that the formats can write.
const lastSecond = 253402300799

func (d *drawing) when(seconds, format string) (text string, ok bool) {
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil || unix < 0 || unix > lastSecond {
		return "", false
	}
	at := time.Unix(unix, 0).In(d.Zone)
	ok = true
	text = dateToken.ReplaceAllStringFunc(format, func(token string) string {
		written := d.dateToken(token, at)
		ok = ok && written != ""
		return written
	})
	// A day in words at the beginning of a format has a capital, as jsx-slack has it. Slack does not
	// document it.
	for _, day := range []string{"today", "yesterday", "tomorrow"} {
		if strings.HasPrefix(text, day) && strings.HasPrefix(format, "{") {
			text = strings.ToUpper(text[:1]) + text[1:]
		}
	}
	return text, ok && text != ""
}

func (d *drawing) dateToken(token string, at time.Time) string {
	long := at.Format("January ") + ordinal(at.Day()) + at.Format(", 2006")
	pretty := func(otherwise string) string {
		if day := d.day(at); day != "" {
			return day
		}
		return otherwise
	}
	switch token {
	case "{date_num}":
		return at.Format("2006-01-02")
	case "{date_slash}":
		return at.Format("02/01/2006")
	case "{date}":
		return long
	case "{date_pretty}":
		return pretty(long)
	case "{date_short}":
		return at.Format("Jan 2, 2006")
	case "{date_short_pretty}":
		return pretty(at.Format("Jan 2, 2006"))
	case "{date_long}":
		return at.Format("Monday, ") + long
	case "{date_long_full}":
		return at.Format("January 2, 2006")
	case "{date_long_pretty}":
		return pretty(at.Format("Monday, ") + long)
	case "{day_divider_pretty}":
		if at.Year() == d.Now.In(d.Zone).Year() {
			long = at.Format("January ") + ordinal(at.Day())
		}
		return pretty(at.Format("Monday, ") + long)
	case "{time}":
		return at.Format("3:04 PM")
	case "{time_secs}":
		return at.Format("3:04:05 PM")
	case "{ago}":
		return ago(d.Now.Sub(at))
	}
	return ""
}

// day returns the name of a day near Now, and "" for any other.
func (d *drawing) day(at time.Time) string {
	y, m, today := d.Now.In(d.Zone).Date()
	for i, name := range []string{"yesterday", "today", "tomorrow"} {
		ny, nm, nd := time.Date(y, m, today+i-1, 12, 0, 0, 0, d.Zone).Date()
		if ay, am, ad := at.Date(); ay == ny && am == nm && ad == nd {
			return name
		}
	}
	return ""
}

func ago(d time.Duration) string {
	form := "%s ago"
	if d < 0 {
		d, form = -d, "in %s"
	}
	for _, unit := range []struct {
		name string
		long time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		switch n := d / unit.long; {
		case n == 1:
			return fmt.Sprintf(form, "1 "+unit.name)
		case n > 1:
			return fmt.Sprintf(form, fmt.Sprintf("%d %ss", n, unit.name))
		}
	}
	return "now"
}

func ordinal(n int) string {
	suffix := "th"
	if n/10 != 1 {
		switch n % 10 {
		case 1:
			suffix = "st"
		case 2:
			suffix = "nd"
		case 3:
			suffix = "rd"
		}
	}
	return strconv.Itoa(n) + suffix
}
