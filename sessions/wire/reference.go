package wire

import (
	"reflect"
	"strconv"
)

// A Reference is the "$id" with which the service's serializer begins every object
// whose type it knows. [Numbered] sets it; readers may ignore it.
type Reference struct {
	Number string `json:"$id,omitempty"`
}

// Numbered returns a copy of an answer in which the objects with a Reference are
// numbered depth first, from "1". Results of code and Details have no numbers.
func Numbered(answer any) any {
	count := 0
	return numbered(reflect.ValueOf(answer), &count).Interface()
}

// numbered returns a copy of a value, with everything in it that has numbers.
func numbered(v reflect.Value, count *int) reflect.Value {
	switch {
	case v.Kind() == reflect.Struct:
		return numberedStruct(v, count)
	case v.Kind() == reflect.Pointer && !v.IsNil():
		fresh := reflect.New(v.Type().Elem())
		fresh.Elem().Set(numbered(v.Elem(), count))
		return fresh
	case v.Kind() == reflect.Slice && !v.IsNil():
		fresh := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		for i := range v.Len() {
			fresh.Index(i).Set(numbered(v.Index(i), count))
		}
		return fresh
	}
	return v
}

func numberedStruct(v reflect.Value, count *int) reflect.Value {
	fresh := reflect.New(v.Type()).Elem()
	fresh.Set(v)
	for i := range v.NumField() {
		switch field := fresh.Field(i); {
		case field.Type() == reflect.TypeFor[Reference]():
			*count++
			field.Set(reflect.ValueOf(Reference{Number: strconv.Itoa(*count)}))
		case hasReference(field.Type()):
			field.Set(numbered(field, count))
		}
	}
	return fresh
}

// hasReference reports whether values of a type are objects that have a
// Reference, or lists of such, or pointers to them.
func hasReference(t reflect.Type) bool {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct || t.NumField() == 0 {
		return false
	}
	first := t.Field(0)
	return first.Anonymous && first.Type == reflect.TypeFor[Reference]()
}
