package graph

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	opUsage     = "read usage"
	octetStream = "application/octet-stream" // what Graph calls the JSON of a report
)

// Usage is who uses a Cloud PC, as Graph's report of remote connections says it at one moment.
type Usage struct {
	Known         bool      // the report says whether somebody is signed in; otherwise SignedIn means nothing
	SignedIn      bool      // somebody is signed in now
	NeverSignedIn bool      // nobody ever was; Known is true then
	DaysSince     int       // whole days since the last sign-in; -1 = not said
	LastActive    time.Time // zero = not said, or unreadable
}

// Usage reads whether somebody uses a Cloud PC, from beta
// (learn.microsoft.com/graph/api/cloudpcreports-getrealtimeremoteconnectionstatus). It needs
// CloudPC.Read.All. If beta is not allowed it makes no call and returns the zero Usage:
// nothing is known.
//
// The report has one row, or none if nobody has ever signed in. It writes LastActiveTime
// without a zone, which is taken for UTC; Microsoft's page does not say.
func (c *Client) Usage(ctx context.Context, id string) (Usage, error) {
	if !c.beta {
		return Usage{}, nil
	}
	if err := segment(opUsage, "a Cloud PC's id", id); err != nil {
		return Usage{}, err
	}
	var r report
	if err := c.getAs(ctx, octetStream, opUsage, id, usageKey(id), c.usageURL(id), &r); err != nil {
		return Usage{}, err
	}
	return r.usage(id)
}

func (c *Client) usageURL(id string) string {
	return c.url(beta, "deviceManagement", "virtualEndpoint", "reports") +
		"/getRealTimeRemoteConnectionStatus(cloudPcId='" + url.PathEscape(strings.ReplaceAll(id, "'", "''")) + "')"
}

// addUsage adds the read of who uses a Cloud PC to a batch of beta, and usage is what its answer says.
func (b *batch) addUsage(as, id string) {
	b.add(part{ID: as, op: opUsage, name: id, key: usageKey(id), media: octetStream, err: segment(opUsage, "a Cloud PC's id", id)}, b.c.usageURL(id))
}

func (b *batch) usage(as string) (Usage, error) {
	var r report
	k, _, err := b.read(as, &r)
	if err != nil {
		return Usage{}, err
	}
	return r.usage(k.name)
}

// report is a table as Graph's reports write it. The order of the columns varies.
type report struct {
	TotalRowCount lenient[*int] `json:"TotalRowCount"`
	Schema        []struct {
		Column text `json:"Column"`
	} `json:"Schema"`
	Values [][]json.RawMessage `json:"Values"`
}

// usage reads the row of a machine.
func (r report) usage(id string) (u Usage, err error) {
	odd := func(why string) (Usage, error) {
		return Usage{}, &Error{Op: opUsage, Name: id, Status: http.StatusOK, Outcome: NotActed, Message: why}
	}
	if len(r.Values) == 0 {
		if total := r.TotalRowCount.v; total != nil && *total != 0 || total == nil && r.Values == nil {
			return odd(notJSON)
		}
		return Usage{Known: true, NeverSignedIn: true, DaysSince: -1}, nil
	}
	for _, row := range r.Values {
		if pc := cell[text](r, row, "CloudPcId").v; pc != "" && !strings.EqualFold(pc, id) {
			continue
		}
		status := cell[text](r, row, "SignInStatus").v
		u.SignedIn = strings.EqualFold(status, "SignedIn")
		u.Known = u.SignedIn || strings.EqualFold(status, "NotSignedIn")
		u.LastActive = cell[moment](r, row, "LastActiveTime").Time
		u.DaysSince = cell[days](r, row, "DaysSinceLastSignIn").orUnknown()
		return u, nil
	}
	return odd(anotherPC)
}

// cell is the value in the column of that name, zero if there is none that can be read.
func cell[T any](r report, row []json.RawMessage, name string) (v T) {
	for i, column := range r.Schema {
		if i < len(row) && strings.EqualFold(column.Column.v, name) {
			_ = json.Unmarshal(row[i], &v) // the types used here are never in error for valid JSON
			return v
		}
	}
	return v
}

// days is a number of days, plus one so that zero means none; an Int64 may come as a text.
type days int

func (d *days) UnmarshalJSON(b []byte) error {
	if n, err := strconv.Atoi(strings.Trim(string(b), `"`)); err == nil && n >= 0 && n < 1e6 {
		*d = days(n + 1)
	}
	return nil
}

func (d days) orUnknown() int { return int(d) - 1 }
