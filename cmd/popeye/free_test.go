package main

import (
	"math"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"popeye/internal/metrics"
	"popeye/internal/metrics/metricstest"
)

// The figure is that of df, which counts in kilobytes; other programs write to
// the same disk meanwhile.
func TestFree(t *testing.T) {
	folder := t.TempDir()
	out, err := exec.Command("df", "-kP", folder).Output()
	if err != nil {
		t.Fatalf("no df to compare with: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	want, err := strconv.ParseFloat(strings.Fields(lines[len(lines)-1])[3], 64)
	if err != nil {
		t.Fatalf("df says %s", out)
	}
	r := metrics.NewRegistry()
	showFree(r, folder)
	got := metricstest.Values(t, r)["popeye_data_free_bytes"]
	if math.Abs(got-want*1024) > 1<<30 || got <= 0 {
		t.Errorf("%v bytes are free, df says %v", got, want*1024)
	}
}

func TestFreeOfNothing(t *testing.T) {
	r := metrics.NewRegistry()
	showFree(r, filepath.Join(t.TempDir(), "gone"))
	if got := metricstest.Values(t, r)["popeye_data_free_bytes"]; !math.IsNaN(got) {
		t.Errorf("a folder that is gone has %v bytes free", got)
	}
}
