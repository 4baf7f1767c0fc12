package config

import (
	"runtime/debug"
	"testing"
)

func TestBuild(t *testing.T) {
	vcs := func(version string, settings ...debug.BuildSetting) debug.BuildInfo {
		return debug.BuildInfo{Main: debug.Module{Version: version}, Settings: settings}
	}
	clean := debug.BuildSetting{Key: "vcs.modified", Value: "false"}
	dirty := debug.BuildSetting{Key: "vcs.modified", Value: "true"}
	found := debug.BuildSetting{Key: "vcs.revision", Value: "f3a1c0f"}
	tests := []struct {
		version, revision string
		info              debug.BuildInfo
		wantVersion       string
		wantRevision      string
	}{
		{"", "", vcs(""), "unknown", "unknown"},
		{"", "", vcs("(devel)", dirty), "(devel)", "unknown"},
		{"", "", vcs("v1.2.3", found, clean), "v1.2.3", "f3a1c0f"},
		{"", "", vcs("v1.2.3", found, dirty), "v1.2.3", "f3a1c0f+dirty"},
		{"v2", "", vcs("v1.2.3", found, clean), "v2", "f3a1c0f"},
		{"v2", "c0ffee", vcs("v1.2.3", found, dirty), "v2", "c0ffee"},
	}
	for _, tt := range tests {
		if v, r := buildOf(tt.version, tt.revision, tt.info); v != tt.wantVersion || r != tt.wantRevision {
			t.Errorf("%q, %q, %v: version %q, revision %q", tt.version, tt.revision, tt.info, v, r)
		}
	}
	if v, r := Build(); v == "" || r == "" {
		t.Errorf("this build is %q, %q", v, r)
	}
}
