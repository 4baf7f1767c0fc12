package redisqueue

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/rueidis"

	"popeye/queue"
)

// settings is how Redis is set up, as far as votes may be lost by it. What it
// does not tell is "".
type settings struct {
	policy    string // maxmemory-policy
	limit     string // maxmemory; "0" for none
	log       string // appendonly: yes or no
	sync      string // appendfsync
	pauseSync string // no-appendfsync-on-rewrite: yes or no
	longest   string // proto-max-bulk-len: bytes of the longest message
}

// readSettings asks for the configuration, or, where that is forbidden as on many
// managed servers, for what INFO tells of it.
func (q *Queue) readSettings(ctx context.Context) (settings, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	b := q.client.B()
	config, err := q.client.Do(ctx, b.ConfigGet().Parameter(
		"maxmemory-policy", "maxmemory", "appendonly", "appendfsync", "no-appendfsync-on-rewrite",
		"proto-max-bulk-len").Build()).AsStrMap()
	if err != nil && !refused(err) {
		return settings{}, unavailable("read the settings", err)
	}
	s := settings{
		policy: config["maxmemory-policy"], limit: config["maxmemory"],
		log: config["appendonly"], sync: config["appendfsync"], pauseSync: config["no-appendfsync-on-rewrite"],
		longest: config["proto-max-bulk-len"],
	}
	if s.policy != "" && s.log != "" {
		return s, nil
	}
	for _, section := range []string{"memory", "persistence"} {
		info, err := q.client.Do(ctx, b.Info().Section(section).Build()).ToString()
		if err != nil && !refused(err) {
			return settings{}, unavailable("read the settings", err)
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
func (s *settings) readInfo(info string) {
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

// unbounded reports whether anybody who can push may push a message so long that
// Redis is busy with it alone for a while.
func (s settings) unbounded() bool {
	n, err := strconv.ParseInt(s.longest, 10, 64)
	return err == nil && n >= boundless
}

// evicts reports whether keys that have no end may be deleted: those of votes
// have none. Where Redis has no limit it deletes nothing yet; then one more
// setting, made in an emergency perhaps, begins it.
func (s settings) evicts() bool {
	return s.policy != "" && s.policy != "noeviction" && !strings.HasPrefix(s.policy, "volatile-")
}

// evictsNow reports whether the next vote may already cost another.
func (s settings) evictsNow() bool { return s.evicts() && s.limit != "0" }

// risks returns what may lose votes, the worst first.
func (s settings) risks() (all []queue.Risk) {
	if s.evicts() {
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
