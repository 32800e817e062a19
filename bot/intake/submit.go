package intake

import (
	"context"

	"cloudpc-bot/bot/words"
)

// Shortcut opens the request form.
func (i *Intake) Shortcut(ctx context.Context, s Shortcut) Response {
	return Response{Line: words.Help(i.Judge.MayRead(ctx, s.By, ""))}
}

// Search finds machines for the form's menu.
func (i *Intake) Search(context.Context, Search) []Choice { return nil }

// Submit handles a submitted request form.
func (i *Intake) Submit(context.Context, Submission) Response { return Response{} }
