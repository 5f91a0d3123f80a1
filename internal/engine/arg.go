package engine

import (
	"fmt"
	"math"
	"reflect"
)

// Arg turns an argument of a Stmt or Step into what SQL can carry: int64,
// float64, string, []byte or nil. It takes every integer, float, string, bool
// (as 0 or 1) and byte slice, types made from them, and pointers to them; a nil
// pointer and a nil byte slice are NULL. Anything else, an integer above the
// int64 range and a float that is not finite are errors. A time is not an
// argument: how it is stored is the caller's decision.
func Arg(v any) (any, error) {
	switch v := v.(type) {
	case nil, int64, string:
		return v, nil
	case int:
		return int64(v), nil
	case bool:
		return boolArg(v), nil
	case float64:
		return floatArg(v)
	case []byte:
		if v == nil {
			return nil, nil
		}
		return v, nil
	case *string:
		if v == nil {
			return nil, nil
		}
		return *v, nil
	case *int64:
		if v == nil {
			return nil, nil
		}
		return *v, nil
	}
	return reflectArg(reflect.ValueOf(v))
}

func reflectArg(v reflect.Value) (any, error) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil, nil
		}
		return Arg(v.Elem().Interface())
	case reflect.String:
		return v.String(), nil
	case reflect.Bool:
		return boolArg(v.Bool()), nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return v.Int(), nil
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		if v.Uint() > math.MaxInt64 {
			return nil, fmt.Errorf("the integer %d is above what SQL can carry (%d)", v.Uint(), int64(math.MaxInt64))
		}
		return int64(v.Uint()), nil
	case reflect.Float32, reflect.Float64:
		return floatArg(v.Float())
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			return Arg(v.Bytes())
		}
	}
	return nil, fmt.Errorf("a %s is no SQL argument: give an integer, float, string, bool, []byte, nil or a pointer to one", v.Type())
}

func boolArg(v bool) any {
	if v {
		return int64(1)
	}
	return int64(0)
}

func floatArg(v float64) (any, error) {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil, fmt.Errorf("the float %g is not finite: give nil for an unknown number", v)
	}
	return v, nil
}
