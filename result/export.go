package result

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"strings"

	"popeye/internal/web"
)

// showResults tells the count to a program.
func (s *Station) showResults(w http.ResponseWriter, r *http.Request) error {
	res, err := s.read(r)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	return web.JSON(w, http.StatusOK, res)
}

// showCSV tells it to a spreadsheet: a line for each option.
func (s *Station) showCSV(w http.ResponseWriter, r *http.Request) error {
	res, err := s.read(r)
	if err != nil {
		return err
	}
	var body bytes.Buffer
	c := csv.NewWriter(&body)
	_ = c.Write([]string{"option", "label", "votes"}) // a buffer takes everything
	for _, o := range res.Options {
		_ = c.Write([]string{inert(o.ID), inert(o.Label), strconv.FormatInt(o.Votes, 10)})
	}
	c.Flush()
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+res.Poll+`.csv"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(body.Bytes())
	return nil
}

// inert keeps a spreadsheet from taking a text for a formula.
func inert(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
