package export

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Error says what is wrong with a file, and where.
type Error struct {
	Line, Column int // counted from 1, in characters; 0 if it is about no place
	Problem      string
}

func (e *Error) Error() string {
	switch {
	case e.Line == 0:
		return e.Problem
	case e.Column == 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Problem)
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Problem)
}

// source is a file of text that goes by, line by line. Lines end as on any system.
type source struct {
	in    *bufio.Reader
	whole []byte // what is read and not yet cut into lines, good until the next read
	long  []byte // whole, where it is longer than the reader's memory
	line  []byte // the line, without its end; good until the next one
	n     int    // its number, counted from 1
	ended bool
}

func newSource(r io.Reader) *source { return &source{in: bufio.NewReaderSize(bounded(r), 32<<10)} }

// next goes to the next line, and reports whether there is one.
func (s *source) next() (bool, error) {
	if len(s.whole) == 0 {
		if s.ended {
			return false, nil
		}
		if err := s.read(); err != nil {
			return false, err
		}
		if len(s.whole) == 0 {
			return false, nil
		}
	}
	end := bytes.IndexAny(s.whole, "\r\n")
	switch {
	case end < 0:
		s.line, s.whole = s.whole, nil
	case s.whole[end] == '\r' && end+1 < len(s.whole) && s.whole[end+1] == '\n':
		s.line, s.whole = s.whole[:end], s.whole[end+2:]
	default:
		s.line, s.whole = s.whole[:end], s.whole[end+1:]
	}
	if s.n++; s.n == 1 {
		s.line = bytes.TrimPrefix(s.line, []byte(byteOrderMark))
	}
	if i := bytes.IndexByte(s.line, 0); i >= 0 {
		return false, s.wrong(i, "this is no text file in UTF-8")
	}
	return true, nil
}

// read reads up to the next line feed.
func (s *source) read() error {
	whole, err := s.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		s.long = append(s.long[:0], whole...)
		for errors.Is(err, bufio.ErrBufferFull) && len(s.long) <= maxLine {
			whole, err = s.in.ReadSlice('\n')
			s.long = append(s.long, whole...)
		}
		whole = s.long
	}
	if len(whole) > maxLine {
		return &Error{Line: s.n + 1, Problem: fmt.Sprintf("the line is longer than %d bytes", maxLine)}
	}
	s.whole = whole
	if errors.Is(err, io.EOF) {
		s.ended, err = true, nil
	}
	return err
}

// content goes to the next line that is not blank.
func (s *source) content() (bool, error) {
	for {
		if more, err := s.next(); !more || err != nil || len(bytes.TrimSpace(s.line)) > 0 {
			return more, err
		}
	}
}

// wrong is an error at a byte of the line.
func (s *source) wrong(at int, problem string, args ...any) error {
	return &Error{s.n, utf8.RuneCount(s.line[:min(at, len(s.line))]) + 1, fmt.Sprintf(problem, args...)}
}

// wrongLine is an error about the line.
func (s *source) wrongLine(problem string, args ...any) error {
	return &Error{Line: s.n, Problem: fmt.Sprintf(problem, args...)}
}

// errSize says that a file is too large.
var errSize = fmt.Errorf("the file is larger than %d bytes", int64(maxFile))

// bounded reads no more than a file may have.
func bounded(r io.Reader) io.Reader { return &limited{r, maxFile} }

type limited struct {
	r    io.Reader
	left int64
}

func (l *limited) Read(b []byte) (int, error) {
	if l.left <= 0 {
		return 0, errSize
	}
	n, err := l.r.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}

// quoteText is a part of a file as a message shows it.
func quoteText[T string | []byte](s T) string {
	const most = 40
	text := strings.ToValidUTF8(string(s[:min(len(s), most)]), "?")
	if len(s) > most {
		text += "..."
	}
	return strconv.Quote(text)
}

// name is a text of a file: of an option, or its title. Old files are in Windows-1252.
func name(raw []byte) string {
	if utf8.Valid(raw) {
		return strings.TrimSpace(string(raw))
	}
	var b strings.Builder
	for _, c := range raw {
		if 0x80 <= c && c < 0xa0 {
			b.WriteRune(windows1252[c-0x80])
		} else {
			b.WriteRune(rune(c))
		}
	}
	return strings.TrimSpace(b.String())
}

// windows1252 is what the bytes from 0x80 to 0x9f mean there.
var windows1252 = []rune("€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ")

// digits reads a number without a sign; one with nothing but zeros behind the point is
// whole. It returns false if it is none, or greater than most.
func digits(b []byte, most int64) (n int64, ok bool) {
	if whole, rest, found := bytes.Cut(b, []byte(".")); found {
		if len(bytes.Trim(rest, "0")) > 0 {
			return 0, false
		}
		b = whole
	}
	for _, c := range b {
		if c < '0' || c > '9' || n > most {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, len(b) > 0 && n <= most
}
