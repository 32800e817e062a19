package execute

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"cloudpc-bot/bot/ledger"
	"cloudpc-bot/graph"
)

// listing is a fleet that can only be listed.
type listing struct {
	Fleet
	mu    sync.Mutex
	calls int
	all   []graph.Listed
	takes time.Duration
	err   error
}

func (l *listing) List(ctx context.Context) ([]graph.Listed, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls++
	select {
	case <-time.After(l.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return l.all, l.err
}

var some = []graph.Listed{
	{ID: "1", Name: "CPC-dan-01", DeviceName: "CPC-7QX31", User: "dan@example.com", Plan: "Enterprise", Status: graph.Provisioned},
	{ID: "2", Name: "CPC-dan-02", DeviceName: "CPC-7QX32", User: "dan@example.com"},
	{ID: "3", Name: "CPC-ada-01", DeviceName: "CPC-9AB11", User: "ada.lovelace@example.com"},
	{ID: "4", Name: "Büro Zoë", DeviceName: "CPC-ZOE01", User: "zoe@example.com"},
	{ID: "5", Name: "Kiosk", DeviceName: "CPC-KIO01"},
}

func directoryOf(l *listing) *Directory {
	return NewDirectory(l, slog.New(slog.DiscardHandler), time.Now)
}

func names(found []ledger.Choice) string {
	var all []string
	for _, c := range found {
		all = append(all, c.Name)
	}
	return strings.Join(all, ", ")
}

func TestASearchFindsByEveryWordOutOfMemory(t *testing.T) {
	l := &listing{all: some}
	d := directoryOf(l)
	if !d.Wait(t.Context()) {
		t.Fatal("it was not read")
	}
	for typed, want := range map[string]string{
		"":          "Büro Zoë, CPC-ada-01, CPC-dan-01, CPC-dan-02, Kiosk",
		"dan":       "CPC-dan-01, CPC-dan-02", // of the user, too
		"DAN 02":    "CPC-dan-02",
		"lovelace":  "CPC-ada-01",
		"9ab":       "CPC-ada-01",
		"zoë":       "Büro Zoë",
		"zoe\u0308": "Büro Zoë", // decomposed, as some keyboards type it
		"kio":       "Kiosk",
		"kio dan":   "",
		"zzz":       "",
	} {
		if found, known := d.Search(typed, 40); names(found) != want || !known {
			t.Errorf("%q: %s, %v", typed, names(found), known)
		}
	}
	if found, _ := d.Search("cpc", 2); len(found) != 2 {
		t.Errorf("at most two: %s", names(found))
	}
	if l.calls != 1 {
		t.Errorf("%d listings", l.calls)
	}
}

func TestNamesNearAMistypedOne(t *testing.T) {
	d := directoryOf(&listing{all: some})
	for typed, want := range map[string]string{
		"CPC-dan-1":               "CPC-dan-01, CPC-dan-02",
		"CPC-dna-01":              "CPC-dan-01, CPC-ada-01, CPC-dan-02",
		"cpc-7qx3":                "CPC-dan-01, CPC-dan-02",
		"dan@contoso.com":         "CPC-dan-01, CPC-dan-02",
		"lovelace@example.com":    "CPC-ada-01",
		"Büro Zoe":                "Büro Zoë",
		"something else entirely": "",
		"x":                       "",
		"":                        "",
		strings.Repeat("a", 200):  "",
	} {
		if got := names(d.Near(t.Context(), typed)); got != want {
			t.Errorf("%q: %s, want %s", typed, got, want)
		}
	}
}

func TestTheNameOfAMachine(t *testing.T) {
	d := directoryOf(&listing{all: some})
	if got := d.Name("3"); got != "" {
		t.Errorf("not read yet: %q", got)
	}
	d.Wait(t.Context())
	if d.Name("3") != "CPC-ada-01" || d.Name("9") != "" {
		t.Errorf("%q, %q", d.Name("3"), d.Name("9"))
	}
}

func TestTheDirectoryIsReadWhenItIsNeededAndSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &listing{all: some, takes: 20 * time.Second}
		d := directoryOf(l)
		for range 5 { // letters that are typed meanwhile
			if found, known := d.Search("dan", 40); known || found != nil {
				t.Errorf("%v, %v", found, known)
			}
		}
		soon, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if d.Wait(soon) {
			t.Error("it claims to be read")
		}
		if !d.Wait(t.Context()) || l.calls != 1 {
			t.Fatalf("%d listings", l.calls)
		}
		time.Sleep(directoryAge - time.Second)
		d.Search("dan", 40)
		synctest.Wait()
		if l.calls != 1 {
			t.Errorf("%d listings within %v", l.calls, directoryAge)
		}
		time.Sleep(2 * time.Second)
		if found, known := d.Search("dan", 40); len(found) != 2 || !known { // the old one serves while a new one is read
			t.Errorf("%v, %v", found, known)
		}
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if l.calls != 2 {
			t.Errorf("%d listings after %v", l.calls, directoryAge)
		}
	})
}

func TestAListingThatFailsIsTriedAgainAMinuteLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &listing{all: some, err: errors.New("503")}
		d := directoryOf(l)
		for range 3 {
			if d.Wait(t.Context()) || d.Near(t.Context(), "CPC-dan-1") != nil {
				t.Error("it claims to be read")
			}
		}
		if l.calls != 1 {
			t.Errorf("%d listings", l.calls)
		}
		l.err = nil
		time.Sleep(directoryWait)
		if !d.Wait(t.Context()) || l.calls != 2 {
			t.Errorf("%d listings", l.calls)
		}
	})
}

// BenchmarkDirectory20000 shows what the names of 20,000 machines cost: memory, and a search.
func BenchmarkDirectory20000(b *testing.B) {
	l := &listing{}
	for i := range 20_000 {
		l.all = append(l.all, graph.Listed{
			ID: fmt.Sprintf("aaaaaaaa-0000-4000-8000-%012d", i), Name: fmt.Sprintf("CPC-person%d-01", i), DeviceName: fmt.Sprintf("CPC-%07d", i),
			User: fmt.Sprintf("person%d@example.com", i), Plan: "Cloud PC Enterprise 2vCPU/8GB/128GB", Status: graph.Provisioned, LastModified: time.Now(),
		})
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	d := directoryOf(l)
	d.Wait(b.Context())
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ResetTimer()
	for b.Loop() {
		if found, _ := d.Search("person1999", 40); len(found) == 0 {
			b.Fatal("nothing is found")
		}
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB")
	b.ReportMetric(float64(l.calls), "listings")
	runtime.KeepAlive(d)
	runtime.KeepAlive(l)
}
