package process

import (
	"bytes"
	"io"
	"os"
	"sync"
)

// Log keeps what a process writes: in memory, or in a file.
type Log struct {
	File string // "" for memory

	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String is all of it.
func (l *Log) String() string {
	if l.File != "" {
		text, err := os.ReadFile(l.File)
		if err != nil {
			return err.Error()
		}
		return string(text)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// Count is how often a text is in it.
func (l *Log) Count(text string) int { return bytes.Count([]byte(l.String()), []byte(text)) }

// writer is where a new process writes.
func (l *Log) writer() (io.WriteCloser, error) {
	if l.File == "" {
		return inMemory{l}, nil
	}
	return os.OpenFile(l.File, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

// inMemory is a Log that goes on after it is closed.
type inMemory struct{ *Log }

func (inMemory) Close() error { return nil }

// Reset forgets what is in memory.
func (l *Log) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.buf.Reset()
}
