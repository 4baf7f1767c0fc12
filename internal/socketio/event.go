package socketio

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"popeye/internal/socketio/wsconn"
)

// The Socket.IO packet types: the first byte of an Engine.IO message.
const (
	messageConnect      = '0'
	messageDisconnect   = '1'
	messageEvent        = '2'
	messageAck          = '3'
	messageConnectError = '4'
	messageBinaryEvent  = '5'
	messageBinaryAck    = '6'
)

const (
	mainNamespace = "/"
	maxNamespace  = 128 // bytes; it is echoed in the refusal
	maxAckDigits  = 16  // a client counts in float64, exact up to 16 digits
)

var errBinary = errors.New("binary events are not supported")

// reservedEvents are the names that the client library keeps for itself: it closes the connection when one arrives.
var reservedEvents = []string{
	"connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener",
}

// Packet is one encoded packet, as it goes on the wire. It is immutable: the same one may be sent to any number of
// sockets, over either transport, at the same time. Encode makes one.
type Packet struct {
	wire  []byte // the Engine.IO type included; the tail of frame
	frame []byte // for a websocket
}

func newPacket(wire string) Packet {
	frame := wsconn.Frame(wire)
	return Packet{wire: frame[len(frame)-len(wire):], frame: frame}
}

// Encode encodes an event and its arguments as JSON.
func Encode(event string, args ...any) (Packet, error) {
	if event == "" || slices.Contains(reservedEvents, event) {
		return Packet{}, fmt.Errorf("event name %q is reserved", event)
	}
	list, err := json.Marshal(append([]any{event}, args...))
	if err != nil {
		return Packet{}, fmt.Errorf("encode event %q: %w", event, err)
	}
	return message(messageEvent, string(list)), nil
}

// encodeAck encodes the answer to the event that carried this ack id.
func encodeAck(id string, args []any) (Packet, error) {
	if args == nil {
		args = []any{} // nil would be encoded as null, and the protocol wants a list
	}
	list, err := json.Marshal(args)
	if err != nil {
		return Packet{}, fmt.Errorf("encode acknowledgement: %w", err)
	}
	return message(messageAck, id+string(list)), nil
}

func encodeConnect(socketID string) Packet {
	return message(messageConnect, `{"sid":"`+socketID+`"}`)
}

func encodeInvalidNamespace(namespace string) Packet {
	return message(messageConnectError, namespace+`,{"message":"Invalid namespace"}`)
}

func message(kind byte, rest string) Packet {
	return newPacket(string([]byte{packetMessage, kind}) + rest)
}

// control makes an Engine.IO packet that carries no message.
func control(kind byte, data string) Packet {
	return newPacket(string(kind) + data)
}

// incoming is one Socket.IO packet from a client. data is not yet checked to be JSON.
type incoming struct {
	kind      byte
	namespace string
	ackID     string // digits, to be echoed; "" when no answer is asked for
	data      []byte // aliases the input
}

// decodeMessage reads `<type>[<namespace>,][<ack id>][<json>]`.
func decodeMessage(b []byte) (incoming, error) {
	if len(b) == 0 || b[0] < messageConnect || b[0] > messageBinaryAck {
		return incoming{}, errMalformed
	}
	m := incoming{kind: b[0], namespace: mainNamespace}
	if m.kind == messageBinaryEvent || m.kind == messageBinaryAck {
		return incoming{}, errBinary
	}
	b = b[1:]
	if len(b) > 0 && b[0] == '/' {
		namespace, rest, _ := bytes.Cut(b, []byte{','})
		if len(namespace) > maxNamespace {
			return incoming{}, errMalformed
		}
		m.namespace, b = string(namespace), rest
	}
	digits := 0
	for digits < len(b) && '0' <= b[digits] && b[digits] <= '9' {
		digits++
	}
	if digits > maxAckDigits {
		return incoming{}, errMalformed
	}
	m.ackID, m.data = string(b[:digits]), b[digits:]
	return m, nil
}

// decodeEvent reads the data of an EVENT packet: `["name",arg,...]`. The arguments are copies.
func decodeEvent(data []byte) (name string, args []json.RawMessage, err error) {
	if json.Unmarshal(data, &args) != nil || len(args) == 0 {
		return "", nil, errMalformed
	}
	if args[0][0] != '"' || json.Unmarshal(args[0], &name) != nil { // null would do for a string
		return "", nil, errMalformed
	}
	return name, args[1:], nil
}

// decodeAuth reads the data of a CONNECT packet: nothing, or an object. The result is a copy.
func decodeAuth(data []byte) (json.RawMessage, error) {
	if len(data) == 0 {
		return nil, nil
	}
	if data[0] != '{' || !json.Valid(data) {
		return nil, errMalformed
	}
	return bytes.Clone(data), nil
}
