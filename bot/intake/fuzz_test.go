package intake

import (
	"fmt"
	"testing"
)

func FuzzParsePage(f *testing.F) {
	for _, s := range []string{"R-7K3F list 1", "R-7K3F history 2", "R-7K3F machine 0 3", "R-7K3F status 9999", "", "R-7K3F", "r-7k3f list 1", "R-7K3F list 0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if p, ok := parsePage(value); ok && p.String() != value {
			t.Errorf("%q reads as %q", value, p)
		}
	})
}

// A value that is read is one that words.Picker could have written, and is written the same way again.
func FuzzParsePick(f *testing.F) {
	for _, value := range []string{"R-7K3F 0", "R-7K3F 10", "R-7K3F", "R-7K3F -1", "r-7k3f 1", "R-7K3F  1", "R-7K3F +1", "R-7K3F 01", "", " ", "R-7K3F 99999999999999999999"} {
		f.Add(value)
	}
	f.Fuzz(func(t *testing.T, value string) {
		id, n, ok := parsePick(value)
		if ok && fmt.Sprintf("%s %d", id, n) != value {
			t.Fatalf("%q reads as %s, %d", value, id, n)
		}
	})
}
