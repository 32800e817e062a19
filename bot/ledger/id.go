package ledger

import (
	"context"
	"crypto/rand"
	"errors"
	"regexp"
	"strings"
)

// ID names a request in the ledger and among people: R-7K3F.
type ID string

// idLetters leaves out characters that are easily misread or misheard: 0 O, 1 I L, U.
const idLetters = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

var idForm = regexp.MustCompile(`^R-[2-9A-HJKMNP-TV-Z]{4,12}$`)

// ParseID reads an id as a person types it, in any case and with or without R-, and reports
// whether it has the form of one.
func ParseID(s string) (ID, bool) {
	s = strings.ToUpper(strings.TrimSpace(s))
	if !strings.HasPrefix(s, "R-") {
		s = "R-" + s
	}
	return ID(s), idForm.MatchString(s)
}

func newID(letters int) ID {
	b := make([]byte, letters)
	_, _ = rand.Read(b) // never fails
	for i := range b {
		b[i] = idLetters[int(b[i])%len(idLetters)]
	}
	return ID("R-" + string(b))
}

// CreateWithID gives r an unused random id and stores it. Ids are short because people type
// them: four letters at first, one more after every three ids that were taken.
// It fails with the errors of [Store.Create] except [ErrIDTaken].
func CreateWithID(ctx context.Context, s Requests, r Revision) (Request, error) {
	for try := 0; ; try++ {
		r.ID = newID(4 + try/3)
		made, err := s.Create(ctx, r)
		if !errors.Is(err, ErrIDTaken) {
			return made, err
		}
	}
}
