// Package socketio is a Socket.IO server: HTTP requests of socket.io-client 4.x come in, and calls of an application's
// handlers come out; events that the application emits come in, and packets for each client, over long-polling or a
// websocket, come out. It knows the protocol (Socket.IO v5 over Engine.IO v4, main namespace, text only) and nothing
// of what the events mean.
//
// It is made for one event going to very many viewers. An event is encoded once (Encode), as a packet and as
// a frame, and shared by all who get it. And since what a viewer wants to see is the newest state and not its history, EmitLatest and BroadcastLatest
// replace an update that has not been sent yet: however slow a viewer, it costs one pending update for each key.
//
//	server, err := socketio.New(socketio.Config{OnConnect: func(k *socketio.Socket, _ json.RawMessage) {
//		k.On("subscribe", func(args []json.RawMessage, ack func(...any)) { ack(k.Join("news") == nil) })
//	}})
//	...
//	mux.Handle("/socket.io/", server)
//	server.BroadcastLatest("news", "headline", packet)
//
// # The way of a packet, and where to read about it
//
//	            config.go    limits and timeouts
//	request     server.go    routes it: handshake, poll, post, upgrade; registers sessions; Shutdown
//	   |        arrivals.go  those of which no more than a handshake is known
//	   |        origin.go    which web pages may connect (CORS, websocket origin)
//	   v
//	transport   polling.go   GET and POST
//	   |        websocket.go a connection with a goroutine that reads; the upgrade from polling
//	   |        writers.go   the few goroutines that write to all websockets
//	   |        wsconn/      the websocket itself, and frames that all share
//	   |        packet.go    Engine.IO codec
//	   v
//	session     session.go   one client: heartbeat, closing, who writes to it now
//	   |        receive.go   from packet to handler
//	   |        outbox.go    what waits to be sent: plain packets in order, updates only the newest
//	   |        reason.go    why a session ends
//	   v
//	socket      socket.go    what the application holds: On, Emit, EmitLatest, Join
//	            room.go      who is in which room
//	            event.go     Socket.IO codec, Encode
//
// # Bounds
//
// Sessions, rooms of a socket, packets that wait for a client, packets that a client sends, packets in a payload and
// bytes in a payload are all limited, and so is the time for CONNECT, for an upgrade, for a pong and for each read and write. Who exceeds a limit
// is closed or refused; the others do not notice.
//
// A session lives in one process. Behind a load balancer that spreads the requests of one client over several, only a
// websocket works: such clients set transports to ["websocket", "polling"], in that order.
package socketio
