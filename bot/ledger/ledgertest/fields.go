package ledgertest

import (
	"iter"
	"reflect"
	"slices"
	"time"
)

// without yields, for each field of a value that is set, its path and a copy of the value in which
// that field is zero.
func without[T any](value T) iter.Seq2[string, T] {
	return func(yield func(string, T) bool) {
		for path, set := range fieldsOf(value) {
			if !set {
				continue
			}
			missing := value
			v := reflect.ValueOf(&missing).Elem()
			eachField(v, "", func(at string, field reflect.Value) {
				if at == path {
					field.SetZero()
				}
			})
			if !yield(path, missing) {
				return
			}
		}
	}
}

// fieldsOf maps the path of each field of a value, nested structs included, to whether it is set.
// The paths in without are left out. Of a slice only the first element counts.
func fieldsOf(value any, without ...string) map[string]bool {
	out := map[string]bool{}
	v := reflect.New(reflect.TypeOf(value)).Elem()
	v.Set(reflect.ValueOf(value))
	eachField(v, "", func(path string, field reflect.Value) {
		if !slices.Contains(without, path) {
			out[path] = !field.IsZero()
		}
	})
	return out
}

// eachField calls do for every field of a struct, descending into nested structs and the first
// element of slices. A time.Time counts as one field.
func eachField(v reflect.Value, path string, do func(path string, field reflect.Value)) {
	switch _, isTime := v.Interface().(time.Time); {
	case v.Kind() == reflect.Struct && !isTime:
		for i := range v.NumField() {
			at := v.Type().Field(i).Name
			if path != "" {
				at = path + "." + at
			}
			eachField(v.Field(i), at, do)
		}
	case v.Kind() == reflect.Slice && v.Len() > 0:
		if v.CanSet() { // clone the slice first: v is a copy and shares its slice with the original
			v.Set(reflect.AppendSlice(reflect.Zero(v.Type()), v))
		}
		eachField(v.Index(0), path+"[0]", do)
	default:
		do(path, v)
	}
}
