package intake

import "testing"

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
