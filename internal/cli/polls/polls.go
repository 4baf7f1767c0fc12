// Package polls holds the commands by which an organiser works from a terminal or a
// script: popeye polls and popeye results. What enters is a command with its flags,
// and a client of the HTTP API; what leaves is a table for people, JSON for programs,
// and an error that says what to do.
//
//   - server.go: whom the commands speak to, and what its refusals mean
//   - list.go, make.go, act.go: one poll or the list of them
//   - export.go, import.go: polls as files
//   - results.go, watch.go: popeye results
package polls

import (
	"context"
	"encoding/json"
	"io"
	"strings"

	"popeye/client"
)

// Commands is the command "polls": its own commands, and what they need.
type Commands struct {
	List      List      `command:"list" description:"List all polls."`
	Create    Create    `command:"create" description:"Make a poll."`
	Edit      Edit      `command:"edit" description:"Change a poll." long-description:"Change a poll. What is not named stays as it is. Once it has opened, only typing errors may be corrected, and its times changed."`
	Open      Open      `command:"open" description:"Open polls, for the first time or again."`
	Close     Close     `command:"close" description:"Close polls. Each is closed once every vote that was recorded is stored."`
	Reveal    Reveal    `command:"reveal" description:"Show the results of polls that are shown by hand."`
	Hide      Hide      `command:"hide" description:"Hide the results of polls that are shown by hand."`
	Duplicate Duplicate `command:"duplicate" description:"Make a draft that is like a poll, without its votes."`
	Rounds    Rounds    `command:"rounds" description:"List the rounds of a poll, or begin another one." long-description:"List the rounds that a poll is one of; with --new begin another one after it, with all its options or with those that are named."`
	Delete    Delete    `command:"delete" description:"Delete a draft or closed poll with its votes, for ever." long-description:"Delete a draft or closed poll with its votes, for ever. It asks for the poll's name, typed, unless --yes is there."`
	Export    Export    `command:"export" description:"Write the definitions of polls to files, one each." long-description:"Write the definitions of polls, of all or of those that are named, to files, one each. The files are for polls import; votes are not in them."`
	Import    Import    `command:"import" description:"Make polls from files." long-description:"Make polls from files: each has one definition or a list of them, in JSON; - is the standard input. Everything is checked first, and if anything is wrong nothing is made. Harmless to repeat: a poll that was made from the same words stays the one."`
}

// Terminal is where a command runs.
type Terminal struct {
	In  io.Reader // what a person types
	Out io.Writer
	Err io.Writer // what is no part of the output
	// Width and Height are how many columns and lines Out has; 0 if it is no terminal.
	Width, Height int
}

// command is each of them.
type command interface {
	run(ctx context.Context, c *client.Client, t Terminal) error
}

// Run runs the command that Parse has returned, as in "polls list".
func (p Commands) Run(ctx context.Context, name string, c *client.Client, t Terminal) error {
	_, name, _ = strings.Cut(name, " ")
	return Explain(c, map[string]command{
		"list": p.List, "create": p.Create, "edit": p.Edit, "open": p.Open, "close": p.Close, "reveal": p.Reveal, "hide": p.Hide,
		"duplicate": p.Duplicate, "rounds": p.Rounds, "delete": p.Delete, "export": p.Export, "import": p.Import,
	}[name].run(ctx, c, t))
}

// Examples are how the commands are called, for the help of a program.
func Examples(program string) map[string][]string {
	polls, results := program+" polls ", program+" results "
	return map[string][]string{
		"polls list": {polls + "list", "ADMIN_TOKEN_FILE=token " + polls + "list --server=https://result.example.org --json"},
		"polls create": {
			polls + `create --question="Where to?" --option=Pizza --option=Sushi --open`,
			polls + `create --slug=board --kind=ranked --rule=stv/1 --seats=3 --question="Who?" --option=Ann --option=Bob --option=Eve --option=Joe`,
		},
		"polls edit":      {polls + `edit lunch --question="Where to today?" --label=a=Pizzeria`, polls + "edit lunch --closes-at=2126-05-01T20:00:00+02:00"},
		"polls open":      {polls + "open lunch"},
		"polls close":     {polls + "close lunch dinner"},
		"polls reveal":    {polls + "reveal lunch"},
		"polls hide":      {polls + "hide lunch"},
		"polls duplicate": {polls + "duplicate lunch"},
		"polls rounds":    {polls + "rounds lunch", polls + "rounds lunch --new --option=a --option=c --open"},
		"polls delete":    {polls + "delete lunch", polls + "delete lunch --yes"},
		"polls export":    {polls + "export --to=backup", polls + "export lunch --to=- | jq ."},
		"polls import":    {polls + "import backup/*.json", polls + "import - < polls.json"},
		"results":         {results + "lunch", results + "lunch --watch", results + "lunch --json | jq .count.winners"},
	}
}

// printJSON writes a value on one line.
func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
