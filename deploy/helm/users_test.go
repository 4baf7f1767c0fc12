package helm

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
)

// checkUsers makes sure that whoever breaks into one service is nobody else to
// the bundled servers: each signs in as itself, with the password that the
// server knows as its, and no password is that of two.
func checkUsers(r *release) error {
	for _, server := range r.bundled() {
		kind, prefix, clients := "redis", "", []string{"poll", "worker"}
		if server == "db" {
			kind, prefix, clients = "postgres", "popeye_", []string{"worker", "result"}
		}
		seen := map[string]bool{sourceOf(workloadOf(r, server), kind+"_password"): true}
		for _, client := range clients {
			w := workloadOf(r, client)
			if got := variable(w, strings.ToUpper(kind)+"_USER"); got != prefix+client {
				return fmt.Errorf("%s is %q to %s", client, got, server)
			}
			got := sourceOf(w, kind+"_password")
			if want := sourceOf(workloadOf(r, server), kind+"_"+client+"_password"); got == "" || got != want {
				return fmt.Errorf("%s has %s, and %s knows it by %s", client, got, server, want)
			}
			if seen[got] {
				return fmt.Errorf("%s knows %s twice", server, got)
			}
			seen[got] = true
		}
	}
	return nil
}

// sourceOf returns the Secret and the key that a file holds, as in secret/key.
func sourceOf(w workload, file string) string {
	for _, v := range w.pod.Spec.Volumes {
		if v.Projected == nil {
			continue
		}
		for _, source := range v.Projected.Sources {
			for _, item := range source.Secret.Items {
				if item.Path == file {
					return source.Secret.Name + "/" + item.Key
				}
			}
		}
	}
	return ""
}

// Redis reads its users at its start: other rights start it again, and nothing
// else of a new chart does. PostgreSQL's script is asked for by hand.
func TestOtherRightsRestartRedis(t *testing.T) {
	for _, tt := range []struct {
		changed, service string
		want             bool
	}{
		{"files/redis-users.conf", "redis", true},
		{"files/redis-start.sh", "redis", true},
		{"files/db-users.psql", "redis", false},
		{alerts, "redis", false},
		{"files/db-users.psql", "db", false},
	} {
		was := workloadOf(mustRender(t, nil, options{}), tt.service).pod
		is := workloadOf(mustRender(t, nil, options{without: tt.changed}), tt.service).pod
		if got := !reflect.DeepEqual(was, is); got != tt.want {
			t.Errorf("with another %s, %s starts again: %v, want %v", tt.changed, tt.service, got, tt.want)
		}
	}
}

// Whole URLs are each program's own where they have keys of their own, and of
// both where they have not.
func TestEachProgramHasItsURL(t *testing.T) {
	outside := parse(t, `
redis: {bundled: {enabled: false}, external: {url: {existingSecret: s}, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}
db: {bundled: {enabled: false}, external: {url: {existingSecret: s}, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}
`)
	one, own := mustRender(t, outside, options{}), mustRender(t, sets(t)["urls"], options{})
	for _, tt := range []struct{ service, file, one, own string }{
		{"poll", "redis_url", "s/redis_url", "popeye-urls/redis_poll_url"},
		{"worker", "redis_url", "s/redis_url", "popeye-urls/redis_worker_url"},
		{"worker", "database_url", "s/database_url", "popeye-urls/database_worker_url"},
		{"result", "database_url", "s/database_url", "popeye-urls/database_result_url"},
	} {
		if got := sourceOf(workloadOf(one, tt.service), tt.file); got != tt.one {
			t.Errorf("without users %s of %s is %s, want %s", tt.file, tt.service, got, tt.one)
		}
		if got := sourceOf(workloadOf(own, tt.service), tt.file); got != tt.own {
			t.Errorf("%s of %s is %s, want %s", tt.file, tt.service, got, tt.own)
		}
	}
}

// A Secret of one's own that lacks a password is found before anything stops.
func TestSecretWithoutAPasswordIsRefused(t *testing.T) {
	mine := &corev1.Secret{Data: map[string][]byte{"redis_password": []byte("kept"), "redis_worker_password": []byte("w")}}
	mine.Name, mine.Namespace = "mine", namespace
	values := "redis: {password: {existingSecret: mine}}"
	there := func() options {
		return options{upgrade: true, cluster: cluster{fake.NewSimpleDynamicClient(scheme.Scheme, mine.DeepCopy())}}
	}
	_, err := render(parse(t, values), there())
	if err == nil || !strings.Contains(err.Error(), "the Secret mine has no key redis_poll_password") {
		t.Errorf("an upgrade that would end Redis says %v", err)
	}
	mine.Data["redis_poll_password"] = []byte("p")
	for name, o := range map[string]options{"whole": there(), "not to be seen": {upgrade: true}} {
		if _, err := render(parse(t, values), o); err != nil {
			t.Errorf("a Secret that is %s is refused: %v", name, err)
		}
	}
}

// The notes of an upgrade, and no others, say how an older database is handed
// over.
func TestNotesOfAnUpgrade(t *testing.T) {
	const bringUsers = "exec statefulset/club-popeye-db -- sh /docker-entrypoint-initdb.d/2-users.sh"
	for _, tt := range []struct {
		set     string
		upgrade bool
		want    bool
	}{
		{"default", true, true},
		{"default", false, false},
		{"external", true, false},
	} {
		notes := mustRender(t, sets(t)[tt.set], options{upgrade: tt.upgrade}).files["popeye/templates/NOTES.txt"]
		if got := strings.Contains(notes, bringUsers); got != tt.want {
			t.Errorf("%s, upgrade %v: they say it: %v\n%s", tt.set, tt.upgrade, got, notes)
		}
	}
}
