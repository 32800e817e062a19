package auth

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	userID  = regexp.MustCompile(`^[UW][A-Z0-9_]{2,31}$`) // Enterprise Grid has W…
	groupID = regexp.MustCompile(`^S[A-Z0-9_]{2,31}$`)
)

// Allowlist checks a list of Slack user ids as an operator wrote it and returns
// it without repetitions. Every entry that is wrong is named by its place, not
// by its value, because what was pasted there by mistake may be a secret.
func Allowlist(entries []string) ([]string, error) {
	var ids []string
	var wrong []error
	for i, e := range entries {
		e = strings.TrimSpace(e)
		switch {
		case userID.MatchString(e):
			if !slices.Contains(ids, e) {
				ids = append(ids, e)
			}
		case groupID.MatchString(e):
			wrong = append(wrong, fmt.Errorf("entry %d is a user group (S…): groups are not supported yet, list the people (U… or W…)", i+1))
		default:
			wrong = append(wrong, fmt.Errorf("entry %d is not a Slack user id (U… or W…)", i+1))
		}
	}
	if len(ids) == 0 && len(wrong) == 0 {
		wrong = append(wrong, errors.New("the list is empty: name at least one Slack user id (U… or W…)"))
	}
	return ids, errors.Join(wrong...)
}
