package graph

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// perBatch is how many requests Graph accepts in one $batch call
// (learn.microsoft.com/graph/json-batching).
const perBatch = 20

// Reading is what CloudPC would have returned for one machine.
type Reading struct {
	CloudPC CloudPC
	Err     error
}

// CloudPCs reads several Cloud PCs, up to 20 in a call, and returns a reading for each id, in
// the order of ids. Each machine has its own result: one that is throttled has its own
// Retry-After and is left out of further calls until that has passed, with the error that
// CloudPC would return. A part that fails while others succeed is not retried; only a 401 and
// a read that beta does not understand are asked again, as CloudPC does.
func (c *Client) CloudPCs(ctx context.Context, ids []string) []Reading {
	readings := make([]Reading, 0, len(ids))
	for chunk := range slices.Chunk(ids, perBatch) {
		readings = append(readings, c.readChunk(ctx, chunk)...)
	}
	return readings
}

// readChunk is CloudPCs for as many ids as fit in one call.
func (c *Client) readChunk(ctx context.Context, ids []string) []Reading {
	if len(ids) == 1 {
		return []Reading{c.readOne(ctx, ids[0])}
	}
	v := plain
	if c.beta {
		v = c.richest()
	}
	readings := c.readBatch(ctx, v, ids)
	// The pipeline answers a challenge of the whole call but cannot see one inside a batch
	// answer. So one machine is read alone, and the token that this fetches serves the rest.
	retryWhere(readings, ids, func(err error) bool { return errors.Is(err, ErrUnauthorized) }, func(ids []string) []Reading {
		first := c.readOne(ctx, ids[0])
		if first.Err != nil {
			return []Reading{first}
		}
		return append([]Reading{first}, c.readBatch(ctx, v, ids[1:])...)
	})
	if v == full {
		retryWhere(readings, ids, refused, func(ids []string) []Reading {
			poorer := c.readBatch(ctx, older, ids)
			for _, r := range poorer {
				if r.Err == nil {
					c.impoverish()
				}
			}
			return poorer
		})
	}
	if c.beta {
		retryWhere(readings, ids, fallBackToV1, func(ids []string) []Reading { return c.readBatch(ctx, plain, ids) })
	}
	return readings
}

func (c *Client) readOne(ctx context.Context, id string) Reading {
	pc, err := c.CloudPC(ctx, id)
	return Reading{pc, err}
}

// retryWhere replaces the readings whose error is of the given kind by new ones, as far as read
// returns any.
func retryWhere(readings []Reading, ids []string, kind func(error) bool, read func(ids []string) []Reading) {
	var at []int
	var which []string
	for i, r := range readings {
		if kind(r.Err) {
			at, which = append(at, i), append(which, ids[i])
		}
	}
	if len(at) == 0 {
		return
	}
	for i, r := range read(which) {
		readings[at[i]] = r
	}
}

// readBatch reads ids by one view in one call.
func (c *Client) readBatch(ctx context.Context, v view, ids []string) []Reading {
	readings, b := make([]Reading, len(ids)), c.newBatch(v.version)
	for i, id := range ids {
		b.addCloudPC(strconv.Itoa(i), v, id)
	}
	b.send(ctx, opRead, fmt.Sprintf("%d Cloud PCs", len(ids)))
	for i := range ids {
		readings[i].CloudPC, readings[i].Err = b.cloudPC(strconv.Itoa(i))
	}
	return readings
}

// addCloudPC adds the read of a Cloud PC, and cloudPC is the machine in its answer.
func (b *batch) addCloudPC(as string, v view, id string) {
	b.add(part{ID: as, op: opRead, name: id, key: pcKey(id), err: segment(opRead, "a Cloud PC's id", id)}, b.c.url(v.version, append(fleet, id)...)+query(v.fields, ""))
}

func (b *batch) cloudPC(as string) (CloudPC, error) {
	var m machine
	k, h, err := b.read(as, &m)
	switch {
	case err != nil:
		return CloudPC{}, err
	case !strings.EqualFold(m.ID.v, k.name):
		return CloudPC{}, k.malformed(http.StatusOK, h, anotherPC)
	}
	return m.cloudPC(b.version), nil
}

// cloudPCOrAlone is cloudPC, read alone where that may help.
func (b *batch) cloudPCOrAlone(ctx context.Context, as string) (CloudPC, error) {
	pc, err := b.cloudPC(as)
	if b.worthAlone(err, true) {
		return b.c.CloudPC(ctx, b.part(as).name)
	}
	return pc, err
}
