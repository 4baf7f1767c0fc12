// Package settings reads how Redis is set up, as far as votes may be lost by it. What enters
// is a client; what leaves is the settings and their risks.
package settings

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// Settings are how Redis is set up, as far as votes may be lost by it. What it
// does not tell is "".
type Settings struct {
	policy    string // maxmemory-policy
	limit     string // maxmemory; "0" for none
	log       string // appendonly: yes or no
	sync      string // appendfsync
	pauseSync string // no-appendfsync-on-rewrite: yes or no
	Longest   string // proto-max-bulk-len: bytes of the longest message
}

// Read asks for the configuration, or, where that is forbidden as on many
// managed servers, for what INFO tells of it.
func Read(ctx context.Context, client rueidis.Client) (Settings, error) {
	b := client.B()
	config, err := client.Do(ctx, b.ConfigGet().Parameter(
		"maxmemory-policy", "maxmemory", "appendonly", "appendfsync", "no-appendfsync-on-rewrite",
		"proto-max-bulk-len").Build()).AsStrMap()
	if err != nil && !refused(err) {
		return Settings{}, err
	}
	s := Settings{
		policy: config["maxmemory-policy"], limit: config["maxmemory"],
		log: config["appendonly"], sync: config["appendfsync"], pauseSync: config["no-appendfsync-on-rewrite"],
		Longest: config["proto-max-bulk-len"],
	}
	if s.policy != "" && s.log != "" {
		return s, nil
	}
	for _, section := range []string{"memory", "persistence"} {
		info, err := client.Do(ctx, b.Info().Section(section).Build()).ToString()
		if err != nil && !refused(err) {
			return Settings{}, err
		}
		s.readInfo(info)
	}
	return s, nil
}

// refused reports whether Redis answered that it does not tell.
func refused(err error) bool {
	answer, ok := errors.AsType[*rueidis.RedisError](err)
	return ok && (strings.HasPrefix(answer.Error(), "NOPERM") || strings.HasPrefix(answer.Error(), "ERR"))
}

// readInfo reads the lines "name:value" of INFO.
func (s *Settings) readInfo(info string) {
	for line := range strings.Lines(info) {
		switch name, value, _ := strings.Cut(strings.TrimSpace(line), ":"); name {
		case "maxmemory_policy":
			s.policy = value
		case "maxmemory":
			s.limit = value
		case "aof_enabled":
			s.log = map[string]string{"1": "yes", "0": "no"}[value]
		}
	}
}

// boundless is the least bound on a message that is worth a warning: a vote has a
// thousandth of it.
const boundless = 16 << 20

// Unbounded reports whether anybody who can push may push a message so long that
// Redis is busy with it alone for a while.
func (s Settings) Unbounded() bool {
	n, err := strconv.ParseInt(s.Longest, 10, 64)
	return err == nil && n >= boundless
}

// Evicts reports whether keys that have no end may be deleted: those of votes
// have none. Where Redis has no limit it deletes nothing yet; then one more
// setting, made in an emergency perhaps, begins it.
func (s Settings) Evicts() bool {
	return s.policy != "" && s.policy != "noeviction" && !strings.HasPrefix(s.policy, "volatile-")
}

// EvictsNow reports whether the next vote may already cost another.
func (s Settings) EvictsNow() bool { return s.Evicts() && s.limit != "0" }

// Risks returns what may lose votes, the worst first.
func (s Settings) Risks() (all []queue.Risk) {
	if s.Evicts() {
		all = append(all, queue.RiskEviction)
	}
	switch {
	case s.log == "no":
		all = append(all, queue.RiskNoLog)
	case s.sync == "no", s.log == "yes" && s.pauseSync == "yes":
		all = append(all, queue.RiskNoSync)
	case s.sync == "everysec":
		all = append(all, queue.RiskLateSync)
	}
	if s.policy == "" || s.log == "" || s.log == "yes" && s.sync == "" {
		all = append(all, queue.RiskUnknown)
	}
	return slices.Clip(all)
}

// Says tells an operator of a risk, and what to do.
func (s Settings) Says(risk queue.Risk) string {
	switch risk {
	case queue.RiskEviction:
		return fmt.Sprintf("redis may delete votes that were recorded: its maxmemory-policy is %s; set it to volatile-ttl or noeviction", s.policy)
	case queue.RiskNoLog:
		return "redis keeps votes in its memory alone, and loses those that wait when it ends: set appendonly yes and appendfsync always"
	case queue.RiskNoSync:
		return "redis does not wait for its disk, and may lose the votes of some 30 seconds with the power: " +
			"set appendfsync always and no-appendfsync-on-rewrite no"
	case queue.RiskLateSync:
		return "redis writes votes to its disk once a second, and may lose those of the last second with the power: set appendfsync always"
	default:
		return "redis does not tell how it keeps votes: see that its maxmemory-policy is volatile-ttl or noeviction, appendonly yes and appendfsync always"
	}
}
