package graph

import "context"

const (
	opListOwn = "list own"
	me        = "me" // whose, in errors; also the key of the listing's cooldown
)

// Own is a Cloud PC of the person who has signed in.
type Own struct {
	ID   string
	Name string // display name; empty if it has none
}

// ownPage is one page of a person's own Cloud PCs.
type ownPage struct {
	Value    *[]lenient[ownRow] `json:"value"`
	NextLink string             `json:"@odata.nextLink"`
}

type ownRow struct {
	ID          text `json:"id"`
	DisplayName text `json:"displayName"`
}

// Mine reads the Cloud PCs of the person who has signed in, in Graph's order:
// GET /v1.0/me/cloudPCs. It needs the person's own credential, with the delegated permission
// CloudPC.Read.All, which CloudPC.ReadWrite.All includes: this list is not for applications
// (learn.microsoft.com/graph/api/user-list-cloudpcs). It says neither who uses a machine nor
// how it is.
//
// The list is whole or there is none: a page that cannot be read, an entry without an id or a
// link to another host is an error. The kinds of errors are those of ReprovisionMine.
func (c *Client) Mine(ctx context.Context) ([]Own, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	found, seen := []Own{}, map[string]bool{}
	for next := c.url(v1, me, "cloudPCs"); next != ""; {
		var got ownPage
		if err := c.get(ctx, opListOwn, me, me, next, &got); err != nil {
			return nil, err
		}
		if got.Value == nil {
			return nil, odd(opListOwn, me, notJSON)
		}
		for _, m := range *got.Value {
			if m.v.ID.v == "" {
				return nil, odd(opListOwn, me, "a Cloud PC in Graph's list has no id")
			}
			found = append(found, Own{ID: m.v.ID.v, Name: m.v.DisplayName.v})
		}
		seen[next] = true
		next = got.NextLink
		if err := c.checkLink(opListOwn, me, "Cloud PCs", next, seen); err != nil {
			return nil, err
		}
	}
	return found, nil
}
