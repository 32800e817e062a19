//go:build !linux

package sqlite

// volume is unknown on other systems than Linux.
func volume(string) (free int64, network bool) { return -1, false }
