package votes

import (
	"popeye/queue"
	"popeye/queue/queuetest/internal/fixture"
)

// testArrivals adds up what several fronts tell, each of which may tell again.
func testArrivals(f *fixture.Case) {
	sum := func() queue.Arrivals {
		f.T.Helper()
		a, err := f.Crowd.Arrivals(f.Ctx)
		if err != nil {
			f.T.Fatal(err)
		}
		return a
	}
	tell := func(front string, all int64, networks map[string]int64) {
		f.T.Helper()
		if err := f.Crowd.Tell(f.Ctx, front, queue.Arrivals{All: all, Networks: networks}); err != nil {
			f.T.Fatal(err)
		}
	}
	f.Equal("new voters before anybody told", sum().All, int64(0))
	f.Equal("the largest network before", sum().Largest(), int64(0))
	tell("first", 90, map[string]int64{"here": 1})
	tell("first", 10, map[string]int64{"here": 4, "there": 5})
	tell("second", 20, map[string]int64{"here": 6})
	tell("third", 1, nil)
	f.Equal("new voters", sum().All, int64(31))
	f.Equal("the largest network", sum().Largest(), int64(10))
	follow := func(front string, followed map[string]int64) {
		f.T.Helper()
		if err := f.Crowd.Tell(f.Ctx, front, queue.Arrivals{All: 1, Followed: followed}); err != nil {
			f.T.Fatal(err)
		}
	}
	follow("fourth", map[string]int64{"482913": 2, "555555": 9})
	follow("fifth", map[string]int64{"482913": 3})
	f.Equal("pages that follow an event", sum().Followed["482913"], int64(5))
	follow("fourth", nil)
	f.Equal("and when some have gone", sum().Followed["482913"]+sum().Followed["555555"], int64(3))
	tell("fourth", 0, nil)
	tell("fifth", 0, nil)
	tell("second", 0, nil)
	f.Equal("the largest network, when a front tells of nobody", sum().Largest(), int64(5))
}
