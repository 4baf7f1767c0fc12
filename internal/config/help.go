package config

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/jessevdk/go-flags"
)

// writeHelp writes what the command that was chosen can be told. It is the last
// use of parser: its description becomes the text of the help.
func (p Program) writeHelp(parser *flags.Parser, w io.Writer) {
	about, examples, _ := strings.Cut(p.Description, "\n\nExamples:\n")
	describe(parser.Command)
	parser.Usage, parser.LongDescription = "[OPTIONS]", about
	parser.WriteHelp(w)
	if parser.Active == nil && examples != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", examples)
	}
}

// describe shows a setting's variable behind its help, and a command's help in
// the command's own too.
func describe(c *flags.Command) {
	for _, o := range own(c.Group) {
		o.Choices = nil // the text names them
		if name := tag(o, "var"); name != "" {
			o.Description += " ($" + name + ")"
		}
	}
	for _, inner := range c.Commands() {
		inner.LongDescription = cmp.Or(inner.LongDescription, inner.ShortDescription)
		describe(inner)
	}
}
