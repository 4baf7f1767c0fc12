package load

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"time"
)

// maxAnswer bounds the body of an answer that is read.
const maxAnswer = 1 << 20

// conn is one connection to a server, over which one request goes after the other. It
// knows as much of HTTP/1.1 as an answer to a vote needs: net/http's client would take
// more of the machine than the server that is measured. Not safe for concurrent use.
type conn struct {
	server  *url.URL
	timeout time.Duration
	conn    net.Conn
	in      *bufio.Reader
	body    []byte
}

// answer is what came back. Body is good until the next request.
type answer struct {
	status int
	body   []byte
}

// do sends a request, whole as it goes over the line, and reads the answer. After an
// error the next request goes over a connection of its own.
func (c *conn) do(ctx context.Context, request []byte) (answer, error) {
	if c.conn == nil {
		if err := c.dial(ctx); err != nil {
			return answer{}, err
		}
	}
	a, reusable, err := c.exchange(request)
	if err != nil || !reusable {
		c.close()
	}
	return a, err
}

func (c *conn) exchange(request []byte) (a answer, reusable bool, err error) {
	if err := c.conn.SetDeadline(time.Now().Add(c.timeout)); err != nil {
		return a, false, err
	}
	if _, err := c.conn.Write(request); err != nil {
		return a, false, err
	}
	return c.read()
}

func (c *conn) dial(ctx context.Context) error {
	dialer := &net.Dialer{Timeout: c.timeout}
	var err error
	if c.server.Scheme == "https" {
		c.conn, err = (&tls.Dialer{NetDialer: dialer}).DialContext(ctx, "tcp", hostPort(c.server, "443"))
	} else {
		c.conn, err = dialer.DialContext(ctx, "tcp", hostPort(c.server, "80"))
	}
	if err != nil {
		c.conn = nil
		return err
	}
	c.in = bufio.NewReader(c.conn)
	return nil
}

func hostPort(u *url.URL, port string) string {
	if u.Port() != "" {
		port = u.Port()
	}
	return net.JoinHostPort(u.Hostname(), port)
}

func (c *conn) close() {
	if c.conn != nil {
		_ = c.conn.Close()
		c.conn = nil
	}
}

// read reads an answer. reusable is whether the connection may be used again.
func (c *conn) read() (a answer, reusable bool, err error) {
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return a, false, err
	}
	if len(line) < len("HTTP/1.1 200") || !bytes.HasPrefix(line, []byte("HTTP/1.")) {
		return a, false, errors.New("no answer of HTTP/1")
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, false, fmt.Errorf("an answer without a status: %w", err)
	}
	length, chunked, reusable, err := c.readHeader()
	if err != nil {
		return a, false, err
	}
	switch {
	case chunked:
		err = c.readChunks()
	case length >= 0 && length <= maxAnswer:
		c.body = append(c.body[:0], make([]byte, length)...)
		_, err = io.ReadFull(c.in, c.body)
	default:
		err = fmt.Errorf("an answer of %d bytes", length)
	}
	a.body = c.body
	return a, reusable, err
}

func (c *conn) readHeader() (length int, chunked, reusable bool, err error) {
	length, reusable = -1, true
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return 0, false, false, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			return length, chunked, reusable, nil
		}
		name, value, _ := bytes.Cut(line, []byte(":"))
		value = bytes.TrimSpace(value)
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, false, false, fmt.Errorf("an answer without a length: %w", err)
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = bytes.EqualFold(value, []byte("chunked"))
		case bytes.EqualFold(name, []byte("Connection")):
			reusable = !bytes.EqualFold(value, []byte("close"))
		}
	}
}

func (c *conn) readChunks() error {
	c.body = c.body[:0]
	for {
		line, err := c.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(bytes.TrimRight(line, "\r\n")), 16, 32)
		if err != nil || len(c.body)+int(n) > maxAnswer {
			return fmt.Errorf("a part of an answer of %q bytes", bytes.TrimSpace(line))
		}
		at := len(c.body)
		c.body = append(c.body, make([]byte, n+2)...) // with the end of the line
		if _, err := io.ReadFull(c.in, c.body[at:]); err != nil {
			return err
		}
		c.body = c.body[:at+int(n)]
		if n == 0 {
			return nil
		}
	}
}
