//go:build linux

package drills

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"popeye/internal/testenv"
	"popeye/internal/testenv/people"
)

// smallDisk makes a disk of so many megabytes, in memory.
func smallDisk(t *testing.T, megabytes string) *disk {
	t.Helper()
	folder, err := os.MkdirTemp("", "popeye-disk-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	err = syscall.Mount("tmpfs", folder, "tmpfs", 0, "mode=0755,size="+megabytes+"m")
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.EACCES) {
		t.Skip("a small disk needs the right to mount one: run this test as root")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(folder, syscall.MNT_DETACH) })
	return &disk{folder}
}

// disk is a disk that can be filled up.
type disk struct{ folder string }

func (d *disk) ballast() string { return filepath.Join(d.folder, "ballast") }

// fill leaves no room.
func (d *disk) fill(t *testing.T) {
	t.Helper()
	f, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 64<<10); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

// freeSpace gives the space back.
func (d *disk) freeSpace(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.ballast()); err != nil {
		t.Fatal(err)
	}
}

// supervise starts a server again whenever it has ended, as the container engine
// does; it may end again at once.
func supervise(t *testing.T, addr string, up func() error) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-ctx.Done():
				return
			}
			c, err := net.Dial("tcp", addr)
			if err == nil {
				c.Close()
			} else if errors.Is(err, syscall.ECONNREFUSED) {
				_ = up() // else the next tick
			}
		}
	})
	t.Cleanup(func() { stop(); watch.Wait() })
}

// Redis has no room left on its disk. Voters are told to come again, no vote is
// answered "recorded" that is not, and once there is room it goes on by itself.
func TestRedisDiskFull(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{"always", "everysec"} {
		t.Run(policy, func(t *testing.T) {
			t.Parallel()
			disk := smallDisk(t, "16")
			s := newStack(t, "--dir", disk.folder, "--appendfsync", policy)
			supervise(t, s.Redis.Addr(), s.Redis.Up) // with `always` it ends rather than promise
			s.start(t)
			crowd := people.NewCrowd(t, s.poll.URL).Minds(6)
			crowd.RecordedMore(t, 60)
			disk.fill(t)
			crowd.RefusedMore(t, http.StatusServiceUnavailable, 30)
			refusedPolitely(t, crowd, s.poll.URL)
			disk.freeSpace(t)
			crowd.RecordedMore(t, 60)
			isStored(t, crowd.End(), s.Database)
		})
	}
}

// refusedPolitely waits until a browser that votes is told when to come again.
// Its vote may be recorded all the same: it was told that too.
func refusedPolitely(t *testing.T, c *people.Crowd, site string) {
	t.Helper()
	testenv.Eventually(t, "a voter's browser is told to come again", func() error {
		c.Stranger()
		resp, err := http.PostForm(site+"/", url.Values{"vote": {"a"}})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		if resp.StatusCode != http.StatusServiceUnavailable || resp.Header.Get("Retry-After") == "" {
			return errors.New(resp.Status + ", Retry-After: " + resp.Header.Get("Retry-After"))
		}
		return nil
	})
}

// PostgreSQL has no room left on its disk, first for its tables and then for its
// log; the latter ends it. Voters notice nothing, and each time that there is
// room again all is stored.
func TestPostgresDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "160")
	pg := testenv.StartPostgres(t, "data_directory="+copyTo(t, disk))
	s := onServers(t, testenv.StartRedis(t), pg)
	supervise(t, address(t, s.Database).Host, pg.Up)
	s.start(t)
	crowd := people.NewCrowd(t, s.poll.URL).Strangers(6)
	crowd.RecordedMore(t, 60)

	disk.fill(t)
	s.worker.Says(t, "No space left on device")
	crowd.RecordedMore(t, 60)
	disk.freeSpace(t)
	s.worker.Says(t, "can store votes again")

	disk.fill(t)
	hasSpace := func() bool {
		_, err := query[string](t.Context(), s.Database, `SELECT pg_switch_wal()::text`)
		return err == nil
	}
	testenv.Eventually(t, "the log is full, and the server has ended", func() error {
		if hasSpace() {
			return errors.New("there is space for one more file")
		}
		return nil
	})
	crowd.RecordedMore(t, 60)
	disk.freeSpace(t)
	isStored(t, crowd.End(), s.Database)
	if said := refused(crowd); len(said) > 0 {
		t.Errorf("voters were answered %v", said)
	}
	s.balances(t)
}

// copyTo puts a new server's files on a disk.
func copyTo(t *testing.T, d *disk) (folder string) {
	t.Helper()
	pg := testenv.StartPostgres(t)
	defer pg.Kill()
	copied := takeCopy(t, &stack{Stack: &testenv.Stack{Postgres: pg}})
	folder = filepath.Join(d.folder, "data")
	if err := os.Rename(copied, folder); err != nil {
		command(t, "coreutils", "cp", "-a", copied, folder) // another disk
	}
	return folder
}

// address reads a URL.
func address(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// The one process has no room left for its file.
func TestOneProcessDiskFull(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, "16")
	folder := filepath.Join(disk.folder, "data")
	p := onePopeye(t, folder)
	crowd := people.NewCrowd(t, p.URL).Minds(6)
	crowd.RecordedMore(t, 60)
	disk.fill(t)
	crowd.RefusedMore(t, http.StatusServiceUnavailable, 6)
	refusedPolitely(t, crowd, p.URL)
	disk.freeSpace(t)
	crowd.RecordedMore(t, 60)
	isIn(t, crowd.End(), folder)
	stops(t, p.Program)
}
