package export

import (
	"bytes"
	"strconv"
	"strings"

	"popeye/vote"
)

// preflib is a file of PrefLib: lines that say what it is, then ballots.
//
//	# NUMBER ALTERNATIVES: 3
//	# ALTERNATIVE NAME 1: Amy
//	20: 1,{2,3}
//
// Options in braces share a place. In a .cat file a place is a category: see categories.
// Until 2022 a file began with the number of options, then their names, as in 1,Amy; a
// line of sums; and ballots as in 20,1,{2,3}.
type preflib struct {
	*reading
	cat        bool
	options    int            // the number of them that the file says; 0 before
	names      map[int]string // by number, counted from 1
	voters     int64          // that the file says; -1 if it says nothing
	categories map[int]string // the same as names
	ncat       int            // the number of categories
	places     int            // the most that a ballot has
}

func (f *reading) readPrefLib(format string) error {
	p := &preflib{reading: f, cat: format == "cat", voters: -1, names: map[int]string{}, categories: map[int]string{}}
	if p.cat {
		f.file.Election.Kind = vote.Score
	}
	var err error
	if bytes.TrimSpace(f.line)[0] == '#' {
		err = p.modern()
	} else {
		err = p.classic()
	}
	if err != nil {
		return err
	}
	if total := f.total(); p.voters >= 0 && total != p.voters {
		return &Error{Problem: "the file says that it has " + strconv.FormatInt(p.voters, 10) + " voters, and it has ballots of " +
			strconv.FormatInt(total, 10) + ": it may have been cut off"}
	}
	if p.cat {
		return p.grade()
	}
	return nil
}

// modern reads a file whose lines of metadata begin with #.
func (p *preflib) modern() error {
	for {
		line := bytes.TrimSpace(p.line)
		var err error
		if rest, is := bytes.CutPrefix(line, []byte("#")); is {
			err = p.metadata(rest)
		} else {
			err = p.modernBallot()
		}
		if err != nil {
			return err
		}
		if more, err := p.content(); err != nil || !more {
			if err == nil {
				err = p.start()
			}
			return err
		}
	}
}

// metadata reads a line as NUMBER VOTERS: 12. What is of no use to a count is passed over.
func (p *preflib) metadata(line []byte) (err error) {
	key, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimSpace(value)
	words := strings.Fields(strings.ToUpper(string(key)))
	number := func(most int64) (n int64) {
		n, ok := digits(value, most)
		if !ok {
			err = p.wrong(max(0, bytes.Index(p.line, value)), "%s is no such number, up to %d", quoteText(value), most)
		}
		return n
	}
	switch said := strings.Join(words, " "); {
	case said == "TITLE":
		p.file.Title, err = p.name(value, 0)
	case said == "NUMBER ALTERNATIVES" && p.named == nil:
		p.options = int(number(maxOptions))
	case said == "NUMBER VOTERS":
		p.voters = number(maxVoters)
	case said == "NUMBER CATEGORIES":
		p.ncat = int(number(maxOptions))
	case len(words) == 3 && words[1] == "NAME" && (words[0] == "ALTERNATIVE" || words[0] == "CATEGORY"):
		names := p.names
		if words[0] == "CATEGORY" {
			names = p.categories
		}
		n, ok := digits([]byte(words[2]), maxOptions)
		if !ok || n < 1 {
			return p.wrong(0, "%s is not the number of an option or a category", quoteText(words[2]))
		}
		names[int(n)], err = p.name(value, max(0, len(p.line)-len(value)))
	}
	return err
}

// start makes the options, once all is known of them.
func (p *preflib) start() error {
	if p.named != nil {
		return nil
	}
	if p.options == 0 {
		return p.wrongLine("the number of options is missing, as in # NUMBER ALTERNATIVES: 4")
	}
	for n := range p.names {
		if n > p.options {
			return p.wrongLine("the file has %d options, and a name for number %d", p.options, n)
		}
	}
	for n := 1; n <= p.options; n++ {
		p.option(p.names[n])
	}
	return nil
}

func (p *preflib) modernBallot() error {
	if err := p.start(); err != nil {
		return err
	}
	colon := bytes.IndexByte(p.line, ':')
	if colon < 0 {
		return p.wrongLine("this is no ballot, as in 20: 1,2,3")
	}
	voters, err := p.reading.voters(bytes.TrimSpace(p.line[:colon]), 0)
	if err != nil {
		return err
	}
	return p.order(colon+1, voters)
}

// classic reads a file as they were until 2022.
func (p *preflib) classic() error {
	options, ok := digits(bytes.TrimSpace(p.line), maxOptions)
	if !ok || options < 1 {
		return p.wrong(0, "a PrefLib file begins with lines as # NUMBER ALTERNATIVES: 4, or with the number of options, at most %d", maxOptions)
	}
	p.options = int(options)
	for i := 1; i <= p.options; i++ {
		if err := p.must("the names of all options"); err != nil {
			return err
		}
		number, label, found := bytes.Cut(p.line, []byte(","))
		n, ok := digits(bytes.TrimSpace(number), options)
		if _, twice := p.names[int(n)]; !ok || !found || n < 1 || twice {
			return p.wrong(0, "this is no name of an option, as in %d,Amy", i)
		}
		label = bytes.TrimSpace(label)
		if len(label) > 1 && label[0] == '"' && label[len(label)-1] == '"' {
			label = label[1 : len(label)-1]
		}
		var err error
		if p.names[int(n)], err = p.name(label, len(number)+1); err != nil {
			return err
		}
	}
	if err := p.must("the line of sums"); err != nil {
		return err
	}
	sums := bytes.Split(p.line, []byte(","))
	if len(sums) != 3 {
		return p.wrong(0, "three sums were expected: of voters, of ballots, and of different ballots")
	}
	if p.voters, ok = digits(bytes.TrimSpace(sums[1]), maxVoters); !ok {
		return p.wrong(len(sums[0])+1, "%s is not a number of ballots", quoteText(sums[1]))
	}
	if err := p.start(); err != nil {
		return err
	}
	for {
		if more, err := p.content(); err != nil || !more {
			return err
		}
		comma := bytes.IndexByte(p.line, ',')
		if comma < 0 {
			return p.wrong(0, "this is no ballot, as in 20,1,2,3")
		}
		voters, err := p.reading.voters(bytes.TrimSpace(p.line[:comma]), 0)
		if err == nil {
			err = p.order(comma+1, voters)
		}
		if err != nil {
			return err
		}
	}
}

// must goes to the next line, which is to be there.
func (p *preflib) must(what string) error {
	more, err := p.content()
	if err == nil && !more {
		err = p.wrongLine("the file ends before %s", what)
	}
	return err
}

// order reads a ballot's order, which begins at a byte of the line.
func (p *preflib) order(at int, voters int64) error {
	p.begin()
	braces, expect, places := -1, true, 0 // where a brace is open; whether an option or a place comes next
	for at < len(p.line) {
		c := p.line[at]
		begin := at
		at++
		switch {
		case c == ' ' || c == '\t':
		case c == ',' && expect:
			return p.wrong(begin, "an option is missing before the comma")
		case c == ',':
			expect = true
		case !expect && !(c == '}' && braces >= 0):
			return p.wrong(begin, "a comma was expected, not %s", quoteText(p.line[begin:]))
		case c == '{' && braces < 0:
			braces = begin
			p.place()
			places++
		case c == '}' && braces >= 0:
			if expect && p.line[begin-1] == ',' {
				return p.wrong(begin, "an option is missing behind the comma")
			}
			braces, expect = -1, false
		default:
			end := begin
			for end < len(p.line) && p.line[end] >= '0' && p.line[end] <= '9' {
				end++
			}
			n, ok := digits(p.line[begin:end], int64(p.options))
			if !ok || n < 1 {
				return p.wrong(begin, "%s is not the number of an option, from 1 to %d", quoteText(p.line[begin:max(end, begin+1)]), p.options)
			}
			at, expect = end, false
			if braces < 0 {
				p.place()
				places++
			}
			if p.cat {
				p.mark(int(n)-1, places)
			} else {
				p.rank(int(n) - 1)
			}
		}
	}
	switch {
	case braces >= 0:
		return p.wrong(braces, "the brace is not closed")
	case expect && bytes.HasSuffix(bytes.TrimSpace(p.line), []byte(",")) && places > 0:
		return p.wrong(len(p.line), "an option is missing behind the comma")
	case places > maxOptions:
		return p.wrongLine("a ballot has more than %d places", maxOptions)
	}
	p.places = max(p.places, places)
	return p.end(voters)
}

// grade turns categories into points, or into approval if there are two. Categories that
// are named by whole numbers give these, from 0 for the lowest on; else the first one is
// the best, and the last gives none. Options that a ballot puts into no category are
// unrated.
func (p *preflib) grade() error {
	n := max(p.ncat, 1)
	switch {
	case p.places > n:
		return &Error{Problem: "a ballot has " + strconv.Itoa(p.places) + " categories, and the file " + strconv.Itoa(n)}
	case n < 2:
		return &Error{Problem: "the file has a single category: there is nothing to count"}
	}
	points, err := p.points(n)
	if err != nil {
		return err
	}
	e := &p.file.Election
	if n == 2 {
		e.Kind, e.Min, e.Max = vote.Multiple, 0, len(e.Options)
		p.kept.marks = approved(&p.kept, points)
		return nil
	}
	e.Min, e.Max = 0, 0
	for _, of := range points[1:] {
		e.Max = max(e.Max, of)
	}
	for i := range p.kept.marks {
		m := &p.kept.marks[i]
		m.n = uint16(points[m.n])
	}
	return nil
}

// points returns what each of n categories gives; the first is at 1.
func (p *preflib) points(n int) ([]int, error) {
	points, same := make([]int, n+1), map[int]bool{}
	named, whole, lowest := 0, 0, maxPoints
	for i := 1; i <= n; i++ {
		name := strings.ReplaceAll(p.categories[i], "−", "-")
		if _, err := strconv.ParseFloat(name, 64); err == nil {
			named++
		}
		if of, err := strconv.Atoi(name); err == nil && -maxPoints < of && of < maxPoints {
			points[i], same[of] = of, true
			whole++
			lowest = min(lowest, of)
		}
	}
	switch {
	case whole == n && len(same) < n:
		return nil, &Error{Problem: "two categories have the same name"}
	case whole == n:
		for i := 1; i <= n; i++ {
			points[i] -= lowest
		}
	case named == n:
		return nil, &Error{Problem: "the categories are named by numbers that are not whole, or not from -" +
			strconv.Itoa(maxPoints) + " to " + strconv.Itoa(maxPoints)}
	case n == 2 && refuses(p.categories[1]) && !refuses(p.categories[2]):
		points[1], points[2] = 0, 1
	default:
		for i := 1; i <= n; i++ {
			points[i] = n - i
		}
	}
	return points, nil
}

// refuses reports whether a category's name says no.
func refuses(name string) bool {
	name = strings.ToLower(name)
	for _, no := range []string{"no", "non", "nein", "against", "false"} {
		if name == no {
			return true
		}
	}
	for _, begins := range []string{"not ", "no ", "disapprov", "disagree", "reject", "unapprov", "unaccept"} {
		if strings.HasPrefix(name, begins) {
			return true
		}
	}
	return false
}

// approved keeps the marks of the better of two categories. A ballot that approves of
// nothing stays one.
func approved(k *kept, points []int) []keptMark {
	best, marks, begin := max(points[1], points[2]), k.marks[:0], 0
	for i, end := range k.ends {
		for _, m := range k.marks[begin:end] {
			if points[m.n] == best {
				marks = append(marks, keptMark{m.place, 1})
			}
		}
		begin, k.ends[i] = end, len(marks)
	}
	return marks
}
