package main

import (
	"testing"

	"popeye/internal/config/configtest"
)

func TestConfigurationIsDocumented(t *testing.T) {
	section, err := program.Document(&settings{})
	if err != nil {
		t.Fatal(err)
	}
	configtest.Documented(t, "../../docs/configuration.md", program.Name, section)
}

func TestVersion(t *testing.T) { configtest.Versioned(t, program.Name, run) }

func TestHelpOfCommands(t *testing.T) {
	configtest.Helped(t, []string{
		"account", "backup", "bench", "count", "dead", "dead list", "dead show", "dead replay", "dead drop", "polls", "polls list",
		"polls create", "polls edit", "polls open", "polls close", "polls reveal", "polls hide", "polls duplicate", "polls rounds", "polls delete", "polls export",
		"polls import", "events", "events list", "events new", "events show", "events step", "results",
	}, run)
}
