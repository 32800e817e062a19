package auth

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	userID  = regexp.MustCompile(`^[UW][A-Z0-9_]{2,31}$`) // W… on Enterprise Grid
	groupID = regexp.MustCompile(`^S[A-Z0-9_]{2,31}$`)
)

// Allowlist checks a list of Slack user ids and user group ids as an operator wrote it, and
// returns it without duplicates. The error names every wrong entry by its position and not
// by its value, because what was pasted there by mistake may be a secret.
func Allowlist(entries []string) ([]string, error) {
	var ids []string
	var wrong []error
	for i, e := range entries {
		e = strings.TrimSpace(e)
		switch {
		case userID.MatchString(e), groupID.MatchString(e):
			if !slices.Contains(ids, e) {
				ids = append(ids, e)
			}
		default:
			wrong = append(wrong, fmt.Errorf("entry %d is not the id of a Slack user (U… or W…) or user group (S…)", i+1))
		}
	}
	if len(ids) == 0 && len(wrong) == 0 {
		wrong = append(wrong, errors.New("the list is empty: name at least one Slack user (U… or W…) or user group (S…)"))
	}
	return ids, errors.Join(wrong...)
}
