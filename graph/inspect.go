package graph

import (
	"context"
	"slices"
	"strings"
)

// Inspection is what Inspect read of a Cloud PC.
type Inspection struct {
	CloudPC CloudPC
	Policy  Policy  // empty = the machine has none, or it no longer exists
	Usage   Usage   // zero = nothing is known
	Others  []Match // other machines of its user, as far as the first page of a filter shows them

	PolicyErr, UsageErr, OthersErr error // why one of these was not read; nil = it was
}

// Inspect reads a Cloud PC, and what there is to know before it is wiped: its policy, who uses it
// as by [Client.Usage], and the other machines of its user, of which a filter may miss some. It
// needs CloudPC.Read.All. The error is about the machine, and nothing else is known then.
//
// Of m, which Find returned, only the ID is required. Its policy and its user say what to ask for
// beside the machine: if they are right, and nothing goes wrong, it costs one call ($batch,
// learn.microsoft.com/graph/json-batching), and otherwise one more. A machine that Find read by
// its id is not read again.
//
// As in [Client.Recheck], the policy comes from the machine's version of Graph, and a part that
// fails in a way that another version, a new token or a second try may cure is read alone. What is in
// a cooldown is left out. A batch takes as long as its slowest part.
func (c *Client) Inspect(ctx context.Context, m Match) (Inspection, error) {
	v, known := plain, slices.Contains(m.By, ByID)
	if c.beta {
		v = c.richest()
	}
	if e := c.atRest(opRead, m.ID, pcKey(m.ID)); e != nil && !known {
		return Inspection{}, e
	}
	b, user := c.newBatch(v.version), c.filtered(ByUser, m.UserPrincipalName)
	if !known {
		b.addCloudPC("machine", v, m.ID)
	}
	if c.beta {
		b.addUsage("usage", m.ID)
	}
	if m.PolicyID != "" {
		b.addPolicy("policy", m.PolicyID)
	}
	if m.UserPrincipalName != "" {
		b.addPage("others", user)
	}
	b.send(ctx, opRead, m.ID)

	in, err := Inspection{CloudPC: m.CloudPC}, error(nil)
	if !known {
		if in.CloudPC, err = b.cloudPCOrAlone(ctx, "machine"); err != nil {
			return Inspection{}, err
		}
	}
	if c.beta {
		if in.Usage, in.UsageErr = b.usage("usage"); b.worthAlone(in.UsageErr, false) {
			in.Usage, in.UsageErr = c.Usage(ctx, m.ID)
		}
	}

	pc, again := in.CloudPC, c.newBatch(v.version)
	policyIn, othersIn := b, b
	if pc.PolicyID != "" && !strings.EqualFold(pc.PolicyID, m.PolicyID) {
		again.addPolicy("policy", pc.PolicyID)
		policyIn = again
	}
	if pc.UserPrincipalName != "" && !strings.EqualFold(pc.UserPrincipalName, m.UserPrincipalName) {
		user = c.filtered(ByUser, pc.UserPrincipalName)
		again.addPage("others", user)
		othersIn = again
	}
	again.send(ctx, opRead, m.ID)
	if pc.PolicyID != "" {
		in.Policy, _, in.PolicyErr = policyIn.policyOrAlone(ctx, "policy")
	}
	if pc.UserPrincipalName != "" {
		in.Others, in.OthersErr = othersIn.others(ctx, pc, user)
	}
	return in, nil
}

// others are the user's machines without this one, from the part that has the first page of them.
func (b *batch) others(ctx context.Context, pc CloudPC, user *pages) ([]Match, error) {
	err := b.page("others", user)
	if b.worthAlone(err, false) {
		err = user.more(ctx, b.c)
	}
	if err != nil {
		return nil, err
	}
	s := newSieve(pc.UserPrincipalName, []Field{ByUser})
	s.add(user.found)
	return slices.DeleteFunc(s.found, func(m Match) bool { return strings.EqualFold(m.ID, pc.ID) }), nil
}
