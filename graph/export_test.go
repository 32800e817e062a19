package graph

// WaitForNext is how many callers wait for the listing after the one that is running.
func (c *Client) WaitForNext() int {
	c.listing.mu.Lock()
	defer c.listing.mu.Unlock()
	if c.listing.next == nil {
		return 0
	}
	return c.listing.next.waiting
}
