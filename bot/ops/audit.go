package ops

import (
	"context"
	"fmt"
	"io"

	"cloudpc-bot/bot/ledger"
)

// Audit verifies the ledger against receipts, as the last replies of requests show them,
// and says on out what it found. It fails with *ledger.BrokenError, and before it looks where
// a receipt is none.
func Audit(ctx context.Context, out io.Writer, open func(context.Context) (ledger.Store, error), receipts ...string) error {
	var list []ledger.Receipt
	for _, text := range receipts {
		w, err := ledger.ParseReceipt(text)
		if err != nil {
			return err
		}
		list = append(list, w)
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
		"Keep this line where nobody who can write the ledger can write, and give it to the next audit:\n%s\n",
		r.Head.Count, r.Requests, len(list), r.Erased, head)
	return err
}
