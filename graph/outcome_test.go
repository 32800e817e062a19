package graph

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"testing"
)

func TestOnlyProofIsCalledNotActed(t *testing.T) {
	for status := 100; status < 1000; status++ {
		switch got := outcomeOfStatus(status); {
		case (got == NotActed) != (status == 429), (got == Acted) != (status == 204), got == Refused && status/100 != 4:
			t.Errorf("%d is %v", status, got)
		}
	}
	var zero Outcome
	if zero != Unknown || OutcomeOf(errors.New("somebody else's")) != Unknown || OutcomeOf(nil) != Acted {
		t.Error("what is not known must be Unknown")
	}
	if err := fmt.Errorf("wrapped: %w", &Error{Outcome: Refused}); OutcomeOf(err) != Refused {
		t.Error("an outcome must survive being wrapped")
	}
}

func TestEveryStatusArrivesOnceAndHasItsOutcome(t *testing.T) {
	for _, row := range []struct {
		outcome  Outcome
		is       error // nil = no error of a name
		statuses []int
	}{
		{Acted, nil, []int{204}},
		{Refused, ErrInvalid, []int{400}},
		{Refused, ErrUnauthorized, []int{401}},
		{Refused, ErrForbidden, []int{403}},
		{Refused, ErrNotFound, []int{404, 410}},
		{Refused, ErrConflict, []int{409}},
		{Refused, nil, []int{402, 405, 411, 412, 413, 414, 415, 422, 423, 451}},
		{NotActed, ErrThrottled, []int{429}},
		{Unknown, ErrUnknownOutcome, []int{200, 201, 202, 203, 205, 206, 299}},
		{Unknown, ErrUnknownOutcome, []int{300, 301, 302, 303, 304, 307, 308}},
		{Unknown, ErrUnknownOutcome, []int{406, 407, 408, 416, 418, 421, 424, 425, 426, 428, 431, 444, 499}},
		{Unknown, ErrUnknownOutcome, []int{500, 501, 502, 503, 504, 505, 507, 509, 520, 599}},
	} {
		for _, status := range row.statuses {
			t.Run(strconv.Itoa(status), func(t *testing.T) {
				var s *service
				s = serve(t, false, func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Location", s.URL+"/elsewhere")
					w.Header().Set("Retry-After", "1")
					w.Header().Set("request-id", "7f3c0000-0000-4000-8000-000000000000")
					w.WriteHeader(status)
				})
				err := s.client(t, nil).Reprovision(t.Context(), pcID, Build{})
				if got := OutcomeOf(err); got != row.outcome {
					t.Errorf("outcome %v, want %v: %v", got, row.outcome, err)
				}
				if row.is != nil && !errors.Is(err, row.is) {
					t.Errorf("%v is not %v", err, row.is)
				}
				for _, other := range sentinels {
					if other != row.is && errors.Is(err, other) {
						t.Errorf("%v is also %v", err, other)
					}
				}
				if n := len(s.arrivals()); n != 1 {
					t.Errorf("%d requests arrived, want 1", n)
				}
			})
		}
	}
}

var sentinels = []error{ErrSignInOver, ErrInvalid, ErrUnauthorized, ErrForbidden, ErrNotFound, ErrUndiscovered, ErrConflict, ErrThrottled,
	ErrNoToken, ErrRejected, ErrUnknownOutcome}

func TestWhatIsWrongIsNotSent(t *testing.T) {
	s := serve(t, false, says(204, ""))
	c := s.client(t, nil)
	ctx := t.Context()
	_, read := c.CloudPC(ctx, "..")
	_, find := c.Find(ctx, "")
	for _, err := range []error{
		c.Reprovision(ctx, pcID, Build{OS: "unknownFutureValue"}),
		c.Reprovision(ctx, pcID, Build{OS: "Windows11"}),
		c.Reprovision(ctx, pcID, Build{Account: "unknownFutureValue"}),
		c.Reprovision(ctx, pcID, Build{Account: "root"}),
		c.Reprovision(ctx, "", Build{}),
		c.Reprovision(ctx, "..", Build{}),
		c.Reprovision(ctx, "a\nb", Build{}),
		c.ReprovisionMine(ctx, "."),
		c.ReprovisionOf(ctx, "..", pcID),
		c.ReprovisionOf(ctx, "", pcID),
		read, find,
	} {
		if !errors.Is(err, ErrInvalid) || OutcomeOf(err) != Refused {
			t.Errorf("%v: %v, want it refused as invalid", err, OutcomeOf(err))
		}
	}
	if seen := s.arrivals(); len(seen) != 0 {
		t.Errorf("arrived: %v", seen)
	}
	if !slices.Contains(sentinels, ErrInvalid) {
		t.Fatal("the list of sentinels is incomplete")
	}
}
