package socketio

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"time"
)

// Config is what New needs. A zero field takes the default named beside it; a negative one is an error.
type Config struct {
	// OnConnect is called once for each socket, before any of its events: the place for On, OnDisconnect, Join and
	// the first Emit. auth is the object the client sent along, nil if none. Required.
	OnConnect func(k *Socket, auth json.RawMessage)

	// AllowedOrigins lists the web origins ("https://vote.example.org") that may connect besides the server's own.
	// "*" admits all. Behind a proxy that rewrites Host, the public origin has to be listed.
	AllowedOrigins []string

	// Logger, by default slog.Default(), gets panics of handlers as errors and the end of each session at debug level.
	Logger *slog.Logger

	PingInterval   time.Duration // 25s: between a pong and the next ping
	PingTimeout    time.Duration // 20s: for the pong, then the session is closed
	PollTimeout    time.Duration // 5s: without a poll and without a websocket, then the session is closed
	ConnectTimeout time.Duration // 20s: for the CONNECT packet of a new session
	UpgradeTimeout time.Duration // 10s: from the probing websocket to its upgrade packet
	WriteTimeout   time.Duration // 10s: for one write to a client, and for reading one POST

	// MaxPayload is the largest POST body or websocket message: 1,000,000 bytes, as in the official server. Hostile
	// clients can make the server hold MaxSockets times as much: where events are small, so should this be.
	MaxPayload int64
	MaxPackets int // 10,000: packets from one client within a PingInterval; one more and it is closed
	MaxQueue   int // 128: packets waiting for one client; one more and it is closed
	MaxRooms   int // 16: rooms of one socket
	MaxSockets int // 50,000: open sessions that have arrived; one more is answered 503

	// A session that came by polling has arrived once it is connected and has a poll or a websocket in hand. Of those
	// that have not, one more than these ends the oldest, so that a newcomer always gets in.
	MaxPending           int // 8,192: in all
	MaxPendingPerAddress int // 1,024: of one address, unless Source says that it may be anybody's

	// Source returns the address that a session counts for, or the zero Prefix if it may be anybody's. By default all
	// may be.
	Source func(*http.Request) netip.Prefix

	// Know returns what the application knows of whoever opens a session, for Socket.Known. By default that is nil.
	Know func(*http.Request) any
}

// withDefaults returns a complete configuration, or says what is wrong with this one.
func (c Config) withDefaults() (Config, error) {
	if c.OnConnect == nil {
		return c, errors.New("socketio config: OnConnect is required")
	}
	if c.Source == nil {
		c.Source = func(*http.Request) netip.Prefix { return netip.Prefix{} }
	}
	if c.Know == nil {
		c.Know = func(*http.Request) any { return nil }
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	err := errors.Join(
		orDefault("PingInterval", &c.PingInterval, 25*time.Second),
		orDefault("PingTimeout", &c.PingTimeout, 20*time.Second),
		orDefault("PollTimeout", &c.PollTimeout, 5*time.Second),
		orDefault("ConnectTimeout", &c.ConnectTimeout, 20*time.Second),
		orDefault("UpgradeTimeout", &c.UpgradeTimeout, 10*time.Second),
		orDefault("WriteTimeout", &c.WriteTimeout, 10*time.Second),
		orDefault("MaxPayload", &c.MaxPayload, 1_000_000),
		orDefault("MaxPackets", &c.MaxPackets, 10_000),
		orDefault("MaxQueue", &c.MaxQueue, 128),
		orDefault("MaxRooms", &c.MaxRooms, 16),
		orDefault("MaxSockets", &c.MaxSockets, 50_000),
		orDefault("MaxPending", &c.MaxPending, 8192),
		orDefault("MaxPendingPerAddress", &c.MaxPendingPerAddress, 1024),
	)
	return c, err
}

func orDefault[T ~int | ~int64](name string, v *T, def T) error {
	if *v < 0 {
		return fmt.Errorf("socketio config: %s is negative: %d", name, *v)
	}
	if *v == 0 {
		*v = def
	}
	return nil
}
