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
	"redis":  {"redis_password"},
	"worker": {"redis_password", "redis_url", "postgres_password", "database_url"},
	"db":     {"postgres_password"},
	"result": {"postgres_password", "database_url", "admin_token"},
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
		if w.service == "redis" {
			delete(files, "redis_password") // its command reads it
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
		if v.Secret != nil || v.ConfigMap != nil || v.HostPath != nil {
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
	if got := slices.Sorted(maps.Keys(made(first))); !slices.Equal(got, []string{"postgres_password", "redis_password"}) {
		t.Fatalf("it made %v", got)
	}
	secret := all[*corev1.Secret](first)[0]
	secret.Namespace = namespace
	there := cluster{fake.NewSimpleDynamicClient(scheme.Scheme, secret)}
	if _, err := there.Resource(corev1.SchemeGroupVersion.WithResource("secrets")).Namespace(namespace).
		Get(context.Background(), secret.Name, metav1.GetOptions{}); err != nil {
		t.Fatal(err)
	}

	upgraded := made(mustRender(t, nil, options{cluster: there}))
	for key, was := range made(first) {
		if upgraded[key] != was {
			t.Errorf("an upgrade changes %s", key)
		}
	}
	if len(upgraded) != 3 || upgraded["admin_token"] == "" {
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
