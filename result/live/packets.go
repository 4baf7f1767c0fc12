package live

import (
	"popeye/internal/socketio"
	"popeye/result/audience"
)

// update is a poll's newest figures, encoded once for all its viewers.
type update struct {
	scores socketio.Packet
	tally  socketio.Packet
}

func newUpdate(r audience.Results) (update, error) {
	scores, err := socketio.Encode("scores", r.Scores())
	if err != nil {
		return update{}, err
	}
	// The live page also shows a question that was corrected.
	tally, err := socketio.Encode("tally", r)
	return update{scores, tally}, err
}
