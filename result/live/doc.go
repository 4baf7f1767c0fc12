// Package live keeps viewers up to date over Socket.IO. What enters is the store's news
// that a poll changed; what leaves is what the audience may see of it now, encoded once
// for all who may see the same.
//
// The way of a change: the store wakes hub.go; the poll's feed (feed.go) reads the
// tally, at most some 20 times a second, and hands what the gate of package audience
// lets through to all its viewers (viewer.go). limit.go bounds what viewers may ask for.
package live
