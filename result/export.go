package result

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"strconv"
	"time"

	"popeye/export"
	"popeye/internal/web"
	"popeye/result/countview"
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

// showCSV tells it to a spreadsheet: a line for each option, each with what is
// said of the whole poll, so that it is one table for programs too.
func (s *Station) showCSV(w http.ResponseWriter, r *http.Request) error {
	res, err := s.read(r)
	if err == nil && res.Hidden {
		err = hiddenError(res.Visibility)
	}
	if err != nil {
		return err
	}
	h := w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+res.Poll+`.csv"`)
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(res.csv())
	return nil
}

// byteOrderMark lets spreadsheets know that a file is in UTF-8.
const byteOrderMark = "\ufeff"

func (r results) csv() []byte {
	var body bytes.Buffer
	body.WriteString(byteOrderMark)
	c := csv.NewWriter(&body) // writing to a buffer can't fail
	v := countview.View{Results: r.Results}
	head := append([]string{"option", "label", "votes"}, v.Columns()...)
	head = append(head, "question", "kind", "status", "voters", "invalid", "as_of")
	if len(r.Notes) > 0 {
		head = append(head, "note")
	}
	_ = c.Write(head)
	for _, o := range r.Options {
		line := append([]string{export.Inert(o.ID), export.Inert(o.Label), decimal(o.Votes)}, v.Row(o)...)
		line = append(line, export.Inert(r.Question), string(r.Kind), string(r.Status),
			decimal(r.Total), decimal(r.Invalid), r.AsOf.Format(time.RFC3339))
		if len(r.Notes) > 0 {
			line = append(line, export.Inert(r.Notes[o.ID]))
		}
		_ = c.Write(line)
	}
	c.Flush()
	return body.Bytes()
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }
