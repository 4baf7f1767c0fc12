package redisqueue

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"popeye/queue"
)

var _ queue.MemoryMeter = (*Queue)(nil)

// Memory implements queue.MemoryMeter. It counts what Redis compares with its limit, the
// whole server's data, not the votes alone.
func (q *Queue) Memory(ctx context.Context) (queue.Memory, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	info, err := q.client.Do(ctx, q.client.B().Info().Section("memory").Build()).ToString()
	if err != nil {
		return queue.Memory{}, unavailable("read the memory", err)
	}
	m, err := readMemory(info)
	if err != nil {
		return queue.Memory{}, unavailable("read the memory", err)
	}
	return m, nil
}

// readMemory reads the lines "name:value" of INFO.
func readMemory(info string) (m queue.Memory, err error) {
	found := 0
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		figure := map[string]*int64{"used_memory": &m.Used, "maxmemory": &m.Limit}[name]
		if figure == nil {
			continue
		}
		if *figure, err = strconv.ParseInt(value, 10, 64); err != nil {
			return m, fmt.Errorf("redis says %q: %w", line, err)
		}
		found++
	}
	if found != 2 {
		return m, fmt.Errorf("redis tells %d of the 2 stats wanted", found)
	}
	return m, nil
}
