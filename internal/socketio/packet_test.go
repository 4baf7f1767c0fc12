package socketio

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestDecodePayload(t *testing.T) {
	message := func(s string) packet { return packet{kind: packetMessage, data: []byte(s)} }
	tests := map[string]struct {
		in   string
		want []packet
		err  error
	}{
		"message":             {"4hello", []packet{message("hello")}, nil},
		"several":             {"4a\x1e2\x1e4€", []packet{message("a"), {kind: packetPing, data: []byte{}}, message("€")}, nil},
		"binary":              {"4a\x1ebAQID", []packet{message("a"), {kind: packetMessage, binary: true}}, nil},
		"as many as allowed":  {strings.Repeat("3\x1e", maxPerPayload-1) + "3", pongs(maxPerPayload), nil},
		"one too many":        {strings.Repeat("3\x1e", maxPerPayload) + "3", nil, errTooManyPackets},
		"nothing":             {"", nil, errMalformed},
		"empty packet":        {"4a\x1e\x1e4b", nil, errMalformed},
		"separator at end":    {"4a\x1e", nil, errMalformed},
		"unknown type":        {"7", nil, errMalformed},
		"no type":             {"abc", nil, errMalformed},
		"invalid utf-8":       {"4\xff", nil, errMalformed},
		"only separators":     {strings.Repeat("\x1e", 1<<20), nil, errTooManyPackets},
		"a length, as in v3":  {"6:4hello", []packet{{kind: packetNoop, data: []byte(":4hello")}}, nil},
		"a binary type byte":  {"\x04hello", nil, errMalformed},
		"a type beyond ascii": {"٤hello", nil, errMalformed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := decodePayload([]byte(tt.in))
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(packet{})); diff != "" {
				t.Errorf("packets (-want +got):\n%s", diff)
			}
		})
	}
}

func pongs(n int) []packet {
	packets := make([]packet, n)
	for i := range packets {
		packets[i] = packet{kind: packetPong, data: []byte{}}
	}
	return packets
}

func TestEncodePayload(t *testing.T) {
	for want, packets := range map[string][]Packet{
		"":                         nil,
		"2":                        pingParcel.packets,
		"42[\"a\"]\x1e42[\"b\",1]": {must(t, "a"), must(t, "b", 1)},
	} {
		if got := string(encodePayload(packets)); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func FuzzDecodePacket(f *testing.F) {
	for _, s := range []string{"", "0", "1", "2probe", "3probe", "4hello", "5", "6", "7", "bAQID", "4\xff", "4a\x1e4b"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		p, err := decodePacket(in)
		if err != nil || p.binary {
			return
		}
		if got := append([]byte{p.kind}, p.data...); !bytes.Equal(got, in) {
			t.Errorf("%q was read as %q", in, got)
		}
	})
}

func FuzzDecodePayload(f *testing.F) {
	for _, s := range []string{"", "\x1e", "4a", "4a\x1e4b", "4a\x1e", "\x1e4a", "2\x1e3\x1e6", "bAQID\x1e4a", "4\xff\x1e4"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		packets, err := decodePayload(in)
		if err != nil {
			return
		}
		if len(packets) > maxPerPayload {
			t.Fatalf("%d packets", len(packets))
		}
		var again []Packet
		for _, p := range packets {
			if p.binary {
				return
			}
			again = append(again, control(p.kind, string(p.data)))
		}
		if got := encodePayload(again); !bytes.Equal(got, in) {
			t.Errorf("%q was read as %q", in, got)
		}
	})
}
