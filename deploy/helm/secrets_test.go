package helm

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	helmrelease "helm.sh/helm/v3/pkg/release"
	"helm.sh/helm/v3/pkg/releaseutil"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/fake"
	"k8s.io/client-go/kubernetes/scheme"
)

// mayHold are the secrets that each service may have. What poll does not have
// it can't give away.
var mayHold = map[string][]string{
	"poll":   {"redis_password", "redis_url", "cookie_key"},
	"redis":  {"redis_password", "redis_poll_password", "redis_worker_password"},
	"worker": {"redis_password", "redis_url", "postgres_password", "database_url"},
	"db":     {"postgres_password", "postgres_worker_password", "postgres_result_password"},
	"result": {"postgres_password", "database_url", "admin_token"},
}

// mayUse are the keys of the Secret that the chart makes that each may have: its
// own passwords, under whatever name.
var mayUse = map[string][]string{
	"poll":   {"redis_poll_password"},
	"redis":  mayHold["redis"],
	"worker": {"redis_worker_password", "postgres_worker_password"},
	"db":     mayHold["db"],
	"result": {"postgres_result_password", "admin_token"},
}

// isConfig reports whether a volume is what the chart itself lays beside a server,
// how it starts and which users it has.
func isConfig(r *release, w workload, v corev1.Volume) bool {
	return v.ConfigMap != nil && (w.service == "redis" || w.service == "db") && slices.ContainsFunc(all[*corev1.ConfigMap](r), func(c *corev1.ConfigMap) bool {
		return c.Name == v.ConfigMap.Name
	})
}

// checkSecrets makes sure that secrets are files, that each service has its own
// only, and that the chart makes those that nobody else does.
func checkSecrets(r *release) error {
	used := map[string]bool{}
	for _, w := range workloads(r) {
		files, err := secretFiles(r, w, used)
		if err != nil {
			return fmt.Errorf("%s %w", w.service, err)
		}
		if err := noSecretInSight(r, w); err != nil {
			return fmt.Errorf("%s %w", w.service, err)
		}
		for _, v := range w.main().Env {
			if !strings.HasSuffix(v.Name, "_FILE") {
				continue
			}
			if path.Dir(v.Value) != "/run/secrets" || path.Base(v.Value) != strings.ToLower(strings.TrimSuffix(v.Name, "_FILE")) {
				return fmt.Errorf("%s reads %s from %s", w.service, v.Name, v.Value)
			}
			if !files[path.Base(v.Value)] {
				return fmt.Errorf("%s reads %s, which is not mounted", w.service, v.Value)
			}
			delete(files, path.Base(v.Value))
		}
		for _, file := range map[string][]string{"redis": mayHold["redis"], "db": mayHold["db"]}[w.service] {
			delete(files, file) // its scripts read it
		}
		if len(files) > 0 {
			return fmt.Errorf("%s has secrets that it does not read: %v", w.service, files)
		}
	}
	for key, value := range made(r) {
		if !used[key] {
			return fmt.Errorf("the secret %s is made, and nobody has it", key)
		}
		if len(value) < 32 {
			return fmt.Errorf("the secret %s has %d letters: somebody may guess it", key, len(value))
		}
	}
	return nil
}

// secretFiles returns the files of a pod that come from Secrets, and notes
// those of the Secret that the chart makes.
func secretFiles(r *release, w workload, used map[string]bool) (map[string]bool, error) {
	files := map[string]bool{}
	for _, v := range w.pod.Spec.Volumes {
		if v.Secret != nil || v.ConfigMap != nil && !isConfig(r, w, v) || v.HostPath != nil {
			return nil, fmt.Errorf("has a volume %s of a kind that it does not need", v.Name)
		}
		if v.Projected == nil {
			continue
		}
		if m := v.Projected.DefaultMode; m == nil || *m != 0o440 {
			return nil, errors.New("lets others read its secrets, or can't itself")
		}
		for _, source := range v.Projected.Sources {
			for _, item := range source.Secret.Items {
				if !slices.Contains(mayHold[w.service], item.Path) {
					return nil, fmt.Errorf("holds %s, which is not its own", item.Path)
				}
				if _, ok := made(r)[item.Key]; strings.HasSuffix(source.Secret.Name, "-secrets") && !ok {
					return nil, fmt.Errorf("wants %s of %s, which has no such key", item.Key, source.Secret.Name)
				} else if ok {
					if !slices.Contains(mayUse[w.service], item.Key) {
						return nil, fmt.Errorf("holds %s, which is not its own", item.Key)
					}
					used[item.Key] = true
				}
				files[item.Path] = true
			}
		}
	}
	return files, nil
}

var secretName = regexp.MustCompile(`(PASSWORD|TOKEN|KEY|_URL)$`)

// noSecretInSight looks for secrets where lists of processes, or whoever may
// read a Deployment, would show them.
func noSecretInSight(r *release, w workload) error {
	c := w.main()
	if len(c.EnvFrom) > 0 {
		return errors.New("has variables from elsewhere")
	}
	shown := append(slices.Clone(c.Command), c.Args...)
	for _, v := range c.Env {
		if v.ValueFrom != nil && v.ValueFrom.SecretKeyRef != nil || secretName.MatchString(v.Name) && !strings.HasPrefix(v.Name, "PUBLIC_") {
			return fmt.Errorf("has the secret %s as a variable", v.Name)
		}
		shown = append(shown, v.Value)
	}
	for key, value := range made(r) {
		if strings.Contains(strings.Join(shown, "\n"), value) {
			return fmt.Errorf("shows %s", key)
		}
	}
	return nil
}

// made returns the secrets that the chart made.
func made(r *release) map[string]string {
	found := map[string]string{}
	for _, s := range all[*corev1.Secret](r) {
		for key, value := range s.Data {
			found[key] = string(value)
		}
	}
	return found
}

// cluster answers the chart's lookups from objects that are there.
type cluster struct{ dynamic.Interface }

func (c cluster) GetClientFor(apiVersion, kind string) (dynamic.NamespaceableResourceInterface, bool, error) {
	group, err := schema.ParseGroupVersion(apiVersion)
	return c.Resource(group.WithResource(strings.ToLower(kind) + "s")), true, err
}

// An upgrade keeps each secret that an install made, adds what is new, and
// makes none that nobody has before.
func TestSecretsAreMadeOnce(t *testing.T) {
	first := mustRender(t, chartutil.Values{"result": map[string]any{"adminToken": map[string]any{"enabled": false}}}, options{})
	if got := slices.Sorted(maps.Keys(made(first))); len(got) != 6 {
		t.Fatalf("it made %v", got)
	}
	secret := all[*corev1.Secret](first)[0]
	secret.Namespace = namespace
	there := cluster{fake.NewSimpleDynamicClient(scheme.Scheme, secret)}
	if _, err := there.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(namespace).
		Get(context.Background(), secret.Name, metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}

	older := secret.DeepCopy() // of a chart whose services had one password for each server
	older.Data = map[string][]byte{"redis_password": []byte("kept"), "postgres_password": []byte("kept"), "admin_token": []byte("kept")}
	handed := made(mustRender(t, nil, options{cluster: cluster{fake.NewSimpleDynamicClient(scheme.Scheme, older)}}))
	if handed["redis_password"] != "kept" || len(handed["redis_poll_password"]) != 48 || len(handed) != 7 {
		t.Errorf("an upgrade from that has %v", slices.Sorted(maps.Keys(handed)))
	}

	upgraded := made(mustRender(t, nil, options{cluster: there}))
	for key, was := range made(first) {
		if upgraded[key] != was {
			t.Errorf("an upgrade changes %s", key)
		}
	}
	if len(upgraded) != 7 || upgraded["admin_token"] == "" {
		t.Errorf("an upgrade has %v", slices.Sorted(maps.Keys(upgraded)))
	}
	secret.Data["admin_token"] = []byte("there")
	if got := made(mustRender(t, nil, options{cluster: cluster{fake.NewSimpleDynamicClient(scheme.Scheme, secret)}})); len(got) > 0 {
		t.Errorf("nothing is missing, and an upgrade makes %v", slices.Sorted(maps.Keys(got)))
	}
	if other := made(mustRender(t, nil, options{})); other["redis_password"] == upgraded["redis_password"] {
		t.Error("every install gets the same password")
	}
	elsewhere := cluster{fake.NewSimpleDynamicClient(scheme.Scheme)}
	if other := made(mustRender(t, nil, options{cluster: elsewhere})); other["redis_password"] == upgraded["redis_password"] {
		t.Error("a password comes from a cluster that does not have it")
	}
}

// What Helm applies again at a rollback, or takes away at an uninstall, is not
// the Secret: the one would bring back a password that was changed since, the
// other would leave a volume that nobody can open.
func TestSecretOutlivesTheRelease(t *testing.T) {
	r := mustRender(t, nil, options{})
	files := maps.Clone(r.files)
	delete(files, "popeye/templates/NOTES.txt")
	hooks, objects, err := releaseutil.SortManifests(files, nil, releaseutil.InstallOrder)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		if o.Head.Kind == "Secret" {
			t.Errorf("%s is an object of the release", o.Name)
		}
	}
	if len(hooks) != 1 || hooks[0].Kind != "Secret" {
		t.Fatalf("there are %d hooks", len(hooks))
	}
	if got := hooks[0].Events; !slices.Equal(got, []helmrelease.HookEvent{helmrelease.HookPreInstall, helmrelease.HookPreUpgrade}) {
		t.Errorf("it is made at %v", got)
	}
	if got := hooks[0].DeletePolicies; !slices.Equal(got, []helmrelease.HookDeletePolicy{helmrelease.HookBeforeHookCreation}) {
		t.Errorf("it is taken away at %v", got)
	}
}

// What the chart writes is what it means: the data of a Secret is base64 once.
func TestSecretIsEncodedOnce(t *testing.T) {
	for key, value := range made(mustRender(t, nil, options{})) {
		if !regexp.MustCompile(`^[a-zA-Z0-9]{48}$`).MatchString(value) {
			t.Errorf("%s is no random text of 48 letters", key)
		}
		if again, err := base64.StdEncoding.DecodeString(value); err == nil && regexp.MustCompile(`^[a-zA-Z0-9]{32,}$`).Match(again) {
			t.Errorf("%s is encoded twice", key)
		}
	}
}

// The bundled servers start, and have their users, as in Compose; the chart holds
// copies, since it can't read what is outside of it.
func TestUsersAreThoseOfCompose(t *testing.T) {
	r := mustRender(t, nil, options{})
	for name, files := range map[string]map[string]string{
		"club-popeye-redis": {"start.sh": "../redis/start.sh", "users.conf": "../redis/users.conf"},
		"club-popeye-db":    {"2-users.sh": "../postgres/2-users.sh", "users.psql": "../postgres/users.psql"},
	} {
		i := slices.IndexFunc(all[*corev1.ConfigMap](r), func(c *corev1.ConfigMap) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("there is no ConfigMap %s", name)
		}
		data := all[*corev1.ConfigMap](r)[i].Data
		if len(data) != len(files) {
			t.Errorf("%s has %v", name, slices.Sorted(maps.Keys(data)))
		}
		for key, file := range files {
			if data[key] != readFile(t, file) {
				t.Errorf("%s of %s is not %s", key, name, file)
			}
		}
	}
	db := workloadOf(r, "db").pod.Spec.Volumes
	i := slices.IndexFunc(db, func(v corev1.Volume) bool { return v.ConfigMap != nil })
	if mode := db[i].ConfigMap.DefaultMode; mode == nil || *mode != 0o555 {
		t.Error("the image can't run the script that makes its users")
	}
}

// Each service is a user of its own; of servers outside only if they are named.
func TestEachServiceIsAUserOfItsOwn(t *testing.T) {
	outside := `
redis: {bundled: {enabled: false}, external: {host: r, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}, password: {existingSecret: x}}
db: {bundled: {enabled: false}, external: {host: d, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}, user: both, password: {existingSecret: x}}
`
	for name, c := range map[string]struct {
		values string
		users  map[string]string // service and variable
		keys   map[string]string // service and file
	}{
		"bundled": {
			"",
			map[string]string{
				"poll REDIS_USER": "poll", "worker REDIS_USER": "worker", "worker POSTGRES_USER": "popeye_worker", "result POSTGRES_USER": "popeye_result",
			},
			map[string]string{
				"poll redis_password": "redis_poll_password", "worker redis_password": "redis_worker_password",
				"worker postgres_password": "postgres_worker_password", "result postgres_password": "postgres_result_password",
			},
		},
		"outside": {
			outside,
			map[string]string{"poll REDIS_USER": "", "worker REDIS_USER": "", "worker POSTGRES_USER": "both", "result POSTGRES_USER": "both"},
			map[string]string{
				"poll redis_password": "redis_password", "worker redis_password": "redis_password",
				"worker postgres_password": "postgres_password", "result postgres_password": "postgres_password",
			},
		},
		"outside, named": {
			strings.Replace(strings.Replace(outside, "redis: {", "redis: {users: {poll: {name: p}, worker: {name: w, key: wk}}, ", 1), "db: {", "db: {users: {worker: {name: dw}, result: {name: dr, key: rk}}, ", 1),
			map[string]string{"poll REDIS_USER": "p", "worker REDIS_USER": "w", "worker POSTGRES_USER": "dw", "result POSTGRES_USER": "dr"},
			map[string]string{
				"poll redis_password": "redis_poll_password", "worker redis_password": "wk",
				"worker postgres_password": "postgres_worker_password", "result postgres_password": "rk",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := mustRender(t, parse(t, c.values), options{})
			for what, want := range c.users {
				service, variableName, _ := strings.Cut(what, " ")
				if got := variable(workloadOf(r, service), variableName); got != want {
					t.Errorf("%s is %q, want %q", what, got, want)
				}
			}
			for what, want := range c.keys {
				service, file, _ := strings.Cut(what, " ")
				if got := keyOf(workloadOf(r, service), file); got != want {
					t.Errorf("%s is the key %q, want %q", what, got, want)
				}
			}
		})
	}
}

// keyOf returns the key of a Secret that a file holds.
func keyOf(w workload, file string) string {
	_, key, _ := strings.Cut(sourceOf(w, file), "/")
	return key
}
