package config

import (
	"fmt"
	"net"
	"net/url"
	"strconv"

	"popeye/internal/i18n"
	"popeye/vote"
	"popeye/vote/definition"
)

// Log is how a service writes its log.
type Log struct {
	Format string `long:"log-format" var:"LOG_FORMAT" enum:"text,json" default:"text" description:"Format of the log: text or json."`
	Level  string `long:"log-level" var:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info" description:"Least severe level to log: debug, info, warn or error."`
}

// Redis says where the queue is.
type Redis struct {
	URL      string `long:"redis-url" var:"REDIS_URL" secret:"" value-name:"URL" description:"Where Redis is, as one URL; wins over the parts below."`
	Host     string `long:"redis-host" var:"REDIS_HOST" default:"localhost" description:"Host of Redis."`
	Port     uint16 `long:"redis-port" var:"REDIS_PORT" default:"6379" description:"Port of Redis."`
	User     string `long:"redis-user" var:"REDIS_USER" description:"User of Redis; its default user if empty."`
	Password string `long:"redis-password" var:"REDIS_PASSWORD" secret:"" value-name:"SECRET" description:"Password of that user; better given by the variable or its file than here, where other users can see it."`
}

// Address returns one URL from whatever was given.
func (r Redis) Address() string {
	if r.URL != "" {
		return r.URL
	}
	u := url.URL{Scheme: "redis", Host: join(r.Host, r.Port), Path: "/0"}
	if r.User != "" || r.Password != "" {
		u.User = url.UserPassword(r.User, r.Password)
	}
	return u.String()
}

// localhost is where a server is looked for if nobody says where it is.
const localhost = "localhost"

// Given reports whether anybody said where Redis is.
func (r Redis) Given(getenv func(string) string) bool {
	return r.URL != "" || r.Host != localhost || getenv("REDIS_HOST") != ""
}

// Postgres says where the store is.
type Postgres struct {
	URL      string `long:"database-url" var:"DATABASE_URL" secret:"" value-name:"URL" description:"Where PostgreSQL is, as one URL; wins over the parts below."`
	Host     string `long:"postgres-host" var:"POSTGRES_HOST" default:"localhost" description:"Host of PostgreSQL."`
	Port     uint16 `long:"postgres-port" var:"POSTGRES_PORT" default:"5432" description:"Port of PostgreSQL."`
	DB       string `long:"postgres-db" var:"POSTGRES_DB" default:"postgres" description:"Name of the database."`
	User     string `long:"postgres-user" var:"POSTGRES_USER" default:"postgres" description:"User of the database."`
	Password string `long:"postgres-password" var:"POSTGRES_PASSWORD" secret:"" value-name:"SECRET" description:"Password of that user; better given by the variable or its file than here, where other users can see it."`
}

// Address returns one URL from whatever was given.
func (p Postgres) Address() string {
	if p.URL != "" {
		return p.URL
	}
	u := url.URL{Scheme: "postgres", Host: join(p.Host, p.Port), Path: "/" + p.DB, User: url.User(p.User)}
	if p.Password != "" {
		u.User = url.UserPassword(p.User, p.Password)
	}
	return u.String()
}

// Given reports whether anybody said where PostgreSQL is.
func (p Postgres) Given(getenv func(string) string) bool {
	return p.URL != "" || p.Host != localhost || getenv("POSTGRES_HOST") != ""
}

// Traces says where the spans of traces go. OpenTelemetry's SDK reads further
// standard variables by itself.
type Traces struct {
	Endpoint string `long:"otlp-endpoint" var:"OTEL_EXPORTER_OTLP_ENDPOINT" value-name:"URL" description:"Collector that takes traces, by OTLP over HTTP, as in http://collector:4318; no traces if empty. How many votes are traced say OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG: all, unless they are set (parentbased_always_on)."`
	Headers  string `long:"otlp-headers" var:"OTEL_EXPORTER_OTLP_HEADERS" secret:"" value-name:"LIST" description:"Headers for the collector, as in name=value,name=value; the values percent-encoded."`
}

// DefaultPoll is the poll that exists without an organiser.
type DefaultPoll struct {
	Question string   `long:"question" var:"QUESTION" default:"What's your favorite DevOps tool?" description:"Question of the default poll."`
	Options  []string `long:"option" var:"OPTION_A..Z" value-name:"LABEL" description:"Options of the default poll, in order: repeat the flag, or set OPTION_A, OPTION_B and so on. Default: Ansible, Chef, Puppet, SaltStack."`
}

// Asked reports whether anybody asked for a poll of their own.
func (d DefaultPoll) Asked(getenv func(string) string) bool {
	return d.Question != classicQuestion || len(d.Options) > 0 || getenv("QUESTION") != ""
}

// Poll returns the default poll, or what is wrong with it.
func (d DefaultPoll) Poll() (vote.Poll, error) {
	options := d.Options
	if len(options) == 0 {
		options = classicOptions
	}
	for i, label := range options {
		if label == "" {
			return vote.Poll{}, fmt.Errorf("%w: the default poll's options have a hole: set OPTION_%c too", vote.ErrInvalid, 'A'+i)
		}
	}
	p, err := definition.Default(d.Question, options)
	if err != nil {
		return p, fmt.Errorf("%w: the default poll (QUESTION, OPTION_A, OPTION_B ...): %s", vote.ErrInvalid, i18n.English.Error(err))
	}
	return p, nil
}

// classicQuestion is the default of --question.
const classicQuestion = "What's your favorite DevOps tool?"

// classicOptions are those of the exercise that Popeye grew out of.
var classicOptions = []string{"Ansible", "Chef", "Puppet", "SaltStack"}

// DefaultMetrics is the default of Metrics.Addr: nobody but this machine.
const DefaultMetrics = "127.0.0.1:9090"

// Metrics is where a program is watched.
type Metrics struct {
	Addr  string `long:"metrics-addr" var:"METRICS_ADDR" default:"127.0.0.1:9090" description:"Where metrics and health are served: this machine only by default, :9090 for a private network, never public; empty or off for nowhere, and then there is no health check."`
	PProf bool   `long:"pprof" var:"PPROF" description:"Serve Go's profiles there too, under /debug/pprof/."`
}

const nowhere = "off"

// Nowhere reports whether an address says that nothing is to be served.
func Nowhere(addr string) bool { return addr == "" || addr == nowhere }

// Limits bounds the open connections of a public site.
type Limits struct {
	PerAddress int    `long:"max-conns-per-address" var:"MAX_CONNS_PER_ADDRESS" default:"4096" description:"Most open connections from one address, or from one IPv6 /64: a school or a carrier may be one. 0 for no limit: behind a proxy, which is one address for all."`
	Total      int    `long:"max-conns" var:"MAX_CONNS" default:"20000" description:"Most open connections in all; 0 for no limit."`
	Proxies    string `long:"trusted-proxies" var:"TRUSTED_PROXIES" value-name:"LIST" description:"Addresses and networks of proxies in front, as in 10.0.0.0/8,2001:db8::1: what they say in X-Forwarded-For counts, and no limit by address is for them. Nobody is believed if empty."`
}

// Development is for those who work on Popeye.
type Development struct {
	Dev bool `long:"dev" var:"DEV" description:"For work on Popeye itself: show the style guide at /styleguide of the result page."`
}

// PollURL and ResultURL are how people reach the two sides.
type PollURL struct {
	URL string `long:"public-poll-url" var:"PUBLIC_POLL_URL" value-name:"URL" description:"How people reach the voting page, for links and QR codes; derived from the request if empty."`
}

// ResultURL is described with PollURL.
type ResultURL struct {
	URL string `long:"public-result-url" var:"PUBLIC_RESULT_URL" value-name:"URL" description:"How people reach the result page; derived from the request if empty."`
}

func join(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
