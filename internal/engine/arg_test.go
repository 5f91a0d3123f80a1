package engine

import (
	"reflect"
	"testing"
)

// enginetest covers what arrives in SQL; here is what an engine gets to see.
func TestArg(t *testing.T) {
	type slug string
	text := slug("a")
	for _, test := range []struct{ arg, want any }{
		{nil, nil}, {[]byte(nil), nil}, {(*slug)(nil), nil}, {(*int64)(nil), nil},
		{true, int64(1)}, {7, int64(7)}, {uint8(7), int64(7)}, {float32(0.5), 0.5},
		{slug("a"), "a"}, {&text, "a"}, {[]byte{}, []byte{}},
	} {
		if got, err := Arg(test.arg); err != nil || !reflect.DeepEqual(got, test.want) {
			t.Errorf("%#v: got %#v, %v; want %#v", test.arg, got, err, test.want)
		}
	}
}
