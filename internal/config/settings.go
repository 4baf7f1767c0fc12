package config

import (
	"fmt"
	"net"
	"net/url"
	"strconv"

	"popeye/vote"
)

// Log is how a service writes its log.
type Log struct {
	Format string `name:"log-format" var:"LOG_FORMAT" enum:"text,json" default:"text" help:"Format of the log: text or json."`
	Level  string `name:"log-level" var:"LOG_LEVEL" enum:"debug,info,warn,error" default:"info" help:"Least severe level to log: debug, info, warn or error."`
}

// Redis says where the queue is.
type Redis struct {
	URL      string `name:"redis-url" var:"REDIS_URL" secret:"" placeholder:"URL" help:"Where Redis is, as one URL; wins over the parts below."`
	Host     string `name:"redis-host" var:"REDIS_HOST" default:"localhost" help:"Host of Redis."`
	Port     uint16 `name:"redis-port" var:"REDIS_PORT" default:"6379" help:"Port of Redis."`
	Password string `name:"redis-password" var:"REDIS_PASSWORD" secret:"" placeholder:"SECRET" help:"Password of Redis; better given by the variable or its file than here, where other users can see it."`
}

// Address returns one URL from whatever was given.
func (r Redis) Address() string {
	if r.URL != "" {
		return r.URL
	}
	u := url.URL{Scheme: "redis", Host: join(r.Host, r.Port), Path: "/0"}
	if r.Password != "" {
		u.User = url.UserPassword("", r.Password)
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
	URL      string `name:"database-url" var:"DATABASE_URL" secret:"" placeholder:"URL" help:"Where PostgreSQL is, as one URL; wins over the parts below."`
	Host     string `name:"postgres-host" var:"POSTGRES_HOST" default:"localhost" help:"Host of PostgreSQL."`
	Port     uint16 `name:"postgres-port" var:"POSTGRES_PORT" default:"5432" help:"Port of PostgreSQL."`
	DB       string `name:"postgres-db" var:"POSTGRES_DB" default:"postgres" help:"Name of the database."`
	User     string `name:"postgres-user" var:"POSTGRES_USER" default:"postgres" help:"User of the database."`
	Password string `name:"postgres-password" var:"POSTGRES_PASSWORD" secret:"" placeholder:"SECRET" help:"Password of that user; better given by the variable or its file than here, where other users can see it."`
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

// DefaultPoll is the poll that exists without an organiser.
type DefaultPoll struct {
	Question string   `name:"question" var:"QUESTION" default:"What's your favorite DevOps tool?" help:"Question of the default poll."`
	Options  []string `name:"option" var:"OPTION_A..Z" sep:"none" placeholder:"LABEL" help:"Options of the default poll, in order: repeat the flag, or set OPTION_A, OPTION_B and so on. Default: Ansible, Chef, Puppet, SaltStack."`
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
	p, err := vote.Default(d.Question, options)
	if err != nil {
		return p, fmt.Errorf("the default poll (QUESTION, OPTION_A, OPTION_B ...): %w", err)
	}
	return p, nil
}

// classicOptions are those of the exercise that Popeye grew out of.
var classicOptions = []string{"Ansible", "Chef", "Puppet", "SaltStack"}

// Metrics is where a service is watched.
type Metrics struct {
	Addr string `name:"metrics-addr" var:"METRICS_ADDR" default:":9090" help:"Where metrics, health and profiles are served; never public."`
}

// Limits bounds the open connections of a public site.
type Limits struct {
	PerAddress int `name:"max-conns-per-address" var:"MAX_CONNS_PER_ADDRESS" default:"4096" help:"Most open connections from one address, or from one IPv6 /64: a school or a carrier may be one. 0 for no limit: behind a proxy, which is one address for all."`
	Total      int `name:"max-conns" var:"MAX_CONNS" default:"20000" help:"Most open connections in all; 0 for no limit."`
}

// PollURL and ResultURL are how people reach the two sides.
type PollURL struct {
	URL string `name:"public-poll-url" var:"PUBLIC_POLL_URL" placeholder:"URL" help:"How people reach the voting page, for links and QR codes; derived from the request if empty."`
}

// ResultURL is described with PollURL.
type ResultURL struct {
	URL string `name:"public-result-url" var:"PUBLIC_RESULT_URL" placeholder:"URL" help:"How people reach the result page; derived from the request if empty."`
}

func join(host string, port uint16) string {
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}
