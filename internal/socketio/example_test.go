package socketio_test

import (
	"encoding/json"
	"log"
	"net/http"

	"popeye/internal/socketio"
)

// A server that greets each client and tells all subscribers of a channel the newest score.
func Example() {
	welcome, err := socketio.Encode("message", map[string]string{"text": "Welcome!"})
	if err != nil {
		log.Fatal(err)
	}
	server, err := socketio.New(socketio.Config{
		OnConnect: func(k *socketio.Socket, _ json.RawMessage) {
			_ = k.Emit(welcome) // a socket that can't take it has been closed
			k.On("subscribe", func(args []json.RawMessage, ack func(...any)) {
				var channel string
				if len(args) != 1 || json.Unmarshal(args[0], &channel) != nil {
					ack("subscribe takes the name of a channel")
					return
				}
				ack(nil, k.Join(channel) == nil)
			})
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	http.Handle("/socket.io/", server)

	scores, err := socketio.Encode("scores", map[string]int{"a": 12, "b": 7})
	if err != nil {
		log.Fatal(err)
	}
	server.BroadcastLatest("lunch", "scores", scores) // encoded once, shared by all
}
