package testenv

import (
	"os"
	"path/filepath"
	"sync"
)

// Made is a file that is made once for a process and copied for each test.
type Made struct {
	once    sync.Once
	content []byte
	err     error
}

// Copy copies it to path. The first call has make make it, at a path of its own.
func (m *Made) Copy(t T, path string, make func(path string) error) {
	t.Helper()
	m.once.Do(func() {
		folder, err := tempDir("made")
		if m.err = err; err != nil {
			return
		}
		defer os.RemoveAll(folder)
		if m.err = make(filepath.Join(folder, "made")); m.err == nil {
			m.content, m.err = os.ReadFile(filepath.Join(folder, "made"))
		}
	})
	if m.err == nil {
		m.err = os.WriteFile(path, m.content, 0o600)
	}
	if m.err != nil {
		t.Fatal(m.err)
	}
}
