//go:build engine

package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// replicated are the services of which several run, and how many.
var replicated = map[string]int{"poll": 3, "worker": 2, "result": 2}

// Several replicas behind the proxy: they share the work, and may crash or be
// replaced while people vote.
func TestScale(t *testing.T) {
	if err := version("one", scaled.project+"-%s"); err != nil {
		t.Fatal(err)
	}
	start(t, scaled)
	try(t, "the tiers hold, for the proxy too", func() error { return tiersHold(scaled) })
	try(t, "convicts a proxy within a tier", func() error { return proxyWithinIsNoticed(scaled) })
	seen, err := newVoters(scaled, "seen", 1)
	if err != nil {
		t.Fatal(err)
	}
	try(t, "a vote is seen, by websocket", func() error { return voteIsSeen(scaled, seen[0]) })
	try(t, "and by long polling", func() error { return longPolling(scaled, `{"a":0,"b":1,"c":0,"d":0}`) })
	try(t, "convicts replicas that do nothing", func() error { return want(allTakePart(scaled), "nothing to do") })

	witnesses, err := newStream(scaled, "witness")
	if err != nil {
		t.Fatal(err)
	}
	try(t, "all replicas take part", func() error { return eventually(func() error { return allTakePart(scaled) }) })
	try(t, "one replica of each crashes", func() error {
		return errors.Join(oneOfEachCrashes(scaled), witnesses.end(scaled, longestAfterCrash))
	})
	votes, err := newStream(scaled, "steady")
	if err != nil {
		t.Fatal(err)
	}
	try(t, "all replicas are replaced", func() error { return allAreReplaced(scaled) })
	try(t, "an image that does not start replaces nothing", func() error { return badImageIsRefused(scaled) })
	try(t, "nobody is refused", func() error { return votes.end(scaled, longestRefusal) })
	try(t, "nothing is lost", func() error {
		return errors.Join(ballotsAre(scaled, slices.Concat(seen, witnesses.voters, votes.voters)), accountBalances(scaled))
	})
	try(t, "convicts an account that is wrong", func() error { return accountIsWrong(scaled) })
	try(t, "convicts a gap", func() error { return gapIsNoticed(scaled) })
}

// proxyWithinIsNoticed puts the proxy where only stations belong, and takes it out.
func proxyWithinIsNoticed(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	proxy, err1 := now.service("proxy")
	db, err2 := now.service("db")
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	tier := s.project + "_result-tier"
	if _, err := docker("network", "connect", tier, proxy.ID); err != nil {
		return err
	}
	found := reaches(proxy, db, false)
	_, err = docker("network", "disconnect", tier, proxy.ID)
	return errors.Join(err, want(found, "from proxy, the name db resolves: true"))
}

// longPolling follows the count as a page does that no websocket reaches: all
// requests of a session have to reach the same replica.
func longPolling(s stack, want string) error {
	site, err := s.site("result")
	if err != nil {
		return err
	}
	for range 4 { // with two replicas, luck would be seen through
		if err := onePolls(site+"/socket.io/?EIO=4&transport=polling", want); err != nil {
			return err
		}
	}
	return nil
}

func onePolls(url, want string) error {
	hello, err := ask(http.MethodGet, url, "")
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(hello, `"sid":"`)
	sid, _, _ := strings.Cut(rest, `"`)
	if _, err := ask(http.MethodPost, url+"&sid="+sid, "40"); err != nil {
		return err
	}
	want = strconv.Quote(want)
	return eventually(func() error {
		packets, err := ask(http.MethodGet, url+"&sid="+sid, "")
		if err == nil && !strings.Contains(packets, `["scores",`+want+`]`) {
			err = fmt.Errorf("a long poll brings %s, want scores %s", packets, want)
		}
		return err
	})
}

func ask(method, url, body string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return "", err
	}
	resp, err := lanes.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s %s answers %s: %s", method, url, resp.Status, text)
	}
	return string(text), err
}

// allTakePart connects viewers, and asks each replica what it has done.
func allTakePart(s stack) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	for range 2 * replicated["result"] {
		viewer, err := join(ctx, s)
		if err != nil {
			return err
		}
		defer viewer.CloseNow()
	}
	now, err := s.inspect()
	if err != nil {
		return err
	}
	var asks []func() error
	for service, work := range map[string]string{
		"poll": "popeye_poll_votes_total", "worker": "popeye_worker_votes_total", "result": "popeye_result_viewers",
	} {
		found := now.replicas(service)
		if len(found) != replicated[service] {
			err = errors.Join(err, fmt.Errorf("%s has %d replicas, want %d", service, len(found), replicated[service]))
		}
		for _, c := range found {
			asks = append(asks, func() error {
				if metric(c, work) == 0 {
					return fmt.Errorf("one of %s has nothing to do", service)
				}
				return nil
			})
		}
	}
	return errors.Join(err, together(asks...))
}

// metric sums up a metric of a replica over its labels.
func metric(c container, name string) (sum float64) {
	for _, line := range strings.Split(beside(c, redisImage, "wget -qO- http://127.0.0.1:9090/metrics"), "\n") {
		if i := strings.LastIndexByte(line, ' '); strings.HasPrefix(line, name) && i > 0 {
			n, _ := strconv.ParseFloat(line[i+1:], 64) // what is no number adds nothing
			sum += n
		}
	}
	return sum
}

func oneOfEachCrashes(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	var crashing []func() error
	for service := range replicated {
		crashing = append(crashing, func() error { return crashOf(s, now.replicas(service)[0]) })
	}
	return together(crashing...)
}

// together does these at once.
func together(all ...func() error) error {
	errs := make(chan error, len(all))
	for _, do := range all {
		go func() { errs <- do() }()
	}
	var err error
	for range all {
		err = errors.Join(err, <-errs)
	}
	return err
}

// allAreReplaced makes another version of the images, and lets the operators'
// script put it in place.
func allAreReplaced(s stack) error {
	before, err := s.inspect()
	if err != nil {
		return err
	}
	if err := version("two", s.project+"-%s"); err != nil {
		return err
	}
	began := time.Now()
	if out, err := roll(s, "worker", "poll", "result"); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	progress("%s: all replicas were replaced within %.0f s", s.project, time.Since(began).Seconds())
	after, err := s.inspect()
	if err != nil {
		return err
	}
	return errors.Join(replaced(before, after, "two"), want(replaced(after, after, "two"), "is the old one"))
}

// roll runs the operators' script on these services.
func roll(s stack, services ...string) (string, error) {
	files := slices.Clone(s.files)
	for i := range files {
		files[i] = filepath.Join(root, files[i])
	}
	cmd := exec.Command("sh", append([]string{filepath.Join(root, "deploy/rolling.sh")}, services...)...)
	cmd.Env = append(s.environment(), "COMPOSE="+strings.Join(compose, " "), "COMPOSE_PROJECT_NAME="+s.project,
		"COMPOSE_FILE="+strings.Join(files, ":"), "COMPOSE_DISABLE_ENV_FILE=1", "ROLLING_PATIENCE=30")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// replaced compares the replicas: as many as ever, other ones, and of the version.
func replaced(before, after state, version string) error {
	var err error
	for service, n := range replicated {
		now := after.replicas(service)
		if len(now) != n {
			err = errors.Join(err, fmt.Errorf("%s has %d replicas, want %d", service, len(now), n))
		}
		for _, c := range now {
			if slices.ContainsFunc(before.replicas(service), func(old container) bool { return old.ID == c.ID }) {
				err = errors.Join(err, fmt.Errorf("a replica of %s is the old one", service))
			}
			if got := c.Config.Labels["org.opencontainers.image.version"]; got != version {
				err = errors.Join(err, fmt.Errorf("a replica of %s is of version %s, want %s", service, got, version))
			}
		}
	}
	return err
}

// badImageIsRefused gives poll an image that ends at once: all replicas have to
// stay as they are, and the operator has to be told.
func badImageIsRefused(s stack) error {
	before, err := s.inspect()
	if err != nil {
		return err
	}
	if err := badImage(s.project + "-poll"); err != nil {
		return err
	}
	out, failed := roll(s, "poll")
	after, err := s.inspect()
	if err != nil {
		return err
	}
	for _, c := range before.replicas("poll") {
		if !slices.ContainsFunc(after.replicas("poll"), func(now container) bool { return now.ID == c.ID }) {
			err = errors.Join(err, errors.New("a replica of poll is gone"))
		}
	}
	if failed == nil {
		err = errors.Join(err, errors.New("the script ends as if all were well"))
	}
	return errors.Join(err, want(errors.New(out), "poll: the new replica does not get ready"))
}

// version makes a version of all images of which replicas run, under such names.
func version(label, names string) error {
	for service := range replicated {
		image := "FROM " + popeye.project + "-" + service + "\nLABEL org.opencontainers.image.version=" + label + "\n"
		if err := derive(fmt.Sprintf(names, service), image); err != nil {
			return err
		}
	}
	return nil
}

// badImage makes an image of poll that ends as soon as it starts.
func badImage(tag string) error {
	return derive(tag, "FROM "+popeye.project+"-poll\nCMD [\"--no-such-flag\"]\n")
}

// derive makes an image of one that is here. Compose has noted its project in that
// one, which what runs from the new one would take for its own.
func derive(tag, dockerfile string) error {
	cmd := exec.Command("docker", "build", "--tag", tag, "-")
	cmd.Stdin = strings.NewReader(dockerfile + "LABEL com.docker.compose.project=\n")
	cmd.Env = append(environment(), "DOCKER_BUILDKIT=0") // the classic builder needs no buildx
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make %s: %w: %s", tag, err, out)
	}
	return nil
}

// gapIsNoticed cuts the proxy off from poll, and once it refuses a voter lets it
// do so for too long.
func gapIsNoticed(s stack) error {
	now, err := s.inspect()
	if err != nil {
		return err
	}
	proxy, err := now.service("proxy")
	if err != nil {
		return err
	}
	voters, err := newVoters(s, "refused", 1)
	if err != nil {
		return err
	}
	votes := &stream{newCrowd(voters, 100*time.Millisecond), voters, time.Now()}
	_, err = docker("network", "disconnect", s.project+"_poll-front", proxy.ID)
	err1 := eventually(func() error {
		if voters[0].refusals.Load() == 0 {
			return errors.New("without poll votes go on")
		}
		return nil
	})
	<-time.After(2 * longestRefusal)
	_, err2 := docker("network", "connect", s.project+"_poll-front", proxy.ID)
	return errors.Join(err, err1, err2, want(votes.end(s, longestRefusal), "a voter was refused for"))
}
