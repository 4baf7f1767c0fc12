package export

import (
	"bytes"
	"slices"
	"strings"

	"popeye/count"
	"popeye/vote"
)

// A BLT file is numbers, then names:
//
//	4 2            four options, two seats
//	-2             the second has withdrawn
//	3 1 4=3 - 2 0  three voters; a ballot ends with 0, on the line on which it began
//	0              the end of the ballots
//	"Amy"          the names, and the title
//
// What follows a # outside quotes is a comment. Where it is a file of ours, comments at
// the end say the rest: see WriteBLT.
func (f *reading) readBLT() error {
	withdrawn, err := f.bltHead()
	if err != nil {
		return err
	}
	ended := false
	for !ended {
		words := f.words()
		switch {
		case len(words) == 0: // a comment
		case words[0].text[0] == '"': // names: the 0 before them is missing
			return f.bltNames(withdrawn)
		case words[0].text[0] == '-' && len(words[0].text) > 1 && f.ballot == 0:
			err = f.bltWithdrawn(words, withdrawn)
		case len(words) == 1 && words[0].is("0"):
			ended = true
		default:
			err = f.bltBallot(words)
		}
		if err != nil {
			return err
		}
		more, err := f.content()
		switch {
		case err != nil:
			return err
		case !more && !ended:
			return f.wrongLine("the file ends before its ballots do: there is no line with a single 0")
		case !more:
			return f.bltNamed(nil, withdrawn)
		}
	}
	return f.bltNames(withdrawn)
}

// word is a part of a line of numbers, and where it begins.
type word struct {
	text []byte
	at   int
}

func (w word) is(s string) bool { return string(w.text) == s }

// words cuts the line into numbers, signs, and what else stands between blanks. An
// equal sign is a word of its own. From a quote on the rest is one word.
func (f *reading) words() []word {
	line, all := f.line, f.cut[:0]
	defer func() { f.cut = all }()
	for i := 0; i < len(line); {
		switch line[i] {
		case ' ', '\t':
			i++
			continue
		case '#':
			return all
		case '"':
			all = append(all, word{line[i:], i})
			return all
		case '=':
			all = append(all, word{line[i : i+1], i})
			i++
			continue
		}
		end := i
		for end < len(line) && strings.IndexByte(" \t=#\"", line[end]) < 0 {
			end++
		}
		all = append(all, word{line[i:end], i})
		i = end
	}
	return all
}

// bltHead reads the numbers of options and seats, and those withdrawn if they stand on
// the same line.
func (f *reading) bltHead() (map[int]bool, error) {
	words := f.words()
	for len(words) == 0 {
		if more, err := f.content(); err != nil {
			return nil, err
		} else if !more {
			return nil, &Error{Problem: "the file has only comments"}
		}
		words = f.words()
	}
	options, ok := digits(words[0].text, maxOptions)
	if !ok || options < 1 {
		return nil, f.wrong(words[0].at, "a BLT file begins with the number of options, at most %d, and the number of seats, not with %s",
			maxOptions, quoteText(words[0].text))
	}
	if len(words) < 2 {
		return nil, f.wrong(len(f.line), "the number of seats is missing")
	}
	seats, ok := digits(words[1].text, maxSeats)
	if !ok || seats < 1 {
		return nil, f.wrong(words[1].at, "%s is not a number of seats", quoteText(words[1].text))
	}
	f.file.Election.Seats = int(seats)
	for range options {
		f.option("")
	}
	withdrawn := map[int]bool{}
	if err := f.bltWithdrawn(words[2:], withdrawn); err != nil {
		return nil, err
	}
	more, err := f.content()
	if err == nil && !more {
		err = f.wrongLine("the file ends before its ballots")
	}
	return withdrawn, err
}

// bltWithdrawn reads the negative numbers of options that have withdrawn.
func (f *reading) bltWithdrawn(words []word, withdrawn map[int]bool) error {
	for _, w := range words {
		number, negative := bytes.CutPrefix(w.text, []byte("-"))
		n, ok := digits(number, int64(len(f.named)))
		if !ok || !negative || n < 1 {
			return f.wrong(w.at, "%s is not the negative number of an option that has withdrawn, from -1 to -%d", quoteText(w.text), len(f.named))
		}
		withdrawn[int(n)-1] = true
	}
	return nil
}

// bltBallot reads a ballot.
func (f *reading) bltBallot(words []word) error {
	voters, words, err := f.bltVoters(words)
	if err != nil {
		return err
	}
	f.begin()
	equal := false // the word before was an equal sign
	for i, w := range words {
		switch {
		case w.is("0"):
			if i < len(words)-1 {
				return f.wrong(words[i+1].at, "the ballot has ended with 0, and goes on")
			}
			if equal {
				return f.wrong(w.at, "an option is missing behind the equal sign")
			}
			return f.end(voters)
		case w.is("="):
			if equal || i == 0 || words[i-1].is("-") {
				return f.wrong(w.at, "an option is missing before the equal sign")
			}
			equal = true
			continue
		case w.is("-"):
			if equal {
				return f.wrong(w.at, "an option is missing behind the equal sign")
			}
			f.place()
			continue
		}
		n, ok := digits(w.text, int64(len(f.named)))
		if !ok || n < 1 {
			return f.wrong(w.at, "%s is not the number of an option, from 1 to %d", quoteText(w.text), len(f.named))
		}
		if !equal {
			f.place()
		}
		f.rank(int(n) - 1)
		equal = false
	}
	return f.wrong(len(f.line), "the ballot does not end with 0")
}

// bltVoters reads how many voters cast a ballot. Instead there may be its own name in
// parentheses: then it is one.
func (f *reading) bltVoters(words []word) (int64, []word, error) {
	first := words[0]
	if first.text[0] != '(' {
		voters, err := f.voters(first.text, first.at)
		return voters, words[1:], err
	}
	for i, w := range words {
		if w.text[len(w.text)-1] == ')' {
			return 1, words[i+1:], nil
		}
	}
	return 0, nil, f.wrong(first.at, "the parenthesis is not closed")
}

// bltNames reads the names and the title: one on each line, of which the first text
// counts, or all on a line.
func (f *reading) bltNames(withdrawn map[int]bool) error {
	var lines [][]string // the texts of each line
	var all []string
	for more := true; more; {
		if c, is := bytes.CutPrefix(bytes.TrimSpace(f.line), []byte("#")); is {
			if string(bytes.TrimRight(bytes.TrimSpace(c), ",;")) == signature {
				if err := f.bltNamed(pick(lines, all, len(f.named)), withdrawn); err != nil {
					return err
				}
				return f.bltOwn()
			}
		} else if len(bytes.TrimSpace(f.line)) > 0 {
			texts, err := f.bltTexts()
			if err != nil {
				return err
			}
			lines, all = append(lines, texts), append(all, texts...)
			if len(all) > 4*maxOptions {
				return f.wrongLine("there are more names than options")
			}
		}
		var err error
		if more, err = f.next(); err != nil {
			return err
		}
	}
	return f.bltNamed(pick(lines, all, len(f.named)), withdrawn)
}

// pick chooses which texts are the names and the title. Where each line has one name
// there may be more on it, as a party.
func pick(lines [][]string, all []string, options int) []string {
	if len(all) <= options+1 || len(lines) < options {
		return all
	}
	firsts := make([]string, len(lines))
	for i, texts := range lines {
		firsts[i] = texts[0]
	}
	return firsts
}

// bltNamed gives the options their names; without any, they have their numbers.
func (f *reading) bltNamed(names []string, withdrawn map[int]bool) error {
	options := f.file.Election.Options
	if len(names) > 0 && len(names) < len(options) {
		return f.wrongLine("the file has %d options, and names of %d", len(options), len(names))
	}
	if len(names) > len(options)+3 { // the title, and from some programs its source and a remark
		return f.wrongLine("the file has %d options, and names of %d", len(options), len(names))
	}
	for i, name := range names {
		if i == len(options) {
			f.file.Title = name
		} else if i < len(options) && name != "" {
			options[i].Label = name
		}
	}
	for i, o := range options {
		if withdrawn[i] {
			f.file.Withdrawn = append(f.file.Withdrawn, o.ID)
		}
	}
	return nil
}

// bltTexts returns the texts of a line: what is in quotes, or the whole line.
func (f *reading) bltTexts() (texts []string, err error) {
	line := bytes.TrimRight(f.line, " \t")
	at := len(line) - len(bytes.TrimLeft(line, " \t"))
	if line[at] != '"' {
		if i := bytes.Index(line, []byte(" #")); i > at {
			line = line[:i]
		}
		if len(bytes.Trim(line, "0123456789-= \t")) == 0 {
			return nil, f.wrong(at, "a name was expected: the ballots have ended with 0")
		}
		text, err := f.name(line[at:], at)
		return []string{text}, err
	}
	for at < len(line) && line[at] == '"' {
		raw, end := unquote(line[at:])
		if end == 0 {
			return nil, f.wrong(at, "the quotes are not closed")
		}
		text, err := f.name(raw, at)
		if err != nil {
			return nil, err
		}
		texts = append(texts, text)
		at += end
		for at < len(line) && strings.IndexByte(" \t,;", line[at]) >= 0 {
			at++
		}
	}
	if at < len(line) && line[at] != '#' {
		return nil, f.wrong(at, "a name in quotes was expected, not %s", quoteText(line[at:]))
	}
	return texts, nil
}

// unquote returns the text in quotes with which raw begins, and where it ends; 0 if it
// does not. A quote in it is written \" or "", or stands between letters.
func unquote(raw []byte) (text []byte, end int) {
	for i := 1; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && i+1 < len(raw) && (raw[i+1] == '"' || raw[i+1] == '\\'):
			i++
			text = append(text, raw[i])
		case c == '"' && i+1 < len(raw) && raw[i+1] == '"' && i+2 < len(raw):
			i++
			text = append(text, '"')
		case c == '"' && (i+1 == len(raw) || strings.IndexByte(" \t,;#", raw[i+1]) >= 0):
			return text, i + 1
		default:
			text = append(text, c)
		}
	}
	return nil, 0
}

// name returns a text of the file that is no longer than one may be.
func (f *reading) name(raw []byte, at int) (string, error) {
	if len(raw) > maxName {
		return "", f.wrong(at, "a name is longer than %d bytes", maxName)
	}
	return name(raw), nil
}

// bltOwn reads the comments of a file of ours.
func (f *reading) bltOwn() error {
	var d definition
	var invalid int64
	for {
		more, err := f.content()
		if err != nil {
			return err
		}
		if !more {
			return f.own(d, invalid)
		}
		line, err := f.definitionLine()
		switch {
		case err != nil:
			return err
		case line[0] == "invalid" && len(line) > 1:
			var ok bool
			if invalid, ok = digits([]byte(line[1]), maxVoters); !ok {
				return f.wrongLine("%s is not a number of voters", quoteText(line[1]))
			}
		default:
			if err := d.set(line); err != nil {
				return f.wrongLine("%v", err)
			}
		}
	}
}

// own makes the file what its comments say it is: that of a poll, whose ballots must be
// what they can be there.
func (f *reading) own(d definition, invalid int64) error {
	file, read := &f.file, f.file.Election
	p, err := d.poll()
	if err != nil {
		return err
	}
	same := slices.EqualFunc(read.Options, p.Options, func(a, b vote.Option) bool { return a.Label == strings.TrimSpace(b.Label) })
	withdrawn := make([]string, 0, len(file.Withdrawn))
	for _, id := range file.Withdrawn {
		i := slices.IndexFunc(read.Options, func(o vote.Option) bool { return o.ID == id })
		withdrawn = append(withdrawn, p.Options[min(i, len(p.Options)-1)].ID)
	}
	slices.Sort(withdrawn)
	if !same || !slices.Equal(withdrawn, slices.Sorted(slices.Values(p.Withdrawn))) || read.Seats != max(1, p.Seats) {
		return &Error{Problem: "the comments at the end of the file speak of other options, seats or withdrawn options than its beginning"}
	}
	file.Title, file.Own, file.Rule, file.Withdrawn, file.Election = p.Question, true, p.CountedBy(), p.Withdrawn, count.ElectionOf(p)
	for marks := range f.kept.all() {
		if p.Kind == vote.Single && len(marks) > 1 || p.Kind == vote.Multiple && marks[len(marks)-1].N > 1 ||
			p.Kind == vote.Ranked && !p.EqualRanks && marks[len(marks)-1].N < len(marks) || p.Kind == vote.Score {
			return &Error{Problem: "a ballot of the file can't be one of the poll that its comments speak of"}
		}
	}
	return f.ownTotals(p, invalid)
}

// ownTotals places voters without a choice.
func (f *reading) ownTotals(p vote.Poll, invalid int64) error {
	f.file.Invalid = invalid
	if !p.Abstain {
		f.file.Invalid, f.file.Abstained = invalid+f.file.Abstained, 0
	}
	if f.total() > maxVoters {
		return f.wrongLine("there are more voters than %d", int64(maxVoters))
	}
	return nil
}
