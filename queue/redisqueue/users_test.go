package redisqueue

import (
	"context"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"popeye/internal/testenv"
)

// Whoever breaks poll holds the rights of its user: to push votes, not to read or
// change those that wait. The worker's user can't make a voter's cookie. That each
// has what it needs shows TestContract.
func TestUsersHaveNoMoreThanTheyNeed(t *testing.T) {
	server := testenv.StartRedis(t)
	admin := newAdmin(t, server.URL())
	publish(t, open(t, Config{URL: server.URLOf("worker")}), 1)
	poll := open(t, Config{URL: server.URLOf("poll")})
	if _, err := poll.CookieKey(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := poll.Cast(t.Context(), ballot("ann")); err != nil {
		t.Fatal(err)
	}
	before := strings.Join(dump(t, admin), "\n")

	for user, commands := range map[string][]string{
		"poll": {
			"LRANGE votes 0 -1", "LPOP votes", "BLMOVE votes votes LEFT LEFT 1", "LTRIM votes 1 0", "DEL votes", "SET votes x",
			"RENAME votes mine", "COPY votes popeye:once:x", "SORT votes BY nosort", "DUMP votes",
			"XRANGE popeye:batches - +", "XADD popeye:batches * after 0", "SET popeye:position 9", "SET popeye:fence x",
			"HSET popeye:gate default open", "HDEL popeye:polls default", "SET popeye:revision 9", "GET other", "SET other x",
			"KEYS *", "SCAN 0", "FLUSHALL", "CONFIG SET appendonly no", "ACL LIST", "MONITOR", "SHUTDOWN NOSAVE",
			"CLIENT LIST", "CLIENT KILL TYPE normal", "FUNCTION LIST", "SCRIPT FLUSH", "REPLICAOF 127.0.0.1 1",
		},
		"worker": {
			"GET popeye:cookie-key", "SET popeye:cookie-key x", "GET popeye:once:x", "GET other", "SET other x",
			"KEYS *", "FLUSHALL", "CONFIG SET appendonly no", "ACL LIST", "MONITOR", "SHUTDOWN NOSAVE",
			"CLIENT KILL TYPE normal", "SCRIPT FLUSH", "REPLICAOF 127.0.0.1 1",
		},
	} {
		t.Logf("MEASURED %s tries %d commands, each by itself and in a script", user, len(commands))
		client := as(t, server, user)
		for _, command := range commands {
			words := strings.Fields(command)
			err := client.Do(t.Context(), client.B().Arbitrary(words...).Build()).Error()
			if err == nil || !strings.HasPrefix(err.Error(), "NOPERM") {
				t.Errorf("%s may %s: %v", user, command, err)
			}
			script := "return redis.call(unpack(ARGV))"
			err = client.Do(t.Context(), client.B().Eval().Script(script).Numkeys(0).Arg(words...).Build()).Error()
			if err == nil {
				t.Errorf("%s may %s in a script", user, command)
			}
		}
	}
	if after := strings.Join(dump(t, admin), "\n"); after != before {
		t.Errorf("there was\n%s\nand there is\n%s", before, after)
	}
}

// as is a client with a user's rights.
func as(t *testing.T, server *testenv.Redis, user string) rueidis.Client {
	t.Helper()
	option, err := rueidis.ParseURL(server.URLOf(user))
	if err != nil {
		t.Fatal(err)
	}
	option.ForceSingleClient, option.DisableCache = true, true
	client, err := rueidis.NewClient(option)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// dump is all that Redis holds, in a form to compare.
func dump(t *testing.T, a admin) (all []string) {
	t.Helper()
	ctx := context.Background()
	keys, err := a.Do(ctx, a.B().Keys().Pattern("*").Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range keys {
		value, err := a.Do(ctx, a.B().Dump().Key(key).Build()).ToString()
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, key+" "+value)
	}
	return all
}
