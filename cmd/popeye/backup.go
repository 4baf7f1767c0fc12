package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"popeye/store/sqlite"
)

// backup is the command "backup". The secrets of the data folder are no part of the
// copy: it may be kept where it would be wrong to keep them.
type backup struct {
	To struct {
		File string `positional-arg-name:"file" description:"The new file."`
	} `positional-args:"yes" required:"yes"`
}

// remindEvery is how often long work says how far it is.
const remindEvery = 2 * time.Second

func (b backup) run(ctx context.Context, folder string, out io.Writer) error {
	file, err := databaseIn(folder, "name the folder of a popeye with --data; of the five services, back up PostgreSQL, as docs/operations.md says")
	if err != nil {
		return err
	}
	said := time.Now()
	c, err := sqlite.Backup(ctx, file, b.To.File, func(done float64) {
		if now := time.Now(); now.Sub(said) >= remindEvery {
			said = now
			if done < 1 {
				fmt.Fprintf(out, "%3.0f %% copied\n", 100*done)
			} else {
				fmt.Fprintln(out, "copied; checking the copy")
			}
		}
	})
	if err != nil {
		return err
	}
	return b.report(c, folder, out)
}

// report says what the copy holds and how to restore it.
func (b backup) report(c sqlite.Copy, folder string, out io.Writer) error {
	fmt.Fprintf(out, "%s: %.1f MB, whole and checked.\n", b.To.File, float64(c.Bytes)/1e6)
	if c.Counted {
		fmt.Fprintf(out, "It holds polls: %d, ballots: %d, votes that were stored: %d, dead letters: %d. Each tally is that of its ballots.\n",
			c.Polls, c.Ballots, c.Stored, c.Dead)
	} else {
		fmt.Fprintf(out, "It was made by another version of popeye (schema %d), so what it holds was not counted.\n", c.Version)
	}
	var keep []string
	for _, name := range []string{"cookie-key", "admin-token"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err == nil {
			keep = append(keep, filepath.Join(folder, name))
		}
	}
	restore := "mkdir -m 700 restored && cp " + b.To.File + " restored/popeye.db"
	if len(keep) > 0 {
		secrets := strings.Join(keep, " and ")
		fmt.Fprintf(out, "\nKeep %s beside it, once, as secrets: without the key every voter is a new one.\n", secrets)
		restore += " && cp " + strings.Join(keep, " ") + " restored/"
	}
	_, err := fmt.Fprintf(out, "\nTo restore it: %s && popeye --data=restored\n", restore)
	return err
}
