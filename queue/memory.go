package queue

import "context"

// Memory is what the queue's server has in use, in bytes.
type Memory struct {
	Used  int64
	Limit int64 // 0 if there is none
}

// MemoryMeter tells how much memory the queue's server has in use, and may have. Safe for concurrent use.
// A queue in the memory of one process has no server, and none of this.
type MemoryMeter interface {
	Memory(ctx context.Context) (Memory, error)
}
