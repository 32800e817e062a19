package ops

import (
	"context"
	"fmt"
	"io"
	"os"

	"cloudpc-bot/auth"
	"cloudpc-bot/bot/config"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/bot/ledger/postgres"
	"cloudpc-bot/bot/ledger/sqlite"
)

// AuditLedger runs [Audit] on the ledger that DATABASE_URL names, and needs nothing else from the
// environment. It opens the ledger read-only. A malformed receipt is a *config.Error.
func AuditLedger(ctx context.Context, out io.Writer, receipts []string) error {
	address, err := config.Ledger()
	if err != nil {
		return err
	}
	for _, text := range receipts {
		if _, err := ledger.ParseReceipt(text); err != nil {
			return &config.Error{Text: err.Error()}
		}
	}
	return Audit(ctx, out, func(ctx context.Context) (ledger.Store, error) { return openReadOnly(ctx, address) }, receipts...)
}

// openReadOnly opens a ledger as it is, and writes nothing.
func openReadOnly(ctx context.Context, address auth.Secret) (ledger.Store, error) {
	if file := config.SQLiteFile(address); file != "" {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("there is no ledger to audit: %w", err)
		}
		return sqlite.Open(ctx, file, sqlite.Options{ReadOnly: true})
	}
	return postgres.Open(ctx, address.Reveal(), postgres.Options{ReadOnly: true})
}

// Audit verifies the hash chain of the ledger, and that it matches the receipts, which stand in the
// last reply of each request's thread. It prints the result to out. It fails with
// *ledger.BrokenError if the ledger was changed, and before opening it if a receipt is malformed.
//
// Without a receipt it cannot reveal a chain that was rewritten as a whole: receipts help because they
// are kept outside the database, in Slack or by the auditor. Package ledger says why the chain is
// hashed and not signed.
func Audit(ctx context.Context, out io.Writer, open func(context.Context) (ledger.Store, error), receipts ...string) error {
	var list []ledger.Receipt
	for _, text := range receipts {
		receipt, err := ledger.ParseReceipt(text)
		if err != nil {
			return err
		}
		list = append(list, receipt)
	}
	store, err := open(ctx)
	if err != nil {
		return err
	}
	defer store.Close()
	r, err := store.Verify(ctx, list...)
	if err != nil {
		return err
	}
	if r.Head.Count == 0 {
		_, err = fmt.Fprintln(out, "The ledger is whole, and empty: there is nothing yet that could have been changed.")
		return err
	}
	head := ledger.Receipt{Number: r.Head.Count, Hash: r.Head.Hash.String()}
	_, err = fmt.Fprintf(out, "The ledger is whole: %d events of %d requests, confirmed by %d receipts. %d texts were erased.\n"+
		"Keep this line where nobody who can write to the ledger can change it, and give it to the next audit:\n%s\n",
		r.Head.Count, r.Requests, len(list), r.Erased, head)
	return err
}
