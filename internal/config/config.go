// Package config turns the command line and the environment into a service's
// settings. What enters is a struct that describes them, once, in its tags;
// what leaves is the filled struct, the help text, and docs/configuration.md.
//
// Every setting is a flag and a variable; the flag wins. Tags: kong's own
// (name, help, default, enum), and
//
//	var:"X"      the environment variable
//	secret:""    the variable X may be given as X_FILE, a file to read it from
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"
)

// ErrHelp says that the help text was asked for and printed: not a failure.
var ErrHelp = errors.New("help was printed")

// maxSecretFile bounds what is read from an X_FILE.
const maxSecretFile = 64 << 10

// Program is what the help text says of a program.
type Program struct {
	Name        string
	Description string // one paragraph, then examples
}

// Parse fills settings, a pointer to a struct with commands and flags, and
// returns the command that was chosen. Errors name the flag or variable.
func (p Program) Parse(settings any, args []string, getenv func(string) string, stdout io.Writer) (command string, err error) {
	helped := false
	parser, err := p.parser(settings, stdout, kong.Exit(func(int) { helped = true }),
		kong.Resolvers(environment(getenv)))
	if err != nil {
		return "", err
	}
	chosen, err := parser.Parse(args)
	if helped {
		return "", ErrHelp
	}
	if err != nil {
		return "", fmt.Errorf("%w (see %s --help)", hideSecrets(err, parser.Model.Flags, args), p.Name)
	}
	return chosen.Command(), nil
}

// hideSecrets takes out of err what the command line gives to flags that are
// secrets: the parser quotes arguments in the wrong place, and errors are
// logged.
func hideSecrets(err error, flags []*kong.Flag, args []string) error {
	text := err.Error()
	for i, arg := range args {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		secret := func(f *kong.Flag) bool { return f.Name == name && f.Tag.Has("secret") }
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		if len(value) < 4 || !slices.ContainsFunc(flags, secret) {
			continue // so short a text is no secret, and may be a part of any word
		}
		quoted := strings.Trim(strconv.Quote(value), `"`)
		text = strings.NewReplacer(value, "***", quoted, "***").Replace(text)
	}
	if text == err.Error() {
		return err
	}
	return errors.New(text)
}

func (p Program) parser(settings any, stdout io.Writer, more ...kong.Option) (*kong.Kong, error) {
	return kong.New(settings, append([]kong.Option{
		kong.Name(p.Name), kong.Description(p.Description), kong.Writers(stdout, stdout),
		kong.ValueFormatter(helpLine), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.KindMapper(reflect.String, kong.MapperFunc(asWritten)),
	}, more...)...)
}

// asWritten takes a text byte for byte. The parser's own way is through JSON,
// which puts U+FFFD for what is not UTF-8: of a key made of random bytes, little
// would be left.
func asWritten(c *kong.DecodeContext, target reflect.Value) error {
	token, err := c.Scan.PopValue("string")
	if err != nil {
		return err
	}
	target.SetString(token.String())
	return nil
}

// helpLine shows a setting's variable behind its help.
func helpLine(v *kong.Value) string {
	if name := v.Tag.Get("var"); name != "" {
		return v.Help + " ($" + name + ")"
	}
	return v.Help
}

// environment resolves a flag that the command line does not set.
func environment(getenv func(string) string) kong.ResolverFunc {
	return func(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
		name := flag.Tag.Get("var")
		switch {
		case name == "":
			return nil, nil
		case strings.HasSuffix(name, lettered):
			return letters(strings.TrimSuffix(name, lettered), getenv), nil
		}
		value := getenv(name)
		if flag.Tag.Has("secret") {
			var err error
			if value, err = secret(name, value, getenv(name+"_FILE")); err != nil {
				return nil, err
			}
		}
		if value == "" {
			return nil, nil
		}
		return value, nil
	}
}

// lettered marks a family of variables, one for each letter.
const lettered = "_A..Z"

// letters collects PREFIX_A to PREFIX_Z, up to the first that is missing only
// if none follows: a hole is kept as an empty text, for the checks to refuse.
func letters(prefix string, getenv func(string) string) any {
	var values []any
	last := 0
	for c := 'A'; c <= 'Z'; c++ {
		value := getenv(prefix + "_" + string(c))
		values = append(values, value)
		if value != "" {
			last = len(values)
		}
	}
	if last == 0 {
		return nil
	}
	return values[:last]
}

// secret returns value, or what the file holds, without its last newline.
func secret(name, value, file string) (string, error) {
	switch {
	case file == "":
		return value, nil
	case value != "":
		return "", fmt.Errorf("both %s and %s_FILE are set: set one", name, name)
	}
	f, err := os.Open(file)
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return "", fmt.Errorf("%s_FILE: %w", name, err)
	}
	if len(raw) > maxSecretFile {
		return "", fmt.Errorf("%s_FILE: %s is longer than %d bytes", name, file, maxSecretFile)
	}
	return strings.TrimRight(string(raw), "\r\n"), nil
}
