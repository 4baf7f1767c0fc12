package config

import (
	"fmt"
	"strings"

	"github.com/jessevdk/go-flags"
)

// Document describes a program's settings as a section of
// docs/configuration.md: what the program reads, and nothing else.
func (p Program) Document(settings any) (string, error) {
	parser, _, err := p.parser(settings)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	summary, _, _ := strings.Cut(p.Description, "\n")
	fmt.Fprintf(&b, "## %s\n\n%s\n\n| variable | flag | default | meaning |\n|---|---|---|---|\n", p.Name, summary)
	for _, o := range own(parser.Group) {
		if name := tag(o, "var"); name != "" {
			fmt.Fprintf(&b, "| %s | `--%s` | %s | %s |\n", variables(name, o), o.LongName, code(strings.Join(o.Default, ",")), cell(o.Description))
		}
	}
	return b.String(), nil
}

// variables names what a setting can be given by.
func variables(name string, o *flags.Option) string {
	if prefix, ok := strings.CutSuffix(name, lettered); ok {
		return fmt.Sprintf("`%s_A` … `%s_Z`", prefix, prefix)
	}
	if isSecret(o) {
		return fmt.Sprintf("`%s` or `%s_FILE`", name, name)
	}
	return code(name)
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
