// Package config turns the command line and the environment into a service's
// settings. What enters is a struct that describes them, once, in its tags;
// what leaves is the filled struct, the help text, and docs/configuration.md.
//
// Every setting is a flag and a variable; the flag wins. Tags: go-flags' own
// (long, description, default, value-name, command, positional-args), and
//
//	var:"X"      the environment variable
//	secret:""    the variable X may be given as X_FILE, a file to read it from
//	enum:"x,y"   no other value is accepted
//	reads:"a,b"  of a command: the program's settings that it reads, by the first
//	             words of their flags; its help shows no others
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/jessevdk/go-flags"
)

// ErrHelp says that the help text, or the version, was asked for and printed:
// not a failure.
var ErrHelp = errors.New("help was printed")

// DefaultCommand is what a program does if it is told no command.
const DefaultCommand = "serve"

// maxSecretFile bounds what is read from an X_FILE.
const maxSecretFile = 64 << 10

// Program is what the help text says of a program.
type Program struct {
	Name        string
	Description string // one paragraph, then examples
	// Examples are those of commands, as in "dead list"; one line each.
	Examples map[string][]string
}

// Getenv is os.Getenv for programs. An empty METRICS_ADDR is not as good as none:
// it turns metrics off.
func Getenv(name string) string {
	value, set := os.LookupEnv(name)
	if name == "METRICS_ADDR" && set && value == "" {
		return nowhere
	}
	return value
}

// Parse fills settings, a pointer to a struct with commands and flags, and
// returns the command that was chosen, as in "dead show". Errors name the flag
// or variable.
func (p Program) Parse(settings any, args []string, getenv func(string) string, stdout io.Writer) (command string, err error) {
	parser, asked, err := p.parser(settings)
	if err != nil {
		return "", err
	}
	rest, err := parser.ParseArgs(quoted(args))
	switch {
	case asked.Help || slices.Contains(args, "--help"): // also behind a mistake
		p.writeHelp(parser, settings, stdout)
		return "", ErrHelp
	case asked.Version:
		version, revision := Build()
		fmt.Fprintf(stdout, "%s %s (revision %s, %s)\n", p.Name, version, revision, runtime.Version())
		return "", ErrHelp
	case err == nil && len(rest) > 0:
		err = fmt.Errorf("unexpected argument %s", rest[0])
	case err == nil:
		err = environment(parser.Command, getenv)
	case reason(err) == flags.ErrUnknown: // it is about no flag
		err = fmt.Errorf("argument of %s: %w", chosen(parser.Active), err)
	}
	if err != nil {
		return "", fmt.Errorf("%w (see %s --help)", hideSecrets(err, all(parser.Command), args), p.Name)
	}
	return chosen(parser.Active), nil
}

// asked is what every program can be asked beside its settings.
type asked struct {
	Help    bool `short:"h" long:"help" description:"Show this text; with a command, that of the command."`
	Version bool `long:"version" description:"Show the version, the revision and the Go release."`
}

func (p Program) parser(settings any) (*flags.Parser, *asked, error) {
	parser := flags.NewNamedParser(p.Name, flags.PassDoubleDash|flags.AllowBoolValues)
	parser.SubcommandsOptional = true
	asked := new(asked)
	_, err := parser.AddGroup("Flags", "", asked)
	if err == nil {
		_, err = parser.AddGroup("Settings", "", settings)
	}
	if err == nil {
		err = checkTags(reflect.TypeOf(settings).Elem())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the settings of %s: %w", p.Name, err)
	}
	for _, o := range all(parser.Command) {
		if values := tag(o, "enum"); values != "" {
			o.Choices = strings.Split(values, ",")
		}
	}
	return parser, asked, nil
}

// checkTags looks for fields that the library would pass over without a word:
// settings that nobody could set.
func checkTags(t reflect.Type) error {
	for f := range t.Fields() {
		_, isFlag := f.Tag.Lookup("long")
		_, isArguments := f.Tag.Lookup("positional-args")
		switch {
		case !f.IsExported() && !f.Anonymous, isFlag, isArguments:
		case f.Type.Kind() != reflect.Struct:
			return fmt.Errorf("the field %s of %s has no name: give it the tag long", f.Name, t)
		default:
			if err := checkTags(f.Type); err != nil {
				return err
			}
		}
	}
	return nil
}

// chosen names the command c and those in it.
func chosen(c *flags.Command) string {
	if c == nil {
		return DefaultCommand
	}
	name := c.Name
	for c = c.Active; c != nil; c = c.Active {
		name += " " + c.Name
	}
	return name
}

// all returns the flags of a command and of the commands in it.
func all(c *flags.Command) []*flags.Option {
	options := own(c.Group)
	for _, inner := range c.Commands() {
		options = append(options, all(inner)...)
	}
	return options
}

// own returns the flags of a group and of the groups in it.
func own(g *flags.Group) []*flags.Option {
	options := slices.Clone(g.Options())
	for _, inner := range g.Groups() {
		options = append(options, own(inner)...)
	}
	return options
}

func tag(o *flags.Option, key string) string { return o.Field().Tag.Get(key) }

func isSecret(o *flags.Option) bool {
	_, is := o.Field().Tag.Lookup("secret")
	return is
}

// quoted keeps the values in args byte for byte: the parser takes the quotes
// off one that begins with a quote, and reads what is in them as Go does, so
// such a value gets a pair for it to take.
func quoted(args []string) []string {
	args = slices.Clone(args)
	for i, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch {
		case arg == "--":
			return args
		case strings.HasPrefix(arg, `"`):
			args[i] = strconv.Quote(arg)
		case strings.HasPrefix(name, "-") && strings.HasPrefix(value, `"`):
			args[i] = name + "=" + strconv.Quote(value)
		}
	}
	return args
}

// reason tells what the parser finds wrong, if it is the parser who does.
func reason(err error) flags.ErrorType {
	if e, ok := errors.AsType[*flags.Error](err); ok {
		return e.Type
	}
	return flags.ErrUnknown
}

// hideSecrets takes out of err what the command line gives to flags that are
// secrets: the parser quotes arguments in the wrong place, and errors are
// logged.
func hideSecrets(err error, options []*flags.Option, args []string) error {
	text := err.Error()
	if reason(err) == flags.ErrExpectedArgument {
		text, _, _ = strings.Cut(text, ", but got") // whose rest may be garbled, and not be found below
	}
	for i, arg := range args {
		name, value, given := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		secret := func(o *flags.Option) bool { return o.LongName == name && isSecret(o) }
		if !given && i+1 < len(args) {
			value = args[i+1]
		}
		if len(value) < 4 || !slices.ContainsFunc(options, secret) {
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

// environment sets what the command line does not.
func environment(c *flags.Command, getenv func(string) string) error {
	for ; c != nil; c = c.Active {
		for _, o := range own(c.Group) {
			if o.IsSet() && !o.IsSetDefault() {
				continue
			}
			values, err := variable(o, getenv)
			if err != nil {
				return err
			}
			for _, v := range values {
				if err := o.Set(&v); err != nil {
					return fmt.Errorf("%s, which is --%s: %w", tag(o, "var"), o.LongName, err)
				}
			}
		}
	}
	return nil
}

// variable returns what the environment says of a flag: mostly one value, or
// none.
func variable(o *flags.Option, getenv func(string) string) ([]string, error) {
	name := tag(o, "var")
	if name == "" {
		return nil, nil
	}
	if prefix, ok := strings.CutSuffix(name, lettered); ok {
		return byLetter(prefix, getenv), nil
	}
	value := getenv(name)
	if isSecret(o) {
		var err error
		if value, err = secret(name, value, getenv(name+"_FILE")); err != nil {
			return nil, err
		}
	}
	if value == "" {
		return nil, nil
	}
	return []string{value}, nil
}

// lettered marks a family of variables, one for each letter.
const lettered = "_A..Z"

// byLetter collects PREFIX_A to PREFIX_Z, up to the first that is missing only
// if none follows: a hole is kept as an empty text, for the checks to refuse.
func byLetter(prefix string, getenv func(string) string) []string {
	var values []string
	last := 0
	for c := 'A'; c <= 'Z'; c++ {
		value := getenv(prefix + "_" + string(c))
		values = append(values, value)
		if value != "" {
			last = len(values)
		}
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
