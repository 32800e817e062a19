package config

import (
	"slices"
	"strings"
)

// Misnomer is a variable that is set and that the program does not know, with a name close to one
// that it does know.
type Misnomer struct {
	Name  string
	Meant []string
}

// misnomers finds them in an environment as os.Environ returns it.
func misnomers(environ []string) (found []Misnomer) {
	ours := slices.Concat(Variables(), azure)
	for _, pair := range environ {
		name, _, _ := strings.Cut(pair, "=")
		if slices.Contains(ours, name) || slices.Contains(proxies, name) {
			continue
		}
		if meant := nearest(name, ours); len(meant) > 0 {
			found = append(found, Misnomer{name, meant})
		}
	}
	slices.SortFunc(found, func(a, b Misnomer) int { return strings.Compare(a.Name, b.Name) })
	return found
}

// nearest returns the names that the operator may have meant: those that differ in one letter, else
// those that name is the beginning of, else those that name lacks a word of.
func nearest(name string, names []string) (meant []string) {
	for _, near := range []func(name, whole string) bool{oneEdit, begins, lacksWord} {
		for _, n := range names {
			if near(name, n) {
				meant = append(meant, n)
			}
		}
		if len(meant) > 0 && len(meant) <= 3 { // more than three are no help
			return meant
		}
		meant = nil
	}
	return nil
}

// begins reports whether name, of at least five letters, is the first words of whole. A variable that
// names a file is not meant by who does not say so.
func begins(name, whole string) bool {
	return len(name) >= 5 && !strings.HasSuffix(whole, "_FILE") && strings.HasPrefix(whole, name) && (whole[len(name)] == '_' || len(whole)-len(name) < 4)
}

// lacksWord reports whether name, of at least two words, is whole without one of its words.
func lacksWord(name, whole string) bool {
	words := strings.Split(whole, "_")
	if strings.Count(name, "_") == 0 || !strings.HasPrefix(name, words[0]+"_") {
		return false
	}
	for i := 1; i < len(words); i++ {
		if name == strings.Join(slices.Delete(slices.Clone(words), i, i+1), "_") {
			return true
		}
	}
	return false
}

// oneEdit reports whether two names of at least five letters differ by one typo: a letter
// replaced, inserted or deleted, or two neighbours swapped.
func oneEdit(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < 5 || len(b)-len(a) > 1 || a == b {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
