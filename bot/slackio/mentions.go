package slackio

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/words"
)

// Slack notifies everybody whom a new message mentions, in its text or in its blocks; an edit
// notifies nobody (docs.slack.dev/changelog/2026/07/13/notification-changes; facts of
// message_changed). So a new message mentions those alone who are to be called, and names the others.

var (
	personMention = regexp.MustCompile(`<@([^<>|]+)[^<>]*>`)
	groupMention  = regexp.MustCompile(`<!subteam\^([^<>|]+)[^<>]*>`)
	escaper       = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "*", "", "_", " ", "~", "", "`", "", ":", "")
)

// fewestWords is how many characters of its words a notice keeps, however many people it mentions; ours.
const fewestWords = 40

// quiet returns a line of a new message in which only those are mentioned who are to be called. The
// others are named as Slack shows them.
func (s *Client) quiet(ctx context.Context, l words.Line, calls words.Mentions) words.Line {
	names := s.displayNames(ctx, string(l), calls)
	text := personMention.ReplaceAllStringFunc(string(l), func(mention string) string {
		if name, ok := names[personMention.FindStringSubmatch(mention)[1]]; ok {
			return "@" + name
		}
		return mention
	})
	return words.Line(groupMention.ReplaceAllStringFunc(text, func(mention string) string {
		if id := groupMention.FindStringSubmatch(mention)[1]; !slices.Contains(calls.Groups, id) {
			return "@" + id
		}
		return mention
	}))
}

// quietCard is quiet for a card.
func (s *Client) quietCard(ctx context.Context, c words.Card, calls words.Mentions) words.Card {
	c.Notice, c.Status = s.quiet(ctx, c.Notice, calls), s.quiet(ctx, c.Status, calls)
	mentions := calls.Line() // behind what it is about, in the text and in the blocks: which of the two notifies is not documented
	c.Notice = c.NoticeWithin(max(words.MaxNotice-utf8.RuneCountInString(string(mentions)), fewestWords))
	if mentions != "" {
		c.Notice += " " + mentions[:len(mentions)-1]
	}
	c.Warning, c.Small = s.quiet(ctx, c.Warning, calls), s.quiet(ctx, c.Small, calls)
	if !calls.IsZero() {
		c.Small = "For " + calls.Line() + "· " + c.Small
	}
	return c
}

// displayNames are the names of the people whom text mentions and who are not to be called, all looked
// up at once: Slack may take a while for each.
func (s *Client) displayNames(ctx context.Context, text string, calls words.Mentions) map[string]string {
	var mu sync.Mutex
	var all sync.WaitGroup
	names := map[string]string{}
	asked := map[string]bool{}
	for _, m := range personMention.FindAllStringSubmatch(text, -1) {
		id := m[1]
		if asked[id] || slices.ContainsFunc(calls.People, func(p auth.Person) bool { return p.ID == id }) {
			continue
		}
		asked[id] = true
		all.Go(func() {
			name := s.displayName(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			names[id] = name
		})
	}
	all.Wait()
	return names
}

// displayName returns how Slack shows a person, escaped; their id if Slack does not say.
func (s *Client) displayName(ctx context.Context, id string) string {
	a, err := s.lookUpAccount(ctx, id, false)
	shown := strings.TrimSpace(escaper.Replace(words.Plain(a.name, 60)))
	if err != nil || shown == "" {
		return escaper.Replace(id)
	}
	return shown
}
