package config

import (
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"
)

// Document describes a program's settings as a section of
// docs/configuration.md: what the program reads, and nothing else.
func (p Program) Document(settings any) (string, error) {
	parser, err := p.parser(settings, io.Discard)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	summary, _, _ := strings.Cut(p.Description, "\n")
	fmt.Fprintf(&b, "## %s\n\n%s\n\n| variable | flag | default | meaning |\n|---|---|---|---|\n", p.Name, summary)
	for _, flag := range parser.Model.Flags {
		if name := flag.Tag.Get("var"); name != "" {
			fmt.Fprintf(&b, "| %s | `--%s` | %s | %s |\n", variables(name, flag), flag.Name, code(flag.Default), cell(flag.Help))
		}
	}
	return b.String(), nil
}

// variables names what a setting can be given by.
func variables(name string, flag *kong.Flag) string {
	if prefix, ok := strings.CutSuffix(name, lettered); ok {
		return fmt.Sprintf("`%s_A` … `%s_Z`", prefix, prefix)
	}
	if flag.Tag.Has("secret") {
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
