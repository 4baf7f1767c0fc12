package result

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"popeye/vote"
)

var (
	welcome    = heard{"message", `{"text":"Welcome!"}`}
	subscribed = func(slug string) heard { return heard{"ack", `{"channel":"` + slug + `","status":"subscribed"}`} }
	scores     = func(a, b, c int) heard { return heard{"scores", fmt.Sprintf(`{"a":%d,"b":%d,"c":%d}`, a, b, c)} }
	tally      = func(slug string, total int) heard { return heard{"tally", fmt.Sprint(slug, " ", total)} }
)

func TestAViewerIsWelcomedAndThenGetsTheScoresAndEachChange(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	s.count("default", "b", "b")
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.want(welcome, scores(0, 2, 0))
		s.count("default", "c")
		pass(minPause)
		w.want(scores(0, 2, 1))
		pass(time.Minute)
		w.want() // nothing has changed
	})
}

func TestScoresHaveEveryOptionInTheOrderOfThePoll(t *testing.T) {
	p := single("default", vote.Open)
	p.Options = []vote.Option{{ID: "z", Label: "Z"}, {ID: "a", Label: "A"}, {ID: "m-1", Label: "M"}, {ID: "b_2", Label: "B"}}
	s := newFakeStore(p)
	s.count("default", "b_2")
	atStation(t, s, func(_ *testing.T, h *shown) {
		h.enter().want(welcome, heard{"scores", `{"z":0,"a":0,"m-1":0,"b_2":1}`})
	})
}

func TestASubscriberGetsThatPollAndNoOther(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	s.count("lunch", "a")
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.want(welcome, scores(0, 0, 0))
		w.subscribe("lunch")
		w.want(scores(1, 0, 0), tally("lunch", 1), subscribed("lunch"))
		s.count("default", "c")
		pass(time.Second)
		w.want()
		s.count("lunch", "b")
		pass(time.Second)
		w.want(scores(1, 1, 0), tally("lunch", 2))
	})
}

func TestATallyHasTheShapeOfTheContract(t *testing.T) {
	s := newFakeStore(single("lunch", vote.Open))
	s.count("lunch", "a", "a", "c")
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		var got map[string]any
		if err := json.Unmarshal([]byte(w.last("tally").Body), &got); err != nil {
			t.Fatal(err)
		}
		want := map[string]any{
			"poll": "lunch", "status": "open", "total": 3.0, "seq": 4.0, "as_of": "2000-01-01T00:00:00Z",
			"question": "Where to?", "kind": "single",
			"options": []any{
				map[string]any{"id": "a", "label": "Pizza", "votes": 2.0},
				map[string]any{"id": "b", "label": "Sushi", "votes": 0.0},
				map[string]any{"id": "c", "label": "Salad", "votes": 1.0},
			},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestTwoPollsDoNotMix(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open), single("dinner", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		classic, lunch, dinner := h.enter(), h.enter(), h.enter()
		lunch.subscribe("lunch")
		dinner.subscribe("dinner")
		for _, w := range []*watcher{classic, lunch, dinner} {
			w.take()
		}
		s.count("default", "a")
		s.count("lunch", "b")
		s.count("dinner", "c", "c")
		pass(time.Second)
		classic.want(scores(1, 0, 0))
		lunch.want(scores(0, 1, 0), tally("lunch", 1))
		dinner.want(scores(0, 0, 2), tally("dinner", 2))
	})
}

func TestWhoSubscribesToTheDefaultPollGetsItsTallyToo(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("default")
		w.want(welcome, scores(0, 0, 0), scores(0, 0, 0), tally("default", 0), subscribed("default"))
		s.count("default", "a")
		pass(time.Second)
		w.want(scores(1, 0, 0), tally("default", 1))
	})
}

func TestAChannelThatMakesNoSenseIsAnswered(t *testing.T) {
	for name, packet := range map[string]string{
		"no argument":     `421["subscribe"]`,
		"null":            `421["subscribe",null]`,
		"a string":        `421["subscribe","lunch"]`,
		"no channel":      `421["subscribe",{}]`,
		"a number":        `421["subscribe",{"channel":7}]`,
		"empty":           `421["subscribe",{"channel":""}]`,
		"no name at all":  `421["subscribe",{"channel":"../etc"}]`,
		"a NUL byte":      `421["subscribe",{"channel":"a\u0000b"}]`,
		"much too long":   `421["subscribe",{"channel":"` + strings.Repeat("x", 1000) + `"}]`,
		"a list of names": `421["subscribe",[{"channel":"lunch"}]]`,
	} {
		t.Run(name, func(t *testing.T) {
			s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
			atStation(t, s, func(t *testing.T, h *shown) {
				w := h.enter()
				w.take()
				w.send(packet)
				e := w.last("ack")
				if !strings.Contains(e.Body, `"code":"malformed"`) {
					t.Errorf("the answer is %s", e.Body)
				}
				s.count("default", "a")
				pass(time.Second)
				w.want(scores(1, 0, 0)) // it has what it had
			})
		})
	}
}

func TestWhoAsksForAPollThatIsNotThereIsToldAndKeepsWhatItHad(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.take()
		w.subscribe("nowhere")
		if e := w.last("ack"); !strings.Contains(e.Body, `"code":"no_poll"`) {
			t.Errorf("the answer is %s", e.Body)
		}
		s.count("default", "a")
		pass(time.Second)
		w.want(scores(1, 0, 0))
		if n := h.feeds(); n != 1 {
			t.Errorf("%d feeds, want only that of the default poll", n)
		}
	})
}

func TestSubscribingNeedsNoAcknowledgement(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		w := h.enter()
		w.send(`42["subscribe",{"channel":"lunch"}]`)
		w.send(`42["subscribe",{"channel":"?"}]`)
		w.want(welcome, scores(0, 0, 0), scores(0, 0, 0), tally("lunch", 0))
	})
}

func TestADraftDoesNotTellItsOptions(t *testing.T) {
	s := newFakeStore(single("quiz", vote.Draft))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("quiz")
		for _, e := range w.take() {
			if strings.Contains(e.Body, "Pizza") || e.Name == "scores" && e.Body != "{}" {
				t.Errorf("%s tells: %s", e.Name, e.Body)
			}
		}
		s.put(single("quiz", vote.Open))
		pass(time.Second)
		w.want(scores(0, 0, 0), tally("quiz", 0))
	})
}

func TestAStatusOrAWordThatChangesReachesViewers(t *testing.T) {
	s := newFakeStore(single("lunch", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		w := h.enter()
		w.subscribe("lunch")
		for _, status := range []vote.Status{vote.Closing, vote.Closed, vote.Open} {
			p := single("lunch", status)
			p.Question = "Where to, " + string(status) + "?"
			s.put(p)
			pass(time.Second)
			e := w.last("tally")
			if !strings.Contains(e.Body, `"status":"`+string(status)+`"`) || !strings.Contains(e.Body, p.Question) {
				t.Errorf("%s: %s", status, e.Body)
			}
		}
	})
}

func TestAPollThatIsDeletedIsGoneAndMayComeBack(t *testing.T) {
	s := newFakeStore(single("default", vote.Open), single("lunch", vote.Open))
	atStation(t, s, func(_ *testing.T, h *shown) {
		w, classic := h.enter(), h.enter()
		w.subscribe("lunch")
		w.take()
		s.drop("lunch")
		pass(time.Minute)
		w.want(heard{"gone", `{"poll":"lunch"}`})
		s.put(single("lunch", vote.Open))
		pass(time.Second)
		w.want(scores(0, 0, 0), tally("lunch", 0))
		classic.want(welcome, scores(0, 0, 0))
	})
}

func TestAViewerOverPollingGetsTheSame(t *testing.T) {
	s := newFakeStore(single("default", vote.Open))
	atStation(t, s, func(t *testing.T, h *shown) {
		const path = "/socket.io/?EIO=4&transport=polling"
		_, open := h.get(path)
		var handshake struct{ SID string }
		if err := json.Unmarshal([]byte(strings.TrimPrefix(open, "0")), &handshake); err != nil {
			t.Fatalf("the handshake is %q", open)
		}
		h.post(path+"&sid="+handshake.SID, "40")
		synctest.Wait()
		_, body := h.get(path + "&sid=" + handshake.SID)
		var got []heard
		for packet := range strings.SplitSeq(body, "\x1e") {
			if e, ok := decode(packet); ok {
				got = append(got, e)
			}
		}
		if diff := cmp.Diff([]heard{welcome, scores(0, 0, 0)}, got); diff != "" {
			t.Errorf("(-want +got):\n%s\n%q", diff, body)
		}
	})
}

func (h *shown) post(path, body string) {
	h.t.Helper()
	resp, err := h.client.Post(stationURL+path, "text/plain", strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		h.t.Fatalf("POST: %s", resp.Status)
	}
}
