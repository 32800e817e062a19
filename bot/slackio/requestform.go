package slackio

import (
	"cmp"
	"context"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/slack-go/slack"

	"cloudpc-bot/bot/intake"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/words"
)

const (
	requestForm    = "reprovision" // callback_id of the request form, and of the shortcut that opens it
	longestMachine = 500           // characters of a name that is typed; ours, as long as a whole command
	longestError   = 300           // characters; ours: what is wrong with all fields fits the acknowledgement
)

// openRequestForm opens the request form with the trigger of r, and fills it once the handler knows what
// it shows. Slack's trigger does not outlive a look-up, so the form is opened before, with a line that
// says to wait, and updated by its id, for which Slack sets no limit (docs.slack.dev/surfaces/modals).
// If Slack does not open it, the person is told what to type instead.
func (s *Client) openRequestForm(ctx context.Context, r reaction, arrived time.Time, stopping <-chan struct{}) {
	defer s.recoverPanic("request form")
	id, err := s.openView(ctx, loadingView(), r.trigger, arrived.Add(triggerLife))
	if err != nil {
		s.Log.Warn("Slack did not open the request form", "by", r.by.ID, "error", err)
		s.tellTyped(ctx, r)
		return
	}
	form := fill(ctx, r.Opening.Fill, stopping)
	updating, cancel := context.WithTimeout(ctx, whisperTime)
	defer cancel()
	_, err = s.showView(updating, "views.update", url.Values{"view_id": {id}}, requestView(form))
	switch {
	case code(err) == "not_found": // docs.slack.dev/reference/methods/views.update
		s.Log.Debug("the request form was closed before it was filled", "by", r.by.ID)
	case err != nil:
		s.Log.Warn("Slack did not fill the request form", "by", r.by.ID, "error", err)
		s.tellTyped(ctx, r)
	}
}

// fill calls f within fillTime, and within whisperTime once the bot is being stopped.
func fill(ctx context.Context, f func(context.Context) intake.RequestForm, stopping <-chan struct{}) intake.RequestForm {
	ctx, cancel := context.WithTimeout(ctx, fillTime)
	defer cancel()
	go func() {
		select {
		case <-stopping:
			sleep(ctx, whisperTime)
			cancel()
		case <-ctx.Done():
		}
	}()
	return f(ctx)
}

// tellTyped whispers what can be typed in place of the form.
func (s *Client) tellTyped(ctx context.Context, r reaction) {
	if r.Opening.Typed == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, whisperTime)
	defer cancel()
	if err := s.respondTo(ctx, r.channel, r.by, intake.Response{Line: r.Opening.Typed}); err != nil {
		s.Log.Warn("Slack did not deliver a whisper", "error", err)
	}
}

// loadingView is the request form before it is filled.
func loadingView() slack.ModalViewRequest {
	says := words.RequestForm()
	return requestModal("", slack.NewSectionBlock(plainText(says.Loading), nil, nil))
}

func requestModal(channel string, blocks ...slack.Block) slack.ModalViewRequest {
	says := words.RequestForm()
	return slack.ModalViewRequest{
		Type:            slack.VTModal,
		Title:           plainText(cut(says.Title, 24)), // Slack's limit: docs.slack.dev/reference/views/modal-views
		Close:           plainText(says.Close),
		Blocks:          slack.Blocks{BlockSet: blocks},
		CallbackID:      requestForm,
		PrivateMetadata: channel,
	}
}

// requestView returns the request form. Its private_metadata is the channel where it was opened. The
// block_id and the action_id of each input are the name of its field, so what was entered survives
// another update.
func requestView(f intake.RequestForm) slack.ModalViewRequest {
	says := words.RequestForm()
	var blocks []slack.Block
	for _, text := range sections(string(f.Says), 3000) {
		blocks = append(blocks, slack.NewSectionBlock(mrkdwn(text), nil, nil))
	}
	if f.Closed {
		if blocks == nil { // Slack takes no modal without blocks
			blocks = []slack.Block{slack.NewSectionBlock(plainText(says.Title), nil, nil)}
		}
		return requestModal(f.Channel, blocks...)
	}
	blocks = append(blocks, slack.NewSectionBlock(plainText(says.Warning), nil, nil), machineInput(f))
	blocks = append(blocks,
		menuInput(intake.FieldOS, says.OS, string(f.Order.OS)),
		menuInput(intake.FieldAccount, says.Account, string(f.Order.Account)))
	reason := slack.NewPlainTextInputBlockElement(nil, string(intake.FieldReason))
	reason.Multiline, reason.MaxLength, reason.InitialValue = true, longestReason, cut(f.Order.Reason, longestReason)
	blocks = append(blocks, input(intake.FieldReason, says.Reason, !f.WantReason, reason))
	if f.AskChannel {
		where := slack.NewOptionsSelectBlockElement(slack.OptTypeConversations, placeholder(says.Channel), string(intake.FieldChannel))
		where.Filter = &slack.SelectBlockElementFilter{Include: []string{"public", "private"}, ExcludeExternalSharedChannels: true, ExcludeBotUsers: true}
		blocks = append(blocks, input(intake.FieldChannel, says.Channel, false, where))
	}
	v := requestModal(f.Channel, blocks...)
	v.Submit, v.Close = plainText(says.Send), plainText(says.Cancel)
	return v
}

// machineInput is the menu of machines, or an input for an exact name. What was typed already stands in
// it, unless it is too long for an option.
func machineInput(f intake.RequestForm) slack.Block {
	says := words.RequestForm()
	if !f.Menu {
		name := slack.NewPlainTextInputBlockElement(placeholder(says.TypedName), string(intake.FieldMachine))
		name.MaxLength, name.InitialValue = longestMachine, cut(f.Order.PC, longestMachine)
		return input(intake.FieldMachine, says.TypedName, false, name)
	}
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, placeholder(says.Machine), string(intake.FieldMachine))
	menu.MinQueryLength = new(1) // Slack's default is 3
	if pc := f.Order.PC; pc != "" && cut(pc, longestOption) == pc {
		menu.InitialOption = slack.NewOptionBlockObject(pc, plainText(pc), nil)
	}
	return input(intake.FieldMachine, says.Machine, false, menu)
}

// menuInput is an optional menu in which chosen is selected; if there is no such option, the first is.
func menuInput(field intake.Field, says words.FieldText, chosen string) slack.Block {
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, placeholder(says), string(field))
	for _, o := range says.Options {
		option := slack.NewOptionBlockObject(o.Value, plainText(o.Text), nil)
		menu.Options = append(menu.Options, option)
		if menu.InitialOption == nil || o.Value == chosen {
			menu.InitialOption = option
		}
	}
	return input(field, says, true, menu)
}

func input(field intake.Field, says words.FieldText, optional bool, element slack.BlockElement) slack.Block {
	var hint *slack.TextBlockObject
	if says.Hint != "" {
		hint = plainText(says.Hint)
	}
	b := slack.NewInputBlock(string(field), plainText(says.Label), hint, element)
	b.Optional = optional
	return b
}

func placeholder(says words.FieldText) *slack.TextBlockObject {
	if says.Placeholder == "" {
		return nil
	}
	return plainText(cut(says.Placeholder, 150)) // docs.slack.dev/reference/block-kit/block-elements/select-menu-element
}

// entered returns what was chosen or typed in a field of a submitted form.
func (v submission) entered(field intake.Field) string {
	in := v.View.State.Values[string(field)][string(field)]
	return cmp.Or(in.Option.Value, in.Conversation, in.Value)
}

func (s *Client) submit(ctx context.Context, h intake.Handler, envelope string, v submission) reaction {
	choice := func(field intake.Field) string {
		if value := v.entered(field); value != words.FromPolicy {
			return value
		}
		return ""
	}
	sent := intake.Submission{
		Interaction: ledger.Interaction{Envelope: envelope, View: v.View.ID},
		By:          s.claimed(v.User.Team, v.User.Enterprise, v.User.ID),
		Channel:     cmp.Or(v.entered(intake.FieldChannel), v.View.Private),
		Machine:     v.entered(intake.FieldMachine),
		OS:          choice(intake.FieldOS),
		Account:     choice(intake.FieldAccount),
		Reason:      v.entered(intake.FieldReason),
	}
	r := reaction{Response: h.Submit(ctx, sent), by: sent.By, channel: sent.Channel}
	r.errors = v.complaints(r.Errors)
	if len(r.Errors) > 0 && len(r.errors) == 0 { // no form of ours: it closes, and the person hears why
		for _, field := range requestFields {
			if l := r.Errors[field]; l != "" {
				r.Line = words.Line(strings.TrimPrefix(string(r.Line)+"\n"+string(l), "\n"))
			}
		}
	}
	return r
}

// requestFields are the fields in the order of the forms.
var requestFields = []intake.Field{intake.FieldName, intake.FieldMachine, intake.FieldOS, intake.FieldAccount, intake.FieldReason, intake.FieldChannel}

// complaints returns errors as the plain texts that Slack shows below the inputs. Slack takes none for an
// input that the form does not have; such an error stands below the first input instead.
func (v submission) complaints(errors map[intake.Field]words.Line) map[string]string {
	var first string
	for _, field := range requestFields {
		if v.View.State.Values[string(field)] != nil {
			first = string(field)
			break
		}
	}
	if first == "" || len(errors) == 0 {
		return nil
	}
	texts := map[string]string{}
	for _, field := range requestFields {
		line, wrong := errors[field]
		if !wrong {
			continue
		}
		at := string(field)
		if v.View.State.Values[at] == nil {
			at = first
		}
		texts[at] = strings.TrimSpace(texts[at] + " " + withoutMarkup(line))
	}
	for at, text := range texts {
		texts[at] = cut(text, longestError)
	}
	return texts
}

var (
	special  = regexp.MustCompile(`<([^<>|]*)\|?([^<>]*)>`)
	entities = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&", "`", "")
)

// withoutMarkup returns a line as plain text: links and dates by their label, mentions by their id.
func withoutMarkup(l words.Line) string {
	return entities.Replace(special.ReplaceAllStringFunc(string(l), func(s string) string {
		part := special.FindStringSubmatch(s)
		return cmp.Or(part[2], part[1])
	}))
}
