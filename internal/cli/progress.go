package cli

import (
	"context"
	"fmt"
	"io"
	"time"
)

// progress is a file that is read, which says how far it is where that takes long. It
// ends with its context.
type progress struct {
	ctx  context.Context
	in   io.Reader
	out  io.Writer // nil: nobody looks
	size int64     // 0: not known
	read int64
	said time.Time
	any  bool // something was said
}

// sayEvery is how often.
const sayEvery = 500 * time.Millisecond

func (p *progress) Read(b []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.in.Read(b)
	p.read += int64(n)
	if now := time.Now(); p.out != nil && now.Sub(p.said) >= sayEvery {
		p.said, p.any = now, true
		if p.size > 0 {
			fmt.Fprintf(p.out, "\rreading: %3d %%", 100*min(p.read, p.size)/p.size)
		} else {
			fmt.Fprintf(p.out, "\rreading: %.1f MB", float64(p.read)/1e6)
		}
	}
	return n, err
}

// done takes the line away.
func (p *progress) done() {
	if p.any {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
