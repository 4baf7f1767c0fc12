package socketio

import "errors"

// receiveAll handles packets of the client, one after the other. A reason means that the session is to be closed.
func (s *session) receiveAll(packets ...packet) *reason {
	s.inbound.Lock()
	defer s.inbound.Unlock()
	for _, p := range packets {
		if why := s.receive(p); why != nil {
			return why
		}
	}
	return nil
}

// receive handles one packet. inbound is held.
func (s *session) receive(p packet) *reason {
	select {
	case <-s.done:
		return nil // closed meanwhile: what still comes in is dropped
	default:
	}
	switch {
	case !s.packets.Allow():
		return reasonFlood
	case p.kind == packetPong:
		s.pong()
		return nil
	case p.kind == packetClose:
		return reasonTransportClose
	case p.kind != packetMessage:
		return reasonProtocol
	case p.binary:
		return reasonBinary
	}
	m, err := decodeMessage(p.data)
	switch {
	case errors.Is(err, errBinary):
		return reasonBinary
	case err != nil:
		return reasonProtocol
	}
	return s.receiveMessage(m)
}

// receiveMessage handles one Socket.IO packet. inbound is held.
func (s *session) receiveMessage(m incoming) *reason {
	switch {
	case m.kind == messageConnect && m.namespace != mainNamespace:
		_ = s.send(encodeInvalidNamespace(m.namespace)) // on an error the session has ended
		return nil
	case m.kind == messageConnect && s.socket == nil:
		return s.acceptSocket(m.data)
	case m.namespace != mainNamespace || s.socket == nil:
		return reasonProtocol // not connected
	}
	switch m.kind {
	case messageEvent:
		return s.socket.receiveEvent(m.data, m.ackID)
	case messageAck:
		return nil // the server asks for none
	case messageDisconnect:
		// The session stays, and the client may connect again.
		s.leave(reasonClient)
		s.expectConnect(true)
		return nil
	}
	return reasonProtocol
}

// acceptSocket answers CONNECT. The answer is queued before OnConnect can emit anything.
func (s *session) acceptSocket(data []byte) *reason {
	auth, err := decodeAuth(data)
	if err != nil {
		return reasonProtocol
	}
	s.expectConnect(false)
	k := &Socket{session: s, id: newID()}
	s.socket = k
	if s.send(encodeConnect(k.id)) != nil {
		return nil // the session has ended
	}
	s.settleIfArrived()
	if !k.protect("OnConnect", func() { s.srv.cfg.OnConnect(k, auth) }) {
		return reasonPanic
	}
	return nil
}
