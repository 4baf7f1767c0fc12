package config

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/jessevdk/go-flags"
)

// writeHelp writes what the command that was chosen can be told. It is the last
// use of parser: its description becomes the text of the help.
func (p Program) writeHelp(parser *flags.Parser, settings any, w io.Writer) {
	about, examples, _ := strings.Cut(p.Description, "\n\nExamples:\n")
	describe(parser.Command)
	parser.Usage, parser.LongDescription = "[OPTIONS]", about
	if parser.Active != nil {
		hide(parser, reflect.TypeOf(settings).Elem())
		var commands []string
		for _, c := range parser.Commands() {
			commands = append(commands, c.Name)
		}
		examples = p.examplesOf(chosen(parser.Active), examples, commands)
	}
	parser.WriteHelp(w)
	if examples != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", examples)
	}
}

// examplesOf returns those of a command and of the commands in it; where it has
// none of its own, those of the program's that speak of it, which to serve are
// those that speak of no command.
func (p Program) examplesOf(command, programs string, others []string) string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(p.Examples)) {
		if name == command || strings.HasPrefix(name, command+" ") {
			lines = append(lines, p.Examples[name]...)
		}
	}
	if lines != nil {
		return "  " + strings.Join(lines, "\n  ")
	}
	for line := range strings.SplitSeq(programs, "\n") {
		says := func(command string) bool { return strings.Contains(line+" ", " "+command+" ") }
		if says(command) || command == DefaultCommand && !slices.ContainsFunc(others, says) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// hide leaves the settings out that the chosen command does not read, and what
// only the program itself is asked.
func hide(parser *flags.Parser, settings reflect.Type) {
	reads, told := "", false
	for c := parser.Active; c != nil && settings != nil; c = c.Active {
		var tags reflect.StructTag
		settings, tags = commandOf(settings, c.Name)
		if words, has := tags.Lookup("reads"); has {
			reads, told = words, true
		}
	}
	var options []*flags.Option
	for c := parser.Command; c != nil; c = c.Active {
		options = append(options, own(c.Group)...)
	}
	for _, o := range options {
		read := slices.ContainsFunc(strings.Split(reads, ","), func(word string) bool {
			return o.LongName == word || strings.HasPrefix(o.LongName, word+"-")
		})
		o.Hidden = told && !read && tag(o, "var") != "" || o.LongName == "version"
	}
}

// commandOf returns the struct of a command and the tags of its field.
func commandOf(t reflect.Type, name string) (reflect.Type, reflect.StructTag) {
	for f := range t.Fields() {
		switch command, is := f.Tag.Lookup("command"); {
		case is && command == name:
			return f.Type, f.Tag
		case !is && f.Type.Kind() == reflect.Struct:
			if found, tag := commandOf(f.Type, name); found != nil {
				return found, tag
			}
		}
	}
	return nil, ""
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
