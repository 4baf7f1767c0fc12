package live

import (
	"popeye/internal/socketio"
	"popeye/result/audience"
)

// update is the newest of a poll that an asker may see, encoded once for all of them.
type update struct {
	seen    audience.Results
	packets []socketio.Packet // `tally`, after `scores` unless they are hidden
	classic []socketio.Packet // `scores` alone
}

// newUpdates encodes what each asker may see. Those who may see the same share it.
func newUpdates(c audience.Counted) (all [len(audience.Askers)]update, err error) {
	for _, a := range audience.Askers {
		if a > audience.Anyone && c.Shows(a) == c.Shows(a-1) {
			all[a] = all[a-1]
			continue
		}
		if all[a], err = newUpdate(c.For(a)); err != nil {
			return all, err
		}
	}
	return all, nil
}

// newUpdate encodes results. The rounds of a count are not among them, which are many
// times as long, some 20 times a second: a page asks for those when it wants them.
func newUpdate(r audience.Results) (update, error) {
	r.Count = nil
	u := update{seen: r}
	if !r.Hidden {
		scores, err := socketio.Encode("scores", r.Scores())
		if err != nil {
			return u, err
		}
		u.classic = []socketio.Packet{scores}
	}
	tally, err := socketio.Encode("tally", r)
	u.packets = append(append(u.packets, u.classic...), tally)
	return u, err
}

// differs reports whether u shows something that was, sent before, did not.
func (u update) differs(was update) bool {
	return u.seen.Seq != was.seen.Seq || u.seen.Status != was.seen.Status || u.seen.Hidden != was.seen.Hidden
}
