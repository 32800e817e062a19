package ops

import (
	"context"
	"fmt"
	"io"

	"cloudpc-bot/bot/ledger"
)

// Audit verifies the ledger against witnesses, as the last replies of requests show them,
// and says on out what it found. It fails with *ledger.BrokenError, and before it looks where
// a witness is none.
func Audit(ctx context.Context, out io.Writer, open func(context.Context) (ledger.Store, error), witnesses ...string) error {
	var list []ledger.Witness
	for _, text := range witnesses {
		w, err := ledger.ParseWitness(text)
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
	head := ledger.Witness{Number: r.Head.Count, Hash: r.Head.Hash.String()}
	_, err = fmt.Fprintf(out, "The ledger is whole: %d events of %d requests, borne out by %d witnesses. %d texts were erased.\n"+
		"Keep this line where nobody who can write the ledger can write, and give it to the next audit:\n%s\n",
		r.Head.Count, r.Requests, len(list), r.Erased, head)
	return err
}
