package graph

import (
	"cmp"
	"context"
	"net/http"
	"strings"
)

const (
	opPolicy      = "read policy"
	anotherPolicy = "Graph's answer is about another policy"
)

// policies is the path to the tenant's provisioning policies.
var policies = []string{"deviceManagement", "virtualEndpoint", "provisioningPolicies"}

// Policy is a provisioning policy as Graph showed it at one moment: what the next
// reprovision of its Cloud PCs will build. An edit does not change existing machines, so
// [CloudPC.Image] may well differ. Join and Region list every domain join configuration in
// Graph's order, which is their priority, so equal texts mean equal settings.
//
// The fields are those of cloudPcProvisioningPolicy and cloudPcDomainJoinConfiguration in
// v1.0 (learn.microsoft.com/graph/api/resources/cloudpcprovisioningpolicy and
// …/cloudpcdomainjoinconfiguration). Only beta says when a policy was last changed.
type Policy struct {
	ID        string
	Name      string // display name; can be changed by people
	ImageID   string // gallery image as publisher_offer_sku, or the id of a custom image
	ImageType string // gallery, custom; see [Client.Image]
	Image     string // the image's display name
	Region    string // "westeurope (europeUnion)": name and group, "-" where the network connection decides; empty = no region at all
	Join      string // "hybridAzureADJoin (16ee6c71-…)": type and Azure network connection; no connection = Microsoft's network
}

// Policy reads one provisioning policy by its id, from v1.0
// (learn.microsoft.com/graph/api/cloudpcprovisioningpolicy-get). It needs
// CloudPC.Read.All. ErrNotFound means that the policy does not exist, or no longer does.
// ErrInvalid includes an empty id, which is what a Cloud PC without a policy has.
//
// Approvals are bound to what a policy says, so an unreadable field is an error here
// rather than empty: it must not pass for a policy that leaves the field out.
func (c *Client) Policy(ctx context.Context, id string) (Policy, error) {
	if err := segment(opPolicy, "a policy's id", id); err != nil {
		return Policy{}, err
	}
	var p wirePolicy
	if err := c.get(ctx, opPolicy, id, policyKey(id), c.url(v1, append(policies, id)...)+query(selectPolicy, ""), &p); err != nil {
		return Policy{}, err
	}
	if !strings.EqualFold(p.ID, id) {
		return Policy{}, &Error{Op: opPolicy, Name: id, Status: http.StatusOK, Outcome: NotActed, Message: anotherPolicy}
	}
	return p.policy(), nil
}

type wirePolicy struct {
	ID                       string       `json:"id"`
	DisplayName              string       `json:"displayName"`
	ImageID                  string       `json:"imageId"`
	ImageType                string       `json:"imageType"`
	ImageDisplayName         string       `json:"imageDisplayName"`
	DomainJoinConfigurations []domainJoin `json:"domainJoinConfigurations"`
}

type domainJoin struct {
	DomainJoinType         string `json:"domainJoinType"`
	OnPremisesConnectionID string `json:"onPremisesConnectionId"`
	RegionName             string `json:"regionName"`
	RegionGroup            string `json:"regionGroup"`
}

// selectPolicy requests the fields of wirePolicy by name: if Graph drops one of them, a
// refusal is better than an approval that is bound to nothing.
const selectPolicy = "id,displayName,imageId,imageType,imageDisplayName,domainJoinConfigurations"

func (p wirePolicy) policy() Policy {
	var joins, regions []string
	for _, j := range p.DomainJoinConfigurations {
		joins = append(joins, withDetail(j.DomainJoinType, identity(j.OnPremisesConnectionID)))
		regions = append(regions, withDetail(j.RegionName, j.RegionGroup))
	}
	return Policy{
		ID: p.ID, Name: p.DisplayName, ImageID: identity(p.ImageID),
		ImageType: spelled(p.ImageType, "gallery", "custom"), Image: p.ImageDisplayName,
		Region: listed(regions), Join: listed(joins),
	}
}

// withDetail formats "what (detail)"; either may be empty.
func withDetail(what, detail string) string {
	if detail != "" {
		detail = "(" + detail + ")"
	}
	return strings.TrimSpace(what + " " + detail)
}

// listed joins texts with "-" in place of an empty one; it is empty if all of them are.
func listed(texts []string) string {
	if strings.Join(texts, "") == "" {
		return ""
	}
	places := make([]string, len(texts))
	for i, text := range texts {
		places[i] = cmp.Or(text, "-")
	}
	return strings.Join(places, ", ")
}
