package graph

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Recheck reads a Cloud PC and its policy again, as [Client.CloudPC] and [Client.Policy] would,
// with one call to Graph ($batch, learn.microsoft.com/graph/json-batching) as long as nothing
// goes wrong. It needs CloudPC.Read.All. With an empty policyID it reads only the machine.
//
// policyMissing says that Graph knows the machine and says that the policy does not exist, or
// no longer does; p is empty then, and err nil. So ErrNotFound is always about the machine.
// Error.Op tells whose any other error is; pc is filled if the machine could be read.
//
// A batch is for one version of Graph, so the policy comes from the machine's: from beta if
// that is allowed. Its fields are the same in both, but beta may name a new region group that
// v1.0 shows as unknownFutureValue. Where the batch or a part of it fails in a way that another
// version, a new token or a second try may cure, that part is read alone: the machine as by
// CloudPC, the policy from v1.0. No comparison is possible without either, so nothing is sent
// while one of the two is in a cooldown.
func (c *Client) Recheck(ctx context.Context, id, policyID string) (pc CloudPC, p Policy, policyMissing bool, err error) {
	if policyID == "" {
		pc, err = c.CloudPC(ctx, id)
		return pc, Policy{}, false, err
	}
	if err := c.mayRecheck(id, policyID); err != nil {
		return CloudPC{}, Policy{}, false, err
	}
	v := plain
	if c.beta {
		v = c.richest()
	}
	b := c.newBatch(v.version)
	b.addCloudPC("0", v, id)
	b.addPolicy("1", policyID)
	b.send(ctx, opRead, id)

	if pc, err = b.cloudPCOrAlone(ctx, "0"); err != nil {
		return CloudPC{}, Policy{}, false, err
	}
	p, policyMissing, err = b.policyOrAlone(ctx, "1")
	return pc, p, policyMissing, err
}

// mayRecheck says why the two cannot be read now, if they cannot.
func (c *Client) mayRecheck(id, policyID string) error {
	if err := segment(opRead, "a Cloud PC's id", id); err != nil {
		return err
	}
	if err := segment(opPolicy, "a policy's id", policyID); err != nil {
		return err
	}
	if e := c.atRest(opRead, id, pcKey(id)); e != nil {
		return e
	}
	if e := c.atRest(opPolicy, policyID, policyKey(policyID)); e != nil {
		return e
	}
	return nil
}

// addPolicy adds the read of a policy, and policy is the policy in its answer.
func (b *batch) addPolicy(as, id string) {
	b.add(part{ID: as, op: opPolicy, name: id, key: policyKey(id), err: segment(opPolicy, "a policy's id", id)}, b.c.url(b.version, append(policies, id)...)+query(selectPolicy, ""))
}

func (b *batch) policy(as string) (Policy, error) {
	var p wirePolicy
	k, h, err := b.read(as, &p)
	switch {
	case err != nil:
		return Policy{}, err
	case !strings.EqualFold(p.ID, k.name):
		return Policy{}, k.malformed(http.StatusOK, h, anotherPolicy)
	}
	return p.policy(), nil
}

// policyOrAlone is policy, read alone where that may help, and missing if there is no such policy.
func (b *batch) policyOrAlone(ctx context.Context, as string) (p Policy, missing bool, err error) {
	if p, err = b.policy(as); b.worthAlone(err, true) {
		p, err = b.c.Policy(ctx, b.part(as).name)
	}
	if errors.Is(err, ErrNotFound) {
		return Policy{}, true, nil
	}
	return p, false, err
}
