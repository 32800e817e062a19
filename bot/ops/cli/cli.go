// Package cli is the command line of cloudpc-bot: its words, what each says with --help, and the exit
// statuses. It only reads words; what a command does is in bot/ops and bot/demo.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/alecthomas/kong"

	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ops"
)

// Exit statuses of the program. Scripts and unit files rely on them.
const (
	OK      = 0 // stopped when asked, or done
	Failed  = 1
	Wrong   = 2 // the configuration or the command line is wrong
	Changed = 3 // audit: the ledger is not as it was written
)

// Status is the exit status for what [Program.Run] returned.
func Status(err error) int {
	switch {
	case err == nil:
		return OK
	case errors.As(err, new(*config.Error)):
		return Wrong
	case errors.As(err, new(*ledger.BrokenError)):
		return Changed
	}
	return Failed
}

// Program is what the commands need to know of the program that they belong to.
type Program struct {
	Version string    // as the command version prints it
	Out     io.Writer // takes results and help
	Logs    io.Writer // takes the log of the bot
}

// Run does what the words of a command line say; no words run the bot. It returns nil if it was done,
// or if the bot was asked to stop. A mistake in the words is a *config.Error, as is one in the
// configuration.
func (p Program) Run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return p.serve(ctx, p.Logs)
	}
	var words commands
	answered := false // by --help or --version, after which kong would go on
	parser, err := kong.New(&words,
		kong.Name("cloudpc-bot"), kong.Description(about),
		kong.Vars{"version": p.Version},
		kong.Writers(p.Out, p.Out), kong.Exit(func(int) { answered = true }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
	)
	if err != nil {
		return fmt.Errorf("command line: %w", err)
	}
	chosen, err := parser.Parse(args)
	switch {
	case answered:
		return nil
	case err != nil:
		return &config.Error{Text: fmt.Sprintf("cloudpc-bot: %v\n%s", err, "cloudpc-bot help lists the commands.")}
	}
	return chosen.Run()
}

// serve runs the bot that the environment describes.
func (p Program) serve(ctx context.Context, logs io.Writer) error {
	return ops.Serve(ctx, logs, p.Version)
}
