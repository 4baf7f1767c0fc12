package socketio

import (
	"fmt"
	"strings"
	"testing"
)

// text shows the packets as "a b c".
func text(packets []Packet) string {
	var words []string
	for _, p := range packets {
		words = append(words, string(p.wire))
	}
	return strings.Join(words, " ")
}

func word(s string) Packet { return newPacket(s) }

func TestOutboxOrder(t *testing.T) {
	// One letter: push it. Letter and digit: replace the letter's update. "!": ping.
	for script, want := range map[string]string{
		"":            "",
		"x y z":       "x y z",
		"a1":          "a1",
		"a1 a2 a3":    "a3",
		"a1 x a2":     "x a2",        // x came before a2
		"x a1 a2 y":   "x a2 y",      // nothing came between a1 and a2
		"a1 b1 a2":    "a2 b1",       // a keeps its turn
		"a1 b1 a2 b2": "a2 b2",       // and so does b: neither starves
		"a1 x b1 a2":  "x b1 a2",     // b1 is not held up by a's move
		"c ! a1":      "! c a1",      // a ping overtakes
		"! c !":       "! c",         // and is sent once
		"a1 x a2 y":   "x a2 y",      // still behind x, still before y
		"a1 b1 x a2":  "b1 x a2",     //
		"x a1 y b1 z": "x a1 y b1 z", //
	} {
		o := outbox{limit: 10}
		for _, s := range strings.Fields(script) {
			switch {
			case s == "!":
				o.ping = true
			case len(s) == 1:
				o.push(word(s))
			default:
				o.replace(s[:1], newParcel(word(s)))
			}
		}
		got := strings.Replace(text(o.all()), "2 c", "! c", 1) // a ping is sent as 2
		if got != want {
			t.Errorf("%q: got %q, want %q", script, got, want)
		}
		if o.next() != nil {
			t.Errorf("%q: not empty", script)
		}
	}
}

func TestOutboxLimit(t *testing.T) {
	o := outbox{limit: 2}
	if !o.push(word("x")) || !o.replace("a", newParcel(word("a1"))) {
		t.Fatal("refused below the limit")
	}
	if o.push(word("y")) || o.replace("b", newParcel(word("b1"))) {
		t.Error("accepted above the limit")
	}
	if !o.replace("a", newParcel(word("a2"), word("a3"))) {
		t.Error("an update that takes a place already held was refused")
	}
	if got := text(o.next().packets) + "|" + text(o.next().packets); got != "x|a2 a3" {
		t.Errorf("got %q", got)
	}
}

// FuzzOutbox checks the promises in the comment of outbox against any sequence of calls.
func FuzzOutbox(f *testing.F) {
	f.Add([]byte("pabpacn"))
	f.Add([]byte("aabbnnppaan"))
	f.Fuzz(func(t *testing.T, script []byte) {
		o := outbox{limit: 8}
		var plain, sent []string             // pushed; sent, plain ones only
		newest := make(map[string]int)       // by key, the number of its newest update
		pushedBefore := make(map[string]int) // by update, how many plain ones had been pushed before it
		send := func(packets []Packet) {
			for _, p := range packets {
				s := string(p.wire)
				if s[0] == 'p' {
					sent = append(sent, s)
					continue
				}
				if want := fmt.Sprintf("%c%d", s[0], newest[s[:1]]); s != want {
					t.Fatalf("sent %s, newest is %s", s, want)
				}
				if len(sent) < pushedBefore[s] {
					t.Fatalf("%s overtook: %d plain packets sent, %d pushed before it", s, len(sent), pushedBefore[s])
				}
			}
		}
		for i, op := range script {
			switch {
			case op == 'p':
				if s := fmt.Sprintf("p%d", i); o.push(word(s)) {
					plain = append(plain, s)
				}
			case 'a' <= op && op <= 'c':
				key := string(op)
				s := fmt.Sprintf("%s%d", key, i)
				if o.replace(key, newParcel(word(s))) {
					newest[key], pushedBefore[s] = i, len(plain)
				}
			default:
				if p := o.next(); p != nil {
					send(p.packets)
				}
			}
			if len(o.entries) > o.limit {
				t.Fatalf("%d entries", len(o.entries))
			}
		}
		send(o.all())
		if got, want := strings.Join(sent, " "), strings.Join(plain, " "); got != want {
			t.Errorf("plain packets: sent %s, pushed %s", got, want)
		}
	})
}
