package socketio

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"
)

// The Engine.IO packet types: the first byte of every packet.
const (
	packetOpen    = '0'
	packetClose   = '1'
	packetPing    = '2'
	packetPong    = '3'
	packetMessage = '4'
	packetUpgrade = '5'
	packetNoop    = '6'
)

const (
	separator     = 0x1e // stands between the packets of a polling payload; JSON text never holds it unescaped
	base64Prefix  = 'b'  // marks a binary message in a polling payload
	maxPerPayload = 1000 // packets in one polling payload
)

var (
	errMalformed      = errors.New("malformed packet")
	errTooManyPackets = fmt.Errorf("more than %d packets in a payload", maxPerPayload)
)

// packet is one Engine.IO packet from a client.
type packet struct {
	kind   byte   // one of the constants above
	data   []byte // aliases the input; empty when binary
	binary bool   // a binary message: recognised, in order to be refused. Its bytes are never decoded
}

// decodePacket reads one packet of text.
func decodePacket(b []byte) (packet, error) {
	if len(b) == 0 || !utf8.Valid(b) {
		return packet{}, errMalformed
	}
	switch kind := b[0]; {
	case kind == base64Prefix:
		return packet{kind: packetMessage, binary: true}, nil
	case kind < packetOpen || kind > packetNoop:
		return packet{}, errMalformed
	default:
		return packet{kind: kind, data: b[1:]}, nil
	}
}

// decodePayload reads the packets of a POST body, in order.
func decodePayload(b []byte) ([]packet, error) {
	// Counted first, so that a body of nothing but separators costs no more than itself.
	n := bytes.Count(b, []byte{separator}) + 1
	if n > maxPerPayload {
		return nil, errTooManyPackets
	}
	packets := make([]packet, 0, n)
	for part := range bytes.SplitSeq(b, []byte{separator}) {
		p, err := decodePacket(part)
		if err != nil {
			return nil, err
		}
		packets = append(packets, p)
	}
	return packets, nil
}

// encodePayload joins packets into the body of a poll's response.
func encodePayload(packets []Packet) []byte {
	size := len(packets)
	for _, p := range packets {
		size += len(p.wire)
	}
	b := make([]byte, 0, size)
	for i, p := range packets {
		if i > 0 {
			b = append(b, separator)
		}
		b = append(b, p.wire...)
	}
	return b
}

// Packets that are always the same.
var (
	pingParcel   = newParcel(control(packetPing, ""))
	noopPackets  = []Packet{control(packetNoop, "")}
	closePackets = []Packet{control(packetClose, "")}
	probeAnswer  = control(packetPong, "probe")
)
