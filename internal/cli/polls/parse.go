package polls

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"popeye/count/rules"
	"popeye/internal/i18n"
	"popeye/internal/slugify"
	"popeye/vote"
	"popeye/vote/definition"
)

// entry is a definition of a file.
type entry struct {
	at         string // file, line and column where it begins
	definition definition.Definition
	made       *vote.Poll // the poll that is there already, made from the same words; else nil
}

// poll completes and checks the definition as the server does.
func (e entry) poll(now time.Time) (vote.Poll, error) {
	d := e.definition
	d.Slug = cmp.Or(d.Slug, slugify.Question(d.Question))
	p, err := definition.NewPoll(d)
	if err == nil {
		err = cmp.Or(rules.Check(p), p.Ahead(vote.Poll{}, now))
	}
	if err != nil {
		return p, inWords(err)
	}
	return p, nil
}

// parse reads a file with a definition, or a list of them. The error says everything
// that is wrong, with its place; what could be read is returned beside it.
func parse(file string, raw []byte) (all []entry, err error) {
	raw = bytes.TrimPrefix(raw, []byte("\uFEFF"))
	at := func(offset int64) string { return place(file, raw, offset) }
	d := json.NewDecoder(bytes.NewReader(raw))
	isList := bytes.HasPrefix(bytes.TrimSpace(raw), []byte("["))
	if isList {
		_, _ = d.Token() // the bracket, which is there
	}
	var wrong []error
	for n := 0; isList && d.More() || !isList && n == 0; n++ {
		var text json.RawMessage
		if err := d.Decode(&text); err != nil {
			return all, errors.Join(append(wrong, fmt.Errorf("%s: %s", at(offsetOf(err, int64(len(raw)))), fault(err)))...)
		}
		begin := d.InputOffset() - int64(len(text))
		definition, err := strictly(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %s", at(begin+offsetOf(err, unknownAt(err, text))), fault(err)))
			continue
		}
		all = append(all, entry{at: at(begin), definition: definition})
	}
	if isList {
		if _, err := d.Token(); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %s", at(offsetOf(err, int64(len(raw)))), fault(err)))
			return all, errors.Join(wrong...)
		}
	}
	end := d.InputOffset()
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		wrong = append(wrong, fmt.Errorf("%s: there is something behind the end; several polls are a list, in [ and ]", at(end)))
	}
	return all, errors.Join(wrong...)
}

// strictly reads a definition. An unknown field is an error: it may be a typing error.
func strictly(text []byte) (d definition.Definition, err error) {
	if !bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) {
		return d, errors.New("a poll is an object, in { and }")
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	return d, decoder.Decode(&d)
}

// offsetOf is where an error of the decoder is; otherwise if it does not say.
func offsetOf(err error, otherwise int64) int64 {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return max(0, syntax.Offset-1)
	case errors.As(err, &kind):
		return max(0, kind.Offset-1)
	}
	return otherwise
}

const unknownField = "json: unknown field "

// unknownAt is where the unknown field is that an error names.
func unknownAt(err error, text []byte) int64 {
	name, is := strings.CutPrefix(err.Error(), unknownField)
	if !is {
		return 0
	}
	return int64(max(0, bytes.Index(text, []byte(name))))
}

// fault says what is wrong with JSON, without words of the program.
func fault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	name, unknown := strings.CutPrefix(err.Error(), unknownField)
	switch {
	case unknown:
		return fmt.Sprintf("a poll has no field %s", name)
	case errors.As(err, &syntax):
		return "this is no JSON: " + syntax.Error()
	case errors.As(err, &kind):
		return fmt.Sprintf("%q can't be a %s", kind.Field, kind.Value)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the file ends before the poll does"
	}
	return i18n.English.Error(err)
}

// place names a byte of a file as people find it.
func place(file string, raw []byte, offset int64) string {
	before := raw[:min(int(offset), len(raw))]
	line := bytes.Count(before, []byte("\n")) + 1
	column := len([]rune(string(before[bytes.LastIndexByte(before, '\n')+1:]))) + 1
	return fmt.Sprintf("%s:%d:%d", file, line, column)
}
