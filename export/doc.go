// Package export writes the ballots of a poll to a file that anyone can recount, and
// reads such files, and those of other programs. What enters is a poll with its tally,
// or a file; what leaves is JSON, CSV or BLT, or an election with its ballots, ready for
// a rule of count/rules.
//
// A file that can't be read whole is refused, with the line and the column of what is
// wrong: no part of one is ever counted. What is read is bounded, see limits.go.
//
//   - write.go, write_csv.go, write_blt.go: our own files
//   - definition.go: what they say of the poll
//   - read.go: File, and which format is which
//   - own.go: our own JSON and CSV
//   - blt.go, preflib.go, csv.go: the field's formats
package export
