package ops

import (
	"context"
	"fmt"
	"io"

	"cloudpc-bot/bot/ledger"
)

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
