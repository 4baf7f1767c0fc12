package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// The limits of a connection. A phone on bad Wi-Fi is well within them.
const (
	headerTimeout = 10 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 60 * time.Second // longer than a long poll
	idleTimeout   = 2 * time.Minute
	maxHeader     = 8 << 10
	drainTimeout  = 10 * time.Second
	// relieveEvery is how often it is seen whether a site is crowded.
	relieveEvery = time.Second
)

// Listen opens a TCP address.
func Listen(addr string) (net.Listener, error) {
	// Connections have the options of the socket that they come from. It speaks no
	// MPTCP, to which not all of them apply.
	c := net.ListenConfig{Control: keepLittleUnsent}
	c.SetMultipathTCP(false)
	l, err := c.Listen(context.Background(), "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address, or end what uses it", err)
	}
	return l, nil
}

// Serve answers on l until ctx ends, then takes no new connection, lets what
// is under way finish within a bound, and returns. closing, if not nil, is
// called as draining begins: it ends what would wait for ever.
func Serve(ctx context.Context, l net.Listener, h http.Handler, log *slog.Logger, closing func()) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		ConnState: settleRequests,
		ErrorLog:  slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	if closing != nil {
		s.RegisterOnShutdown(closing)
	}
	if l, ok := l.(*limited); ok {
		ended := make(chan struct{})
		defer close(ended)
		go relieve(s, l, log, ended)
	}
	drained := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		log.Info("draining: no new connections, what is under way is finished", "addr", l.Addr().String())
		bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		defer cancel()
		drained <- s.Shutdown(bound)
	})
	err := s.Serve(l)
	if stop() || !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	}
	if err := <-drained; err != nil {
		_ = s.Close()
		log.Warn("some requests did not finish in time", "bound", drainTimeout)
	}
	return nil
}

// relieve keeps no idle connections while a site is crowded: they may be most of
// the crowd, and whoever comes next needs a place more. Otherwise they are kept,
// for longer than proxies keep theirs.
func relieve(s *http.Server, l *limited, log *slog.Logger, ended <-chan struct{}) {
	look := time.NewTicker(relieveEvery)
	defer look.Stop()
	for was := false; ; {
		select {
		case <-look.C:
		case <-ended:
			return
		}
		crowded := l.crowded()
		if crowded && !was {
			log.Warn("crowded: idle connections are closed; beyond the limit new ones are too",
				"addr", l.Addr().String(), "open", l.count(), "limit", l.limits.Total, "memory", l.memory.inUse(), "memory_limit", l.limits.Memory)
		}
		s.SetKeepAlivesEnabled(!crowded)
		was = crowded
	}
}
