package judge

import (
	"cmp"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// decideWithin bounds the search for an order of one voter's casts. Those of a
// storm take microseconds.
const decideWithin = 10 * time.Second

// register is one voter's ballot in one poll: a cast writes it, a reading reads
// it. That there is an order of all of them in which each read sees the write
// before it, and in which whatever was over came before whatever began later, is
// what "recorded" promises.
var register = porcupine.Model{
	Init: func() any { return "" },
	Step: func(state, input, output any) (bool, any) {
		if ballot, ok := input.(write); ok {
			return true, string(ballot)
		}
		return output == state, state
	},
}

type (
	write string   // the ballot
	read  struct{} // its output is the ballot
)

// histories checks all readings of each voter together. Each for itself may be
// right and all of them not: an unknown vote that was seen, and later was not.
func (c *judgement) histories(readings []Reading) {
	readings = slices.Clone(readings)
	slices.SortFunc(readings, func(a, b Reading) int { return cmp.Compare(a.From, b.From) })
	for _, v := range sorted(c.casts) {
		c.Histories++
		switch porcupine.CheckOperationsTimeout(register, operations(v, c.casts[v], readings), decideWithin) {
		case porcupine.Ok:
			c.Explained++
		case porcupine.Illegal:
			c.charge(Disordered, v, 1, "no order of the casts explains what was read")
		case porcupine.Unknown:
			c.Undecided++
		}
	}
}

// operations writes a voter's history in the words of the checker.
func operations(v voter, casts []Cast, readings []Reading) []porcupine.Operation {
	var ops []porcupine.Operation
	end := time.Duration(0)
	for _, r := range readings {
		if r.Poll == v.poll {
			ops = append(ops, porcupine.Operation{Input: read{}, Output: r.Ballots[v.id], Call: int64(r.From), Return: int64(r.To)})
			end = max(end, r.To)
		}
	}
	for _, cast := range casts {
		end = max(end, cast.Returned)
	}
	for _, cast := range casts {
		switch cast.Answer {
		case Recorded:
			ops = append(ops, porcupine.Operation{Input: write(cast.Ballot), Call: int64(cast.Invoked), Return: int64(cast.Returned)})
		case Unknown: // it may take effect after everything, which is as good as never
			ops = append(ops, porcupine.Operation{Input: write(cast.Ballot), Call: int64(cast.Invoked), Return: int64(end) + 1})
		case Refused: // it has no effect
		}
	}
	return ops
}
