// Package web is what the two public stations share of HTTP: handlers that
// return an error, one place that turns errors into a page or JSON, strict
// headers, limits, access log and metrics, static files, and a server that
// drains. What enters is a station's handlers; what leaves is a running site.
// It knows nothing of votes.
//
//   - handler.go: Handler, and the answers it can give
//   - errors.go: Error, and how it is shown
//   - site.go: Site, the chain that every request goes through, for one station or several
//   - requests.go: how long answers take
//   - trace.go: the span of a request
//   - static.go: files that browsers may keep
//   - limits.go: how many connections may be open
//   - memory.go: how much memory they and their requests may take
//   - client.go: who asks, behind a proxy; share.go: how much of them at once
//   - serve.go: listening and draining
package web
