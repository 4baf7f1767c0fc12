// Package redisqueue is the queue for services that run apart: it lies in
// Redis 7 or later. Votes enter the list "votes", which is public; batches of
// them leave to workers; poll definitions lie beside, for the voting front.
//
// A vote's way:
//
//	Cast --RPUSH--> votes (list) --take.lua--> popeye:batches (stream) --ack.lua--> gone
//	                                           |  leased to a worker
//	                                           +- kept alive by renew.lua
//
// Each step is one Lua script, so at any moment, also when Redis or a client is
// killed, a message is in exactly one of these places. A script is never sent
// twice by itself: when its answer is lost the caller learns ErrUnavailable.
//
// Time is what Redis' clock says, so that all replicas agree. A clock that is set
// back changes no order and loses no lease; but a poll whose time had come, and
// whose end is not published yet, opens once more.
//
//   - lua/: the steps, one file each
//   - keys.go: what lies where
//   - redisqueue.go: Open, and how a script is run
//   - inbox.go: Cast and Poll, for the poll station
//   - catalog.go: Publish and Settled; codes.go: Code, Listed, News; internal/published: what
//     lies in Redis of a catalog
//   - consumer.go, leases.go: Take and Ack, for a worker; how a lease is kept alive
//   - meter.go: stats, and Rebase for the operator
//   - guard.go, internal/settings: whether Redis, as it is set up, may lose votes
//   - refusals.go: a Redis that answers and takes no vote
//   - crowd.go: new voters, as the fronts tell
//   - cookie.go: the secret that all poll replicas share
package redisqueue

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"popeye/queue"
	"popeye/queue/redisqueue/internal/published"
)

// Config says where Redis is, and how patient to be. The zero value of a field
// means its default.
type Config struct {
	URL      string // redis://user:password@host:port/0; wins over Addr and Password
	Addr     string // host:port; default localhost:6379
	Password string

	DialTimeout time.Duration // 2s
	CallTimeout time.Duration // 3s: how long one step may take; then ErrUnavailable

	BatchSize  int // 1000: most messages of a batch; at most 3000, Lua's stack
	BatchBytes int // 4 MiB: most bytes of a batch that has more than one message

	// A lease is renewed every RenewEvery and abandoned when it was not for
	// ClaimAfter; a waiting worker looks for abandoned ones every ClaimEvery, and
	// up to 100ms later, since Redis looks ten times a second whose wait is over.
	// So what a killed worker held is leased again within 3 seconds.
	RenewEvery time.Duration // 500ms
	ClaimAfter time.Duration // 2.5s
	ClaimEvery time.Duration // 400ms
}

const (
	// maxBatchSize keeps a batch's fields, two for each message, on Lua's stack.
	maxBatchSize = 3000
	// maxWaiting bounds the casts that wait to be sent, so that a Redis that hangs costs
	// a bounded amount of memory.
	maxWaiting = 10_000
	// ringScale makes room on a connection for 2^12 unanswered requests: those of pages,
	// since casts are few at a time. A connection that hangs is closed before that is
	// used up.
	ringScale = 12
	// cacheBytes bounds the definitions cached for each connection, whatever
	// names are asked for.
	cacheBytes = 8 << 20
)

// Queue is the queue in one Redis. It is safe for concurrent use, by any number
// of processes.
type Queue struct {
	cfg         Config
	client      rueidis.Client
	casts       casts
	news        *news
	definitions published.Definitions
	refused     sync.Map // poll -> the revision that its gate did not know any more

	refusals  atomic.Pointer[Refusals] // watches casts; may be nil
	cookieKey atomic.Pointer[[]byte]   // the first one that CookieKey returned
	evicting  atomic.Bool              // set by a Guard
}

var (
	_ queue.Inbox   = (*Queue)(nil)
	_ queue.Codes   = (*Queue)(nil)
	_ queue.Catalog = (*Queue)(nil)
	_ queue.Meter   = (*Queue)(nil)
)

// Open returns a queue without waiting for Redis: connections are made when
// they are needed, again and again. Only a wrong Config is an error.
func Open(cfg Config) (*Queue, error) {
	cfg.setDefaults()
	if cfg.BatchSize < 1 || cfg.BatchSize > maxBatchSize {
		return nil, fmt.Errorf("redis: the batch size is 1 to %d, not %d", maxBatchSize, cfg.BatchSize)
	}
	option, err := cfg.clientOption()
	if err != nil {
		return nil, err
	}
	news := newNews()
	option.OnInvalidations = func([]rueidis.RedisMessage) { news.tell() } // what was cached is forgotten before
	client, err := lazyClient(option)
	if err != nil {
		return nil, fmt.Errorf("redis: %w", err)
	}
	return &Queue{cfg: cfg, client: client, news: news}, nil
}

// Close ends the connections. Close consumers first.
func (q *Queue) Close() { q.client.Close() }

// Ready reports whether Redis answers.
func (q *Queue) Ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	if err := q.client.Do(ctx, q.client.B().Ping().Build()).Error(); err != nil {
		return unavailable("ping redis", err)
	}
	return nil
}

func (cfg *Config) setDefaults() {
	def(&cfg.Addr, "localhost:6379")
	def(&cfg.DialTimeout, 2*time.Second)
	def(&cfg.CallTimeout, 3*time.Second)
	def(&cfg.BatchSize, 1000)
	def(&cfg.BatchBytes, 4<<20)
	def(&cfg.RenewEvery, 500*time.Millisecond)
	def(&cfg.ClaimAfter, 2500*time.Millisecond)
	def(&cfg.ClaimEvery, 400*time.Millisecond)
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func (cfg *Config) clientOption() (rueidis.ClientOption, error) {
	option := rueidis.ClientOption{InitAddress: []string{cfg.Addr}, Password: cfg.Password}
	if cfg.URL != "" {
		var err error
		if option, err = parseURL(cfg.URL); err != nil {
			return option, err
		}
	}
	option.ForceSingleClient = true
	option.Dialer.Timeout = cfg.DialTimeout
	option.ConnWriteTimeout = cfg.CallTimeout // silent for longer: the connection is closed
	option.RingScaleEachConn = ringScale
	option.CacheSizeEachConn = cacheBytes
	option.AlwaysPipelining = true // obeys a cancelled context, notices a lost connection while idle
	option.AlwaysRESP2 = false     // RESP3 tells us when a cached definition is out of date
	option.PipelineMultiplex = -1  // one connection: the fuller a pipeline, the fewer fsyncs Redis needs
	option.DisableCache = false
	option.DisableRetry = true // the caller knows what is safe to repeat
	return option, nil
}

// parseURL reads a Redis URL. Its errors repeat no part of the URL, which may
// hold a password: of redis://:hunt/er2@host, "hunt" would be taken for a port.
func parseURL(s string) (rueidis.ClientOption, error) {
	option, err := rueidis.ParseURL(s)
	var wrong *url.Error
	if errors.As(err, &wrong) {
		return option, errors.New("redis: the URL can't be read: it should be as in redis://user:password@host:6379/0, " +
			"and what is special in a password be written as in %2F for a slash")
	}
	if err != nil {
		return option, err
	}
	if option.Sentinel.MasterSet != "" || len(option.InitAddress) != 1 {
		return option, errors.New("redis: the URL must name one server")
	}
	return option, nil
}

// lazyClient makes a client that has not connected yet. rueidis dials as it is
// made and waits for that; with ForceSingleClient it returns a client that
// works even when this fails, so that first dial fails here, at once.
func lazyClient(option rueidis.ClientOption) (rueidis.Client, error) {
	dial := option.DialCtxFn
	if dial == nil {
		dial = dialTCP
	}
	errNotYet := errors.New("not yet")
	var made atomic.Bool
	option.DialCtxFn = func(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
		if !made.Load() {
			return nil, errNotYet
		}
		return dial(ctx, addr, d, t)
	}
	client, err := rueidis.NewClient(option)
	made.Store(true)
	if client == nil || (err != nil && !errors.Is(err, errNotYet)) {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return client, nil
}

func dialTCP(ctx context.Context, addr string, d *net.Dialer, t *tls.Config) (net.Conn, error) {
	if t != nil {
		return (&tls.Dialer{NetDialer: d, Config: t}).DialContext(ctx, "tcp", addr)
	}
	return d.DialContext(ctx, "tcp", addr)
}

// run executes a script within CallTimeout. Its answer is nil for Redis' nil;
// its error wraps ErrUnavailable and names the step.
func (q *Queue) run(ctx context.Context, step string, s *rueidis.Lua, keys, args []string) (*rueidis.RedisMessage, error) {
	ctx, cancel := context.WithTimeout(ctx, q.cfg.CallTimeout)
	defer cancel()
	answer, err := s.Exec(ctx, q.client, keys, args).ToMessage()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	if err != nil {
		return nil, unavailable(step, err)
	}
	return &answer, nil
}

func unavailable(step string, err error) error {
	return fmt.Errorf("%s: %w: %w", step, queue.ErrUnavailable, err)
}
