package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/redis/rueidis"

	"popeye/internal/testenv"
	"popeye/store"
)

// refuseWrites: Redis answers, and takes no vote, nor gives any out.
func (c *catalogue) refuseWrites() fault {
	set := func(replicas string) func(context.Context) error {
		return func(ctx context.Context) error {
			return testenv.Until(ctx, patience, "Redis is set up", func() error {
				return c.command(ctx, "CONFIG", "SET", "min-replicas-to-write", replicas).Error()
			})
		}
	}
	return fault{
		kind: "redis refuses writes", where: "redis", lasts: c.between(time.Second, 2*time.Second), closing: true,
		begin: set("1"), end: set("0"),
	}
}

// command runs one command on a connection of its own.
func (c *catalogue) command(ctx context.Context, words ...string) rueidis.RedisResult {
	client, err := rueidis.NewClient(rueidis.ClientOption{
		InitAddress: []string{c.Redis.Addr()}, ForceSingleClient: true, DisableCache: true,
	})
	if err != nil {
		return rueidis.RedisResult{}
	}
	defer client.Close()
	return client.Do(ctx, client.B().Arbitrary(words...).Build())
}

// restoreRedis: a copy of Redis is made, people vote on, and then the machine is
// back as it was, its clock included. An operator's act loses what is not stored by
// then, so both are done while nobody casts and nothing is on its way: as
// docs/operations.md says, poll comes last. What comes afterwards must be stored as
// the newest; the account must differ by just what was accepted between the two.
func (c *catalogue) restoreRedis() fault {
	return fault{
		kind: "restore redis", where: "redis, an hour ago",
		begin: func(ctx context.Context) error {
			var copied string
			before, err := c.still(ctx, func() (err error) {
				copied, err = c.copyRedis(ctx)
				return err
			})
			if err != nil {
				return err
			}
			defer os.RemoveAll(copied)
			if err := c.moreVotes(ctx, before); err != nil {
				return err
			}
			_, err = c.still(ctx, func() error { return c.bringBack(ctx, copied, before) })
			return err
		},
		end: func(context.Context) error { return nil },
	}
}

// moreVotes waits a while, and until votes were accepted since an account was taken: on a
// busy machine that may take longer, and without one a copy is Redis as it is.
func (c *catalogue) moreVotes(ctx context.Context, since store.Account) error {
	if err := testenv.Sleep(ctx, c.between(time.Second, 2*time.Second)); err != nil {
		return err
	}
	return testenv.Until(ctx, patience, "people vote on", func() error {
		now, err := c.accountNow(ctx)
		if err == nil && now.Accepted <= since.Accepted {
			err = errors.New("nobody has")
		}
		return err
	})
}

// still does something while nobody casts and nothing is on its way, and returns
// the account of that moment.
func (c *catalogue) still(ctx context.Context, do func() error) (a store.Account, err error) {
	for i, p := range c.Polls {
		p.Pause()
		defer p.Resume()
		c.pollRedis[i].CutAll() // what is on the link does not come later
	}
	err = testenv.Until(ctx, patience, "nothing is on its way", func() error {
		if a, err = c.accountNow(ctx); err == nil && a.Waiting > 0 {
			err = fmt.Errorf("%d votes are", a.Waiting)
		}
		return err
	})
	f, err2 := c.stats(ctx)
	if err = errors.Join(err, err2); err == nil && len(f.Leased) > 0 { // stored, not acknowledged: it would come again
		err = testenv.Until(ctx, patience, "nothing is leased", func() error {
			f, err := c.stats(ctx)
			if err == nil && len(f.Leased) > 0 {
				err = fmt.Errorf("%d batches are", len(f.Leased))
			}
			return err
		})
	}
	if err != nil {
		return a, err
	}
	return a, do()
}

// copyRedis copies the append-only files, which nothing may rewrite meanwhile.
func (c *catalogue) copyRedis(ctx context.Context) (copied string, err error) {
	err = testenv.Until(ctx, patience, "no rewrite runs", func() error {
		if err := c.command(ctx, "CONFIG", "SET", "auto-aof-rewrite-percentage", "0").Error(); err != nil {
			return err
		}
		info, err := c.command(ctx, "INFO", "persistence").ToString()
		if err == nil && (!strings.Contains(info, "aof_rewrite_in_progress:0") || !strings.Contains(info, "aof_rewrite_scheduled:0")) {
			err = errors.New("one does")
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if copied, err = os.MkdirTemp("", "popeye-copy-"); err != nil {
		return "", err
	}
	const files = "appendonlydir"
	return copied, os.CopyFS(filepath.Join(copied, files), os.DirFS(filepath.Join(c.data, files)))
}

// bringBack puts a copy in Redis' place, under an older clock, and waits until its
// polls are those of now. The account of when it was made tells what it misses; as
// the operator does with "worker account --settle", that is accepted. That it is
// all that is missing is a charge.
func (c *catalogue) bringBack(ctx context.Context, copied string, before store.Account) error {
	c.whole.Lock()
	defer c.whole.Unlock()
	last, err := c.accountNow(ctx)
	if err != nil {
		return err
	}
	c.Redis.Kill()
	err = errors.Join(c.clock.Set(-time.Hour), os.RemoveAll(filepath.Join(c.data, "appendonlydir")),
		os.CopyFS(c.data, os.DirFS(copied)), c.Redis.Up())
	if err != nil {
		return err
	}
	if err := c.publishedAnew(ctx); err != nil {
		return err
	}
	missing := last.Accepted - before.Accepted
	now, err := c.accountSurely(ctx)
	if err != nil {
		return err
	}
	if missing == 0 || now.Difference() != -missing || now.Stored != last.Stored {
		c.accuse(stuck, "Redis came back as it was %d messages ago, and of %d stored ones the account has %d and misses %d",
			missing, last.Stored, now.Stored, now.Difference())
	}
	return c.queue.Rebase(ctx, missing)
}

func (c *catalogue) accountSurely(ctx context.Context) (a store.Account, err error) {
	err = testenv.Until(ctx, patience, "the account is taken", func() (err error) {
		a, err = c.accountNow(ctx)
		return err
	})
	return a, err
}

// publishedAnew waits until Redis has the polls that the store has.
func (c *catalogue) publishedAnew(ctx context.Context) error {
	return testenv.Until(ctx, patience, "the polls are published anew", func() error {
		catalog, err := c.database.Catalog(ctx)
		if err != nil {
			return err
		}
		published, err := c.queue.Published(ctx)
		if err == nil && published.Revision < catalog.Revision {
			err = fmt.Errorf("revision %d of %d", published.Revision, catalog.Revision)
		}
		return err
	})
}
