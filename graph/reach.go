package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Reach reads one Cloud PC of the tenant, through beta or v1.0, to see whether Graph answers there; it
// needs CloudPC.Read.All (learn.microsoft.com/graph/api/virtualendpoint-list-cloudpcs). It reports
// whether the tenant has one.
func (c *Client) Reach(ctx context.Context, throughBeta bool) (some bool, err error) {
	version, fields := v1, "id"
	if throughBeta {
		version, fields = beta, "id,status" // the field for which beta is read
	}
	var got struct {
		Value *[]json.RawMessage `json:"value"`
	}
	if err := c.get(ctx, opList, version, listKey, c.url(version, fleet...)+query(fields, "")+"&%24top=1", &got); err != nil {
		return false, err
	}
	if got.Value == nil {
		return false, &Error{Op: opList, Name: version, Status: http.StatusOK, Outcome: NotActed, Message: notJSON}
	}
	return len(*got.Value) > 0, nil
}

// Skew returns how far Graph's clock is ahead of this machine's, by the Date of its latest answer;
// false = Graph has not answered yet.
func (c *Client) Skew() (ahead time.Duration, known bool) { return c.skew.Ahead() }
