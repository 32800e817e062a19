package execute

import (
	"errors"
	"time"

	"cloudpc-bot/bot/causes"
	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// causeOf translates an error of package graph into the ledger's cause.
func causeOf(err error) ledger.Cause {
	c := ledger.Cause{Code: ledger.GraphSilent}
	var e *graph.Error
	if errors.As(err, &e) {
		c.Status, c.RequestID, c.Detail, c.Reason = e.Status, e.RequestID, e.Code, e.Message
		switch e.Kind {
		case causes.Foreign:
			c.Code = ledger.Between
			return c
		case causes.SecondAdmin:
			c.Code = ledger.SecondAdmin
			return c
		case causes.NoSuchCall:
			c.Code = ledger.NoSuchCall
			return c
		}
	}
	switch {
	case errors.Is(err, graph.ErrRejected):
		c.Code = ledger.BadIdentity
	case errors.Is(err, graph.ErrNoToken):
		c.Code = ledger.NoToken
	case errors.Is(err, graph.ErrThrottled):
		c.Code = ledger.Throttled
	case errors.Is(err, graph.ErrForbidden):
		c.Code = ledger.Forbidden
	}
	return c
}

// retryAfter is how long Graph asked the bot to wait, zero if it did not.
func retryAfter(err error) time.Duration {
	var e *graph.Error
	if errors.As(err, &e) {
		return e.RetryAfter
	}
	return 0
}

// slackRest is how long Slack asked the bot to wait, zero if it did not.
func slackRest(err error) time.Duration {
	var slow *causes.ThrottledError
	if errors.As(err, &slow) {
		return slow.After
	}
	return 0
}
