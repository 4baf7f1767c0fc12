package e2e

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"

	"popeye/api"
	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
	"popeye/internal/traces/tracestest"
	"popeye/vote"
)

// The votes of each poll in this test: numbers that come about nowhere by accident, in
// full and as shares.
const plantedA, plantedB = 731, 417

var (
	plantedVotes = regexp.MustCompile(`\b(731|417)\b|\b(64|36)[\s\x{202f}\x{a0}]*%`)
	// On its way up the number of voters comes by these numbers too: where it may be
	// told, it is none of an option.
	toldTotal = regexp.MustCompile(`("|&#34;)(total|seq)("|&#34;):\d+|data-seq="\d+"`)
	// The code that people type is drawn by lot, and shown in groups of three.
	shownCode = regexp.MustCompile(`(class="[^"]*code"[^>]*>)(<span>\d{3}</span>\s*){2}`)
	// How many requests took no longer than so many seconds is any number.
	inTime = regexp.MustCompile(`(?m)^\w+_seconds_bucket\{.*$`)
)

// hiddenSite is a program or several that hide results.
type hiddenSite struct {
	t            *testing.T
	poll, result string
	programs     []*testenv.Program
	collector    *tracestest.Receiver
}

// A tally that is hidden is nowhere to be found before its time: not in pages, the API,
// files, the frames of sockets, metrics, logs or traces. Then all of it is there.
func TestAHiddenTallyIsNowhereBeforeItsTime(t *testing.T) {
	t.Parallel()
	collector := tracestest.Start(t)
	env := []string{
		"OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "OTEL_BSP_SCHEDULE_DELAY=100", "LOG_LEVEL=debug", "LOG_FORMAT=json",
	}
	t.Run("one process", func(t *testing.T) {
		p, poll, result := onePopeye(t, env...)
		hiddenSite{t, poll, result, []*testenv.Program{p.Program}, collector}.hidesAndShows()
	})
	t.Run("services", func(t *testing.T) {
		s := newStack(t, 1)
		for _, p := range s.Programs() {
			p.Env = append(p.Env, env...)
		}
		s.Start(t)
		hiddenSite{t, s.Polls[0].URL, s.Results[0].URL, s.Programs(), collector}.hidesAndShows()
	})
}

// hidesAndShows runs polls of each visibility that hides, and one that hides how many
// voted as well, from their first vote to their end.
func (s hiddenSite) hidesAndShows() {
	polls := map[string]vote.Choices{}
	for slug, v := range map[string]vote.Visibility{
		"closed": vote.VisibleClosed, "after-vote": vote.VisibleAfterVote, "manual": vote.VisibleManual, "silent": vote.VisibleClosed,
	} {
		silent := slug == "silent"
		polls[slug] = vote.Choices{Visibility: &v, HideVoters: &silent}
	}
	organiser := people.NewOrganiser(s.result)
	watched := map[string]*frames{}
	for slug, choices := range polls {
		d := people.OpenPoll(slug, "Where to?", "Pizza", "Sushi", "Salad")
		d.Choices = choices
		organiser.Makes(s.t, d)
		testenv.Answers(s.t, s.poll+"/p/"+slug)
		watched[slug] = s.watches(slug, "")
	}
	pass := map[string]string{}
	for slug := range polls {
		pass[slug] = s.votes(slug)
	}
	for slug := range polls { // all of it is stored, and the organiser sees it
		s.organiserSees(organiser, slug)
	}
	for slug := range polls {
		late := s.watches(slug, "")
		late.sees(s.t, `"hidden":true`)
		s.findsNothing(slug, watched[slug], late)
	}
	s.findsNothingBehind()

	s.voterSees("after-vote", pass["after-vote"])
	s.findsNothing("after-vote", watched["after-vote"])
	s.acts("manual", "reveal", http.StatusOK)
	s.shows("manual", watched["manual"], false)
	s.acts("closed", "reveal", http.StatusConflict)
	for slug := range polls {
		organiser.Closes(s.t, slug)
		s.shows(slug, watched[slug], true)
	}
}

// votes casts the votes of one poll, mixed, and returns the pass of a voter; "" if the
// poll gives none.
func (s hiddenSite) votes(slug string) (pass string) {
	s.t.Helper()
	const hands = 8
	next, voters := make(chan vote.Ballot), errgroup.Group{}
	var mu sync.Mutex
	for range hands {
		voters.Go(func() error {
			for choice := range next {
				v := people.NewVoterOver(s.poll, http.DefaultTransport)
				r, err := v.Vote(s.t.Context(), slug, api.Cast{Vote: []byte(`"` + choice + `"`)})
				if err != nil {
					for range next { //nolint:revive // nobody is left waiting
					}
					return err
				}
				mu.Lock()
				pass = r.Pass
				mu.Unlock()
			}
			return nil
		})
	}
	for i := range plantedA {
		next <- "a"
		if i < plantedB {
			next <- "b"
		}
	}
	close(next)
	if err := voters.Wait(); err != nil {
		s.t.Fatal(err)
	}
	if (pass != "") != (slug == "after-vote") {
		s.t.Errorf("a voter of %s gets the pass %q", slug, pass)
	}
	return pass
}

func (s hiddenSite) organiserSees(o people.Organiser, slug string) {
	s.t.Helper()
	want := fmt.Sprintf("a:%d b:%d c:0", plantedA, plantedB)
	testenv.Eventually(s.t, "the organiser sees "+want, func() error {
		r, err := o.Results(context.Background(), slug)
		if err == nil && totals(r) != want {
			err = errors.New("it is " + totals(r))
		}
		return err
	})
}

// addresses are where the results of a poll are looked for.
func (s hiddenSite) addresses(slug string) (all []string) {
	for _, path := range []string{
		"/p/", "/p//present", "/p//preview.png", "/api/v1/polls//results", "/api/v1/polls//results.csv",
		"/api/v1/polls//ballots.json", "/api/v1/polls//ballots.csv", "/api/v1/polls//ballots.blt",
	} {
		before, after, _ := strings.Cut(path, "//")
		if after != "" {
			after = "/" + after
		}
		all = append(all, s.result+strings.TrimSuffix(before, "/")+"/"+slug+after)
	}
	return append(all, s.poll+"/p/"+slug, s.poll+"/api/v1/polls/"+slug)
}

// get reads a page or a file as a stranger, or as the organiser.
func (s hiddenSite) get(url string, organiser bool) (status int, header http.Header, body string) {
	s.t.Helper()
	return s.do(http.MethodGet, url, organiser)
}

func (s hiddenSite) do(method, url string, organiser bool) (status int, header http.Header, body string) {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, url, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	if organiser {
		req.Header.Set("Authorization", "Bearer "+testenv.AdminToken)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(raw)
}

// acts reveals or hides the results of a poll.
func (s hiddenSite) acts(slug, what string, want int) {
	s.t.Helper()
	if status, _, body := s.do(http.MethodPost, s.result+"/api/v1/polls/"+slug+"/"+what, true); status != want {
		s.t.Errorf("%s %s is answered %d: %s", what, slug, status, body)
	}
}

// findsNothing looks for a poll's votes in all that a stranger gets.
func (s hiddenSite) findsNothing(slug string, watched ...*frames) {
	s.t.Helper()
	silent := slug == "silent"
	for _, url := range s.addresses(slug) {
		status, header, body := s.get(url, false)
		text := fmt.Sprint(header) + shownCode.ReplaceAllString(body, "$1")
		if !silent {
			text = toldTotal.ReplaceAllString(text, "")
		}
		if at := plantedVotes.FindStringIndex(text); at != nil {
			s.t.Errorf("%s tells the votes: …%s…", url, around(text, at))
		}
		if silent && regexp.MustCompile(`\b1[ ,.\x{202f}\x{a0}]?148\b`).MatchString(text) {
			s.t.Errorf("%s tells how many have voted", url)
		}
		isFile := strings.Contains(url, ".csv") || strings.Contains(url, "/ballots.")
		if isFile != (status == http.StatusForbidden) || isFile && !strings.Contains(body, `"code":"hidden"`) {
			s.t.Errorf("%s is answered %d: %s", url, status, body)
		}
	}
	for _, f := range watched {
		for _, frame := range f.all() {
			if silent && strings.Contains(frame, `"total"`) || strings.Contains(frame, `"votes"`) || strings.Contains(frame, `"count"`) ||
				strings.Contains(frame, `["scores"`) || plantedVotes.MatchString(toldTotal.ReplaceAllString(frame, "")) {
				s.t.Errorf("a viewer of %s gets %s", slug, frame)
			}
		}
	}
}

// findsNothingBehind looks where operators look.
func (s hiddenSite) findsNothingBehind() {
	s.t.Helper()
	for _, p := range s.programs {
		_, metrics, err := testenv.Get(s.t.Context(), "http://"+p.Health+"/metrics")
		if err != nil || len(metrics) == 0 {
			s.t.Fatalf("metrics of %s: %v", p.Name(), err)
		}
		for what, text := range map[string]string{"metrics": inTime.ReplaceAllString(string(metrics), ""), "log": p.Log().String()} {
			if at := plantedVotes.FindStringIndex(text); at != nil {
				s.t.Errorf("the %s of %s tell the votes: …%s…", what, p.Name(), around(text, at))
			}
		}
	}
	spans := s.collector.Spans()
	if len(spans) == 0 {
		s.t.Error("no traces came")
	}
	for _, span := range spans {
		delete(span.Attributes, "popeye.seq") // that of a viewer who sees no votes
		if text := fmt.Sprint(span.Name, span.Attributes); plantedVotes.MatchString(text) {
			s.t.Errorf("a span tells the votes: %s", text)
		}
	}
}

// voterSees wants a voter's pass, from the API or the link on the page of their vote, to
// show the results.
func (s hiddenSite) voterSees(slug, pass string) {
	s.t.Helper()
	voter := people.NewVoter(s.poll)
	if err := voter.Submit(s.t.Context(), "/p/"+slug, "c"); err != nil {
		s.t.Fatal(err)
	}
	resp, err := voter.HTTP().Get(s.poll + "/p/" + slug) // a page that is opened later
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, _ := io.ReadAll(resp.Body)
	link := regexp.MustCompile(`href="[^"]*/p/after-vote(\?pass=[^"]+)"`).FindStringSubmatch(string(page))
	if link == nil {
		s.t.Fatalf("the page of a vote has no link with a pass:\n%s", page)
	}
	for _, url := range []string{s.result + "/p/" + slug + html.UnescapeString(link[1]), s.result + "/api/v1/polls/" + slug + "/results?pass=" + pass} {
		if _, _, body := s.get(url, false); !strings.Contains(body, "731") || !strings.Contains(body, "417") {
			s.t.Errorf("%s shows no votes: %s", url, body)
		}
	}
	s.watches(slug, pass).sees(s.t, `["scores"`, `\"a\":731`)
}

// shows wants a poll's votes everywhere that a stranger gets to; those that list ballots
// if it is closed.
func (s hiddenSite) shows(slug string, watched *frames, closed bool) {
	s.t.Helper()
	for _, url := range s.addresses(slug) {
		if strings.HasPrefix(url, s.poll) || strings.HasSuffix(url, ".png") || strings.Contains(url, "/ballots.") && !closed {
			continue
		}
		testenv.Eventually(s.t, url+" shows the votes", func() error {
			if _, _, body := s.get(url, false); !strings.Contains(body, "731") || !strings.Contains(body, "417") {
				return errors.New(body)
			}
			return nil
		})
	}
	watched.sees(s.t, `["scores"`, `\"a\":731`)
}

func around(text string, at []int) string {
	return text[max(0, at[0]-80):min(len(text), at[1]+80)]
}

// frames are all that a viewer was sent.
type frames struct {
	mu   sync.Mutex
	list []string
}

func (f *frames) all() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]string{}, f.list...)
}

// sees waits for a frame that holds the words.
func (f *frames) sees(t *testing.T, words ...string) {
	t.Helper()
	testenv.Eventually(t, fmt.Sprintf("a viewer is sent %q", words), func() error {
		for _, frame := range f.all() {
			has := true
			for _, w := range words {
				has = has && strings.Contains(frame, w)
			}
			if has {
				return nil
			}
		}
		return fmt.Errorf("of %d frames none has it", len(f.all()))
	})
}

// watches follows a poll over a bare websocket. What comes before its subscription, of
// the default poll, is left out.
func (s hiddenSite) watches(slug, pass string) *frames {
	s.t.Helper()
	ctx := s.t.Context()
	c, _, err := websocket.Dial(ctx, strings.Replace(s.result, "http", "ws", 1)+"/socket.io/?EIO=4&transport=websocket", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = c.CloseNow() })
	for _, packet := range []string{"40", `421["subscribe",{"channel":"` + slug + `","pass":"` + pass + `"}]`} {
		if err := c.Write(ctx, websocket.MessageText, []byte(packet)); err != nil {
			s.t.Fatal(err)
		}
	}
	f, subscribed := &frames{}, make(chan struct{})
	go func() {
		var once sync.Once
		for {
			_, packet, err := c.Read(ctx)
			if err != nil {
				return
			}
			switch text := string(packet); {
			case text == "2":
				_ = c.Write(ctx, websocket.MessageText, []byte("3"))
			case strings.HasPrefix(text, "43"):
				once.Do(func() { close(subscribed) })
			case strings.Contains(text, `["scores"`) && strings.Contains(text, `\"d\":`): // the default poll has four options
			default:
				f.mu.Lock()
				f.list = append(f.list, text)
				f.mu.Unlock()
			}
		}
	}()
	select {
	case <-subscribed:
	case <-time.After(testenv.Patience):
		s.t.Fatalf("a viewer of %s waits in vain", slug)
	}
	return f
}
