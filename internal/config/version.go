package config

import (
	"cmp"
	"runtime/debug"
)

// What a release is, set as it is linked, as in
//
//	-ldflags "-X popeye/internal/config.version=v1.2.3 -X popeye/internal/config.revision=f3a1c0f"
//
// Without it, what Go has found in the repository.
var version, revision string

// Build says what the program was made from: its version, and the revision of
// the source.
func Build() (string, string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return buildOf(version, revision, *info)
}

// buildOf completes what was set by what Go knows.
func buildOf(version, revision string, info debug.BuildInfo) (string, string) {
	found := map[string]string{}
	for _, s := range info.Settings {
		found[s.Key] = s.Value
	}
	known := found["vcs.revision"]
	if known != "" && found["vcs.modified"] == "true" {
		known += "+dirty"
	}
	return cmp.Or(version, info.Main.Version, "unknown"), cmp.Or(revision, known, "unknown")
}
