package result

import (
	"errors"
	"io"
	"net/http"

	"popeye/export"
	"popeye/internal/web"
	"popeye/result/audience"
	"popeye/vote"
)

// ballotFile is a format of a file of ballots.
type ballotFile struct {
	extension, kind string
	write           func(io.Writer, vote.Poll, vote.Ballots) error
}

var (
	ballotsJSON = ballotFile{".json", "application/json; charset=utf-8", export.WriteJSON}
	ballotsCSV  = ballotFile{".csv", "text/csv; charset=utf-8", export.WriteCSV}
	ballotsBLT  = ballotFile{".blt", "text/plain; charset=utf-8", export.WriteBLT}
)

// serve tells the ballots of a poll, for anyone to count again.
func (s *Station) serve(f ballotFile) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		counted, err := s.snapshot(r, s.reader.Recent) // who makes up names asks for no file
		if err != nil {
			return err
		}
		asker := audience.Anyone
		if s.IsOrganiser(r) {
			asker = audience.Organiser
		}
		p := counted.Poll()
		err = s.reader.Ballots(r.Context(), p.Slug, asker, func(p vote.Poll, ballots vote.Ballots) error {
			to := &file{w, f, p.Slug}
			err := f.write(to, p, ballots)
			if to.slug == "" && err != nil { // whoever asked has left
				s.Log.Debug("a file of ballots was not taken whole", "error", err)
				return nil
			}
			return err
		})
		return explainBallots(err, p)
	}
}

// file is an answer whose header goes out with the first byte: before that it may be an
// error instead.
type file struct {
	http.ResponseWriter
	format ballotFile
	slug   string // "" once the header is out
}

func (f *file) Write(b []byte) (int, error) {
	if f.slug != "" {
		h := f.Header()
		h.Set("Content-Type", f.format.kind)
		h.Set("Content-Disposition", `attachment; filename="`+f.slug+`-ballots`+f.format.extension+`"`)
		h.Set("Cache-Control", "no-store")
		f.slug = ""
	}
	return f.ResponseWriter.Write(b)
}

// explainBallots says why there is no file.
func explainBallots(err error, p vote.Poll) error {
	var why *vote.Error
	switch {
	case errors.Is(err, audience.ErrHidden) && p.Shows(false):
		return hiddenBy("result.hidden.ballots")
	case errors.Is(err, audience.ErrHidden):
		return hiddenError(p.Visibility)
	case errors.As(err, &why):
		return &web.Error{Status: http.StatusUnprocessableEntity, Code: "no_such_file", Cause: why}
	default:
		return err
	}
}
