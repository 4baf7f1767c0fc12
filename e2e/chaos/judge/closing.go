package judge

// closing wants a closed poll to be final: nothing of it changes, and no vote is
// recorded that was cast after it had been seen closed. That it holds every
// vote that was recorded before is what ballots says of its two readings.
func (c *judgement) closing(cl Closing) {
	if cl.Changed() {
		c.charge(Moved, voter{poll: cl.Poll}, 1, "it had been seen closed, and at %s it was %s (revision %d), at %s %s (revision %d)",
			at(cl.First), cl.Was.Status, cl.Was.Revision, at(cl.Last), cl.Is.Status, cl.Is.Revision)
		return // what came after has its reason in that
	}
	for _, id := range differing(cl.First.Ballots, cl.Last.Ballots) {
		c.charge(Moved, voter{cl.Poll, id}, 1, "the poll was closed, and at %s the ballot is %q, at %s %q",
			at(cl.First), cl.First.Ballots[id], at(cl.Last), cl.Last.Ballots[id])
	}
	for _, v := range sorted(c.casts) {
		if v.poll != cl.Poll {
			continue
		}
		for _, cast := range c.casts[v] {
			// A cast's first try is its invocation, so a retry of one that may have
			// been accepted before is not meant here.
			if cast.Answer == Recorded && cast.Invoked > cl.First.From && cast.Returned < cl.Last.From {
				c.charge(Late, v, 1, "the poll was closed from %s to %s, and %q was recorded meanwhile",
					at(cl.First), at(cl.Last), cast.Ballot)
			}
		}
	}
}
