package export

// What a file may be, at most: ten million ballots, or the memory of half a gigabyte.
const (
	maxFile    = 1 << 30 // bytes
	maxLine    = 1 << 20 // bytes
	maxOptions = 1000
	maxBallots = 10_000_000 // lines, or distinct ballots
	maxMarks   = 100_000_000
	maxVoters  = 1_000_000_000_000 // of a ballot, and of all
	maxPoints  = 10_000
	maxSeats   = maxOptions
	maxName    = 1000 // bytes of an option's name, and of a title
)
