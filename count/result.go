package count

import "popeye/vote"

// Result is what a rule makes of an election. Options are named by their ids; amounts
// are exact decimals.
type Result struct {
	Rule      string        `json:"rule"`
	Seats     int           `json:"seats"`
	Voters    int64         `json:"voters"`    // with a ballot that says something of an option
	Invalid   int64         `json:"invalid"`   // with another: hand-made rows, or options taken away since
	Abstained int64         `json:"abstained"` // who chose nothing, and said so; among neither of these
	Options   []vote.Option `json:"options"`
	Winners   []string      `json:"winners"` // as many as seats, the best first
	// Order has every option, the best first. Those that the rule itself holds equal
	// stand together, even if the lot parts them for a seat.
	Order [][]string `json:"order"`

	Rounds   []Round                     `json:"rounds,omitempty"`   // irv, stv, star
	Pairwise map[string]map[string]int64 `json:"pairwise,omitempty"` // how many voters prefer row to column
	Scores   map[string]string           `json:"scores,omitempty"`   // borda, score, median, star
	Means    map[string]string           `json:"means,omitempty"`    // score: of those who rated the option
	Raters   map[string]int64            `json:"raters,omitempty"`   // score
	Ties     []Tie                       `json:"ties,omitempty"`     // and what broke each
	Lot      []string                    `json:"lot"`                // every option: of a tie that only the lot breaks the first one wins

	// Withdrawn are those that have; Without is the count without them.
	Withdrawn []string `json:"withdrawn,omitempty"`
	Without   *Result  `json:"without,omitempty"`
}

// Round is one step of a count in rounds.
type Round struct {
	Votes      map[string]string `json:"votes"` // of the options that are still in, and of those elected
	Exhausted  string            `json:"exhausted"`
	Elected    []string          `json:"elected"`    // in this round
	Eliminated []string          `json:"eliminated"` // at its end
	Quota      string            `json:"quota,omitempty"`
}

// Tie is options between which a rule had to decide.
type Tie struct {
	Round   int      `json:"round,omitempty"` // 1 is the first; 0 for rules without rounds
	Options []string `json:"options"`         // that were equal
	By      string   `json:"by"`              // one of TieBreaks
}

// What breaks a tie.
const (
	ByPreviousRounds = "previous rounds" // irv, stv
	ByRaters         = "raters"          // score
	ByMajorityValue  = "majority value"  // median
	ByMatches        = "head-to-head"    // star, as the next two
	ByTotal          = "total score"
	ByHighest        = "highest scores"
	ByLot            = "lot" // where nothing else does
)

// TieBreaks has all of them.
var TieBreaks = []string{ByPreviousRounds, ByRaters, ByMajorityValue, ByMatches, ByTotal, ByHighest, ByLot}
