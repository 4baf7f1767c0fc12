package socketio

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodeMessage(t *testing.T) {
	tests := map[string]struct {
		in   string
		want incoming
		err  error
	}{
		"connect":                {`0`, incoming{kind: messageConnect, namespace: "/"}, nil},
		"connect with auth":      {`0{"a":1}`, incoming{kind: messageConnect, namespace: "/", data: []byte(`{"a":1}`)}, nil},
		"connect to another":     {`0/admin,`, incoming{kind: messageConnect, namespace: "/admin"}, nil},
		"without the comma":      {`0/admin`, incoming{kind: messageConnect, namespace: "/admin"}, nil},
		"disconnect":             {`1`, incoming{kind: messageDisconnect, namespace: "/"}, nil},
		"event":                  {`2["a"]`, incoming{kind: messageEvent, namespace: "/", data: []byte(`["a"]`)}, nil},
		"event with ack":         {`212["a"]`, incoming{kind: messageEvent, namespace: "/", ackID: "12", data: []byte(`["a"]`)}, nil},
		"event elsewhere":        {`2/x,7["a,b"]`, incoming{kind: messageEvent, namespace: "/x", ackID: "7", data: []byte(`["a,b"]`)}, nil},
		"ack":                    {`31[]`, incoming{kind: messageAck, namespace: "/", ackID: "1", data: []byte(`[]`)}, nil},
		"longest ack id":         {`2` + strings.Repeat("9", 16), incoming{kind: messageEvent, namespace: "/", ackID: strings.Repeat("9", 16)}, nil},
		"ack id too long":        {`2` + strings.Repeat("9", 17), incoming{}, errMalformed},
		"namespace too long":     {`0/` + strings.Repeat("n", maxNamespace) + `,`, incoming{}, errMalformed},
		"binary event":           {`51-["a",{"_placeholder":true,"num":0}]`, incoming{}, errBinary},
		"binary ack":             {`61-1[{"_placeholder":true,"num":0}]`, incoming{}, errBinary},
		"nothing":                {``, incoming{}, errMalformed},
		"unknown type":           {`7["a"]`, incoming{}, errMalformed},
		"no type":                {`abc`, incoming{}, errMalformed},
		"negative ack id":        {`2-1["a"]`, incoming{kind: messageEvent, namespace: "/", data: []byte(`-1["a"]`)}, nil},
		"data of the wrong kind": {`2{`, incoming{kind: messageEvent, namespace: "/", data: []byte(`{`)}, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := decodeMessage([]byte(tt.in))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if len(got.data) == 0 {
				got.data = nil
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(incoming{})); diff != "" {
				t.Errorf("message (-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecodeEvent(t *testing.T) {
	for in, want := range map[string][]string{
		`["a"]`:                     {"a"},
		`["a",1,"x",null,{"b":[]}]`: {"a", "1", `"x"`, "null", `{"b":[]}`},
		` [ "a" , 1 ] `:             {"a", "1"},
		`["\u20ac\n"]`:              {"€\n"},
		`[""]`:                      {""},
	} {
		name, args, err := decodeEvent([]byte(in))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		got := []string{name}
		for _, a := range args {
			got = append(got, string(a))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", in, diff)
		}
	}
	for _, in := range []string{``, `[]`, `null`, `[null]`, `[1]`, `["a"`, `["a"]x`, `{"a":1}`, `"a"`, `[["a"]]`, `-1["a"]`} {
		if name, _, err := decodeEvent([]byte(in)); err == nil {
			t.Errorf("%s was read as event %q", in, name)
		}
	}
}

func TestDecodeAuth(t *testing.T) {
	for _, in := range []string{``, `{}`, `{"token":"x"}`} {
		if got, err := decodeAuth([]byte(in)); err != nil || string(got) != in {
			t.Errorf("%s: %s, %v", in, got, err)
		}
	}
	for _, in := range []string{`[]`, `1`, `{`, `{}x`, `null`} {
		if _, err := decodeAuth([]byte(in)); err == nil {
			t.Errorf("%s was accepted", in)
		}
	}
}

func TestEncode(t *testing.T) {
	for want, args := range map[string][]any{
		`42["e"]`:                      nil,
		`42["e",null]`:                 {nil},
		`42["e","{\"a\":1}"]`:          {`{"a":1}`},
		`42["e",{"a":1},[2]]`:          {map[string]int{"a": 1}, json.RawMessage(`[2]`)},
		`42["e","€ \u001e \u003c"]`:    {"€ \x1e <"}, // the separator can't get into a packet
		`42["e",true,1.5,"a\nb","\""]`: {true, 1.5, "a\nb", `"`},
	} {
		if got := string(must(t, "e", args...).wire); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, name := range append([]string{""}, reservedEvents...) {
		if _, err := Encode(name); err == nil {
			t.Errorf("event name %q was accepted", name)
		}
	}
	for _, arg := range []any{math.NaN(), make(chan int), json.RawMessage("{"), json.RawMessage("\"\x1e\"")} {
		if p, err := Encode("e", arg); err == nil {
			t.Errorf("%v was encoded as %s", arg, p.wire)
		}
	}
}

func FuzzDecodeMessage(f *testing.F) {
	for _, s := range []string{
		``, `0`, `0{"a":1}`, `0/admin,`, `1`, `2["a"]`, `212["a",1]`, `2/x,7["a"]`, `31[]`, `4{}`, `51-["a"]`, `2[null]`, `2[`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		m, err := decodeMessage(in)
		if err != nil {
			return
		}
		if len(m.namespace) > maxNamespace || len(m.ackID) > maxAckDigits {
			t.Fatalf("too long: %q %q", m.namespace, m.ackID)
		}
		if _, args, err := decodeEvent(m.data); err == nil {
			for _, a := range args {
				if !json.Valid(a) {
					t.Errorf("argument %q is not JSON", a)
				}
			}
		}
		if auth, err := decodeAuth(m.data); err == nil && auth != nil && !json.Valid(auth) {
			t.Errorf("auth %q is not JSON", auth)
		}
	})
}
