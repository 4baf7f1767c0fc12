// Package load is a crowd in a program: voters who vote in a poll, each once, as fast as
// they are answered or at a rate of their own, and how long each waited. What enters is
// the address of a poll's station and how large the crowd is; what leaves is a Report.
//
// At a rate the crowd does not wait for the system: a vote that is due while every
// connection is busy is late, and its wait counts from when it was due. So a system that
// stalls can't hide it by stalling its voters too (coordinated omission).
package load
