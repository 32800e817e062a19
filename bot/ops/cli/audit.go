package cli

import (
	"context"
	"io"
	"os"

	"github.com/mattn/go-isatty"

	"cloudpc-bot/bot/ops"
)

// auditCommand has the words for the ledger as a record. Without one of them it verifies.
type auditCommand struct {
	Verify auditVerify `cmd:"" default:"withargs" help:"Check that nobody has edited the ledger; without another word, this one."`
	Export auditExport `cmd:"" help:"Print the events as JSON lines, for a SIEM."`
	Show   auditShow   `cmd:"" help:"Print what the ledger knows of one request."`
	Redact auditRedact `cmd:"" help:"Erase what people wrote, and names, from requests that have ended."`
}

func (auditCommand) Help() string { return aboutAudit }

type auditVerify struct {
	Receipts []string `arg:"" optional:"" name:"receipt" help:"What the last replies of requests say behind the word receipt, such as R-7K3F:3f9c0a1b2c3d, or the line that an earlier audit printed."`
}

func (auditVerify) Help() string { return aboutVerify }

func (c auditVerify) Run(ctx context.Context, p Program) error {
	return ops.AuditLedger(ctx, p.Out, c.Receipts)
}

type auditExport struct {
	From string `help:"Only events from this time on: 2026-11-01, or 2026-11-01T08:00:00Z."`
	To   string `help:"Only events before this time."`
}

func (auditExport) Help() string { return aboutExport() }

func (c auditExport) Run(ctx context.Context, p Program) error {
	return ops.Export(ctx, p.Out, c.From, c.To)
}

type auditShow struct {
	Request string `arg:"" help:"The id of a request, such as R-7K3F."`
}

func (auditShow) Help() string { return aboutShow }

func (c auditShow) Run(ctx context.Context, p Program) error { return ops.Show(ctx, p.Out, c.Request) }

type auditRedact struct {
	Request string `arg:"" optional:"" help:"The id of a request, such as R-7K3F."`
	Person  string `help:"Instead, all requests that concern this person, by their user id in Slack, such as U024BE7LH."`
	Yes     bool   `help:"Do not ask."`
}

func (auditRedact) Help() string { return aboutRedact }

func (c auditRedact) Run(ctx context.Context, p Program) error {
	var terminal io.Reader
	if isatty.IsTerminal(os.Stdin.Fd()) {
		terminal = os.Stdin
	}
	return ops.Redact(ctx, p.Out, ops.RedactOptions{Request: c.Request, Person: c.Person, Yes: c.Yes, Answers: terminal})
}
