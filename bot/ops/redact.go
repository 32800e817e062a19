package ops

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// RedactOptions say what [Redact] erases: the words of one request, or those of all requests that concern
// a person.
type RedactOptions struct {
	Request string
	Person  string    // user id in Slack
	Yes     bool      // do not ask
	Answers io.Reader // a terminal, on which the question is answered; nil = there is none
}

// slackUser is the form of a user id (docs.slack.dev/reference/objects/user-object).
var slackUser = regexp.MustCompile(`^[UW][A-Z0-9_]+$`)

// Redact erases words from the ledger that DATABASE_URL names, as [ledger.Redactor] does. It migrates
// nothing, so a bot of an older version may run on the same ledger. It verifies the chain before and after, and
// erases nothing from a ledger that is not as it was written, because its texts are evidence then: it fails
// with *ledger.BrokenError. It fails with *ledger.LiveError if a request has not ended, and with a
// *config.Error if the options are malformed, or if there is nobody to ask.
func Redact(ctx context.Context, out io.Writer, o RedactOptions) error {
	address, err := config.Ledger()
	if err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return err
	}
	store, err := openAsItIs(ctx, address)
	if err != nil {
		return err
	}
	defer store.Close()
	return eraseWords(ctx, out, store, o)
}

// check fails with a *config.Error if the options are wrong.
func (o RedactOptions) check() error {
	if _, err := requestID(o.Request); o.Request != "" && err != nil {
		return err
	}
	text := ""
	switch {
	case (o.Request == "") == (o.Person == ""):
		text = "say which request, as R-7K3F, or --person and a user id of Slack, as U024BE7LH: one of the two"
	case o.Person != "" && !slackUser.MatchString(o.Person):
		text = fmt.Sprintf("--person %q is no user id of Slack, which looks like U024BE7LH: a person's profile › the three dots › Copy member ID", o.Person)
	case !o.Yes && o.Answers == nil:
		text = "there is no terminal to ask on, and no undo; add --yes if you mean it"
	default:
		return nil
	}
	return &config.Error{Text: "cloudpc-bot: " + text}
}

func eraseWords(ctx context.Context, out io.Writer, store ledger.Store, o RedactOptions) error {
	if _, err := store.Verify(ctx); err != nil {
		return err
	}
	var order ledger.Redaction
	answer, about := o.Person, "the reason for the brakes, if "+o.Person+" pulled them"
	if o.Request != "" {
		id, _ := ledger.ParseID(o.Request) // has been checked
		order.Requests, answer, about = []ledger.ID{id}, string(id), "the words of "+string(id)
	} else {
		var err error
		if order, err = ledger.ConcernedBy(ctx, store, o.Person); err != nil {
			return err
		}
		if ids := order.Requests; len(ids) > 0 {
			about = fmt.Sprintf("the words of %d requests that concern %s (%s), and %s", len(ids), o.Person, idList(ids), about)
		}
	}
	if !o.Yes && !confirmed(out, o.Answers, about, answer) {
		return errors.New("nothing was erased")
	}
	n, err := ledger.RedactRequests(ctx, store, order)
	if live, ok := errors.AsType[*ledger.LiveError](err); ok {
		return fmt.Errorf("%w; wait until they end, or end them in Slack (cancel, deny, close as unresolved), and redact again", live)
	}
	if err != nil {
		return err
	}
	report, err := store.Verify(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "Erased the words of %d requests. The ledger is whole: %d events, of which %d texts are erased.\n"+
		"Slack's messages, the bot's logs, exports and backups of the database keep theirs. Delete them there.\n", n, report.Head.Count, report.Erased)
	return err
}

func idList(ids []ledger.ID) string {
	var texts []string
	for _, id := range ids {
		texts = append(texts, string(id))
	}
	return strings.Join(texts, ", ")
}

// confirmed asks for an answer that nobody types by mistake.
func confirmed(out io.Writer, answers io.Reader, about, answer string) bool {
	fmt.Fprintf(out, "This erases %s. There is no undo.\nType %s to erase them: ", about, answer)
	line, _ := bufio.NewReader(answers).ReadString('\n') // an end without a line is no
	return strings.TrimSpace(line) == answer
}

// openAsItIs opens a ledger for writing and migrates nothing.
func openAsItIs(ctx context.Context, address auth.Secret) (ledger.Store, error) {
	if file := config.SQLiteFile(address); file != "" {
		return sqlite.Open(ctx, file, sqlite.Options{AsItIs: true})
	}
	return postgres.Open(ctx, address.Reveal(), postgres.Options{AsItIs: true})
}
