package ledgertest

import (
	"iter"
	"reflect"
	"slices"
	"time"
)

// without are copies of a value by the path of a field that is set, each without that field.
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

// fieldsOf are the fields of a value by their path, those of structs in it too, and whether each
// is set. Of a list it is the first member that counts.
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

// eachField hands out what a struct holds, down to what is no struct.
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
		if v.CanSet() { // of a copy: what it was copied from has the same list
			v.Set(reflect.AppendSlice(reflect.Zero(v.Type()), v))
		}
		eachField(v.Index(0), path+"[0]", do)
	default:
		do(path, v)
	}
}
