package testenv

import (
	"os"
	"path/filepath"
	"sync"
)

// Made is a file that is made once for a process and copied for each test. Safe for
// concurrent use.
type Made struct {
	once    sync.Once
	content []byte
	err     error
}

// Copy copies it to path. The first call makes it, at a path that create gets.
func (m *Made) Copy(t T, path string, create func(path string) error) {
	t.Helper()
	m.once.Do(func() { m.content, m.err = madeBy(create) })
	err := m.err
	if err == nil {
		err = os.WriteFile(path, m.content, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func madeBy(create func(path string) error) ([]byte, error) {
	folder, err := tempDir("made")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "made")
	if err := create(path); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}
