package poll

import "time"

const (
	// window is what a voter's votes are limited in. A person who changes their
	// mind is far below; a stuck program is not.
	window = 10 * time.Second
	// maxTracked bounds the memory of the limit: how many voters are counted.
	maxTracked = 200_000
)
