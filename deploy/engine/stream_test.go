//go:build engine

package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

const (
	// longestRefusal is how long a voter may be told to try again while replicas are
	// replaced. Who reached one as it ended is told so once, and then recorded: half a
	// second later if that one's address is tried first, and on a busy machine a second.
	longestRefusal = 2 * time.Second
	// longestAfterCrash is how long after a crash: a connection that was begun as the
	// replica went is tried again by the kernel a second later.
	longestAfterCrash = 3 * time.Second
	// longestWithoutMachine is how long while a machine is lost: nobody says that it
	// is gone, so what was sent there is given up by whoever waits.
	longestWithoutMachine = 10 * time.Second
)

// stream is 200 votes a second, for as long as it is let: a hundred voters who
// change their mind twice a second.
type stream struct {
	*crowd
	voters []*voter
	began  time.Time
}

func newStream(s stack, name string) (*stream, error) {
	voters, err := newVoters(s, name, 100)
	if err != nil {
		return nil, err
	}
	return streamOf(voters), nil
}

func streamOf(voters []*voter) *stream {
	return &stream{newCrowd(voters, time.Second/2), voters, time.Now()}
}

// end lets everybody finish, and wants nobody to have been refused for longer than
// this.
func (st *stream) end(s stack, longestRefusal time.Duration) error {
	err := st.crowd.end()
	recorded, refusals, longest := 0, int64(0), st.voters[0]
	for _, v := range st.voters {
		recorded, refusals = recorded+v.recorded, refusals+v.refusals.Load()
		if v.refused > longest.refused {
			longest = v
		}
	}
	progress("%s: %d votes were recorded in %.0f s; %d answers were refusals, the longest for %.2f s",
		s.project, recorded, time.Since(st.began).Seconds(), refusals, longest.refused.Seconds())
	if longest.refused > longestRefusal {
		err = errors.Join(err, fmt.Errorf("a voter was refused for %s, at last at %s", longest.refused, longest.because))
	}
	return err
}

// accountBalances asks a worker where every vote is that was ever accepted.
func accountBalances(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	workers := now.replicas("worker")
	if len(workers) == 0 {
		return errors.New("no worker runs")
	}
	text, err := workers[0].in("/worker", "account", "--json", "--recount")
	if err != nil {
		return err
	}
	var account struct {
		Accepted, Stored, Dead, Difference int64
		Balanced                           bool
	}
	if err := json.Unmarshal([]byte(text), &account); err != nil {
		return fmt.Errorf("the account is %s: %w", text, err)
	}
	progress("%s: the account: %s", s.project, strings.TrimSpace(text))
	if !account.Balanced || account.Difference != 0 || account.Dead != 0 || account.Stored == 0 {
		return fmt.Errorf("the account does not balance: %s", text)
	}
	return nil
}

// accountIsWrong makes Redis remember one vote more than there was, for which
// the account has to be found wrong, and puts it right again.
func accountIsWrong(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	count := func(by string) error {
		_, err := now.replicas("redis")[0].in("sh", "-c",
			"REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli incrby popeye:before "+by)
		return err
	}
	if err := count("1"); err != nil {
		return err
	}
	wrong := accountBalances(s)
	return errors.Join(count("-1"), want(wrong, "does not balance"))
}

// want is nil if a check found what it is there to find.
func want(found error, says string) error {
	if got := fmt.Sprint(found); !strings.Contains(got, says) {
		return fmt.Errorf("it says %s, want something about %q", got, says)
	}
	return nil
}
