package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

// askTimeout bounds how long /db waits for the database.
const askTimeout = 2 * time.Second

// newHandler is every route of the service. The patterns leave the rest to
// ServeMux: another path is a 404, another method a 405.
func newHandler(db *database, log *slog.Logger) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		say(w, http.StatusOK, "Hello World!")
	})
	mux.HandleFunc("GET /db", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), askTimeout)
		defer cancel()
		start := time.Now()
		version, err := db.ask(ctx)
		if err != nil {
			why := reason(err)
			log.Warn("the database does not answer", "reason", why)
			say(w, http.StatusServiceUnavailable, "the database does not answer: "+why)
			return
		}
		took := time.Since(start).Milliseconds()
		say(w, http.StatusOK, fmt.Sprintf("the database answers (PostgreSQL %s, in %d ms)", version, took))
	})
	return mux
}

func say(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text)
}
