package i18n

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/text/language"
)

// Cookie is where a browser keeps the language that its user chose by ?lang=.
const Cookie = "lang"

// printers are those of all languages that have a file, English first: who asks for
// none of them gets that.
var printers = loadAll()

var matcher = language.NewMatcher(tags(printers))

func loadAll() []*Printer {
	all := []*Printer{English}
	entries, err := files.ReadDir(".") // sorted
	if err != nil {
		panic(err)
	}
	for _, e := range entries {
		if tag := language.MustParse(strings.TrimSuffix(e.Name(), ".json")); tag != language.English {
			all = append(all, load(tag))
		}
	}
	return all
}

func tags(all []*Printer) (tags []language.Tag) {
	for _, p := range all {
		tags = append(tags, p.language)
	}
	return tags
}

// Languages returns a printer for each language that there is.
func Languages() []*Printer { return slices.Clone(printers) }

// For returns the printer for whoever sent a request: in the language that the address
// asks for (?lang=fr), else that of the cookie, else the one that the browser likes best.
func For(r *http.Request) *Printer {
	p := chosenFor(r)
	if r.URL.RawQuery == "" {
		return p
	}
	own := *p
	own.query = r.URL.RawQuery
	return &own
}

func chosenFor(r *http.Request) *Printer {
	if p := Chosen(r); p != nil {
		return p
	}
	if c, err := r.Cookie(Cookie); err == nil {
		if p := match(c.Value); p != nil {
			return p
		}
	}
	if p := match(r.Header.Values("Accept-Language")...); p != nil {
		return p
	}
	return English
}

// Chosen returns the printer for the language that a request's address asks for; nil if
// it asks for none that there is.
func Chosen(r *http.Request) *Printer {
	if !strings.Contains(r.URL.RawQuery, "lang=") {
		return nil
	}
	return match(r.URL.Query().Get("lang"))
}

// maxAccept bounds how much of a header is looked at.
const maxAccept = 256

// match returns the printer for the first of some languages, as Accept-Language lists
// them, that there is; nil if there is none.
func match(accept ...string) *Printer {
	list := strings.Join(accept, ",")
	if list == "" {
		return nil
	}
	if len(list) > maxAccept {
		list = list[:max(strings.LastIndexByte(list[:maxAccept], ','), 0)]
	}
	wanted, _, err := language.ParseAcceptLanguage(list)
	if err != nil {
		return nil
	}
	_, i, confidence := matcher.Match(wanted...)
	if confidence == language.No {
		return nil
	}
	return printers[i]
}

// Switch is the link from a page of p's to the same in another language: the rest of what
// its address asks for stays.
func (p *Printer) Switch(to *Printer) string {
	query, _ := url.ParseQuery(p.query) // what can be read of it
	query.Set("lang", to.Tag())
	return "?" + query.Encode()
}

// Tag names p's language, as in "fr".
func (p *Printer) Tag() string { return p.language.String() }

// Name is what its speakers call p's language.
func (p *Printer) Name() string { return p.Text("language.name", nil) }

// Dir is the direction that p's language is written in, as HTML has it.
func (p *Printer) Dir() string {
	switch script, _ := p.language.Script(); script.String() {
	case "Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg":
		return "rtl"
	}
	return "ltr"
}
