package ledger_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cloudpc-bot/bot/ledger"
)

// TestARowKeepsEveryField fails where a field was added to a request and not to its row.
func TestARowKeepsEveryField(t *testing.T) {
	var want ledger.Request
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	want.Version, want.Events, want.Idle = 0, 0, false // in columns, or of the moment
	body, err := ledger.EncodeRequest(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ledger.DecodeRequest([]byte(body))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
}

// TestALinkKeepsEveryField is the same of an event.
func TestALinkKeepsEveryField(t *testing.T) {
	var want ledger.Event
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	want.Texts = map[string]string{ledger.TextWhy: "why", ledger.TextTyped: "typed"}
	var head ledger.Head
	l, err := head.Append(want)
	if err != nil {
		t.Fatal(err)
	}
	want.Number, want.Hash = l.Number, l.Hash
	got, err := l.Event()
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
}

// fill sets every field of a struct, each to something else.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.String:
		v.SetString(fmt.Sprint("text <", *n, "> & more"))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[[]ledger.Event]() {
			return // what is new does not rest in a row
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range v.Len() {
			fill(v.Index(i), n)
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(noon.Add(time.Duration(*n) * time.Microsecond)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Map, reflect.Array: // texts, and a hash
	default:
		panic("a row does not know what a " + v.Kind().String() + " is")
	}
}
