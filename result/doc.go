// Package result is station 5: it shows the count to the audience. What enters is the
// store's news that a tally changed; what leaves is the newest figures, over Socket.IO
// to every viewer, and as pages, JSON and CSV to whoever asks. Organisers work on the
// same site, by package admin: neither knows the other.
//
// The way of a change: the store wakes hub.go; the poll's feed (feed.go) reads
// the tally, at most some 20 times a second, makes figures of it (figures.go)
// and hands them, encoded once, to all its viewers (live.go). page.go and
// export.go answer single requests; screen_page.go is the page, and
// widget_*.go how each kind of poll is shown. limit.go bounds what viewers may ask
// for, limit_reads.go what reading costs.
package result
