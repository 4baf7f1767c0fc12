package helm

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/lint"
	"helm.sh/helm/v3/pkg/lint/support"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

func TestMain(m *testing.M) {
	text, err := os.ReadFile(configuration)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	known = documented(string(text))
	os.Exit(m.Run())
}

// longName is as long as Helm lets a release's name be.
var longName = strings.Repeat("long-name", 6)[:53]

func TestChart(t *testing.T) {
	all := sets(t)
	all["mixed"] = parse(t, "redis: {bundled: {enabled: false}, external: {host: r, peers: [{ipBlock: {cidr: 10.20.0.0/16}}]}}")
	for set, values := range all {
		for about, o := range map[string]options{
			set:                                {},
			set + " on an old Kubernetes":      {kube: "v1.29.4-eks-1"},
			set + " with a long name":          {name: longName},
			set + " without a file of alerts":  {without: alerts},
			set + " with the chart's own name": {name: "popeye"},
		} {
			r := mustRender(t, values, o)
			for name, check := range checks {
				t.Run(about+"/"+name, func(t *testing.T) {
					if err := check(r); err != nil {
						t.Error(err)
					}
				})
			}
		}
	}
}

// A template that no set of values brings to light is tried by nobody.
func TestEveryTemplateIsRendered(t *testing.T) {
	empty := map[string]bool{}
	for _, values := range sets(t) {
		r := mustRender(t, values, options{})
		for name, text := range r.files {
			if was, seen := empty[name]; !seen || was {
				empty[name] = strings.TrimSpace(text) == ""
			}
		}
	}
	files, err := filepath.Glob(chartDir + "/templates/*")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if filepath.Ext(file) == ".tpl" {
			continue
		}
		if nothing, seen := empty[filepath.ToSlash(file)]; !seen || nothing {
			t.Errorf("%s makes nothing in any set of values", file)
		}
	}
}

// Helm's own linter has nothing to say, whatever the values.
func TestLint(t *testing.T) {
	for set, values := range sets(t) {
		linted := lint.AllWithKubeVersion(chartDir, values, namespace, nil)
		for _, m := range linted.Messages {
			if m.Severity > support.InfoSev {
				t.Errorf("%s: %v", set, m)
			}
		}
	}
	if linted := lint.AllWithKubeVersion("examples", nil, namespace, nil); linted.HighestSeverity < support.ErrorSev {
		t.Error("the linter finds a folder without a chart good")
	}
}

func TestOldKubernetesIsRefused(t *testing.T) {
	c, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	for version, want := range map[string]bool{"v1.28.9": false, "v1.29.0": true, "v1.33.1-gke.1": true} {
		if got := chartutil.IsCompatibleRange(c.Metadata.KubeVersion, version); got != want {
			t.Errorf("Kubernetes %s is taken: %v, want %v", version, got, want)
		}
	}
}

// The kubelet sleeps for us from 1.30 on; 1.29 would refuse the whole object.
func TestSleepBeforeTheEnd(t *testing.T) {
	for version, want := range map[string]bool{"v1.29.9": false, "v1.30.0": true, "v1.30.2-gke.5": true} {
		r := mustRender(t, nil, options{kube: version})
		for _, name := range stations {
			if got := workloadOf(r, name).main().Lifecycle != nil; got != want {
				t.Errorf("with %s, %s sleeps before its end: %v, want %v", version, name, got, want)
			}
		}
	}
}

// The bundled servers are those of docker-compose.yml: the same images, the
// same command line for Redis, the same questions whether they are well. Both
// files write a $ as $$ in a command; a probe's is never expanded.
func TestAsInCompose(t *testing.T) {
	var compose struct {
		Services map[string]struct {
			Image       string   `json:"image"`
			Command     []string `json:"command"`
			Healthcheck struct {
				Test []string `json:"test"`
			} `json:"healthcheck"`
		} `json:"services"`
	}
	if err := yaml.Unmarshal([]byte(readFile(t, "../../docker-compose.yml")), &compose); err != nil {
		t.Fatal(err)
	}
	r := mustRender(t, nil, options{})
	for _, name := range []string{"redis", "db"} {
		want, got := compose.Services[name], workloadOf(r, name).main()
		if want.Image == "" || got.Image != want.Image {
			t.Errorf("%s runs %s, in Compose %q", name, got.Image, want.Image)
		}
		if got.Command != nil || !slices.Equal(got.Args, want.Command) {
			t.Errorf("%s is started by\n%q\nin Compose by\n%q", name, got.Args, want.Command)
		}
		asked := append([]string{"CMD"}, got.ReadinessProbe.Exec.Command...)
		if slices.Equal(asked[:3], []string{"CMD", "sh", "-c"}) {
			asked = []string{"CMD-SHELL", strings.ReplaceAll(asked[3], "$", "$$")}
		}
		if !slices.Equal(asked, want.Healthcheck.Test) {
			t.Errorf("%s is asked by\n%q\nin Compose by\n%q", name, asked, want.Healthcheck.Test)
		}
	}
	if len(compose.Services["redis"].Command) == 0 {
		t.Error("Compose starts Redis without a command")
	}
	if got := workloadOf(mustRender(t, parse(t, "redis: {bundled: {maxMemory: 1gb}}"), options{}), "redis").main().Args; !strings.Contains(strings.Join(got, " "), "--maxmemory 1gb ") {
		t.Errorf("maxMemory does not arrive: %s", got)
	}
}

// Go's own limit is four fifths of the container's, in any unit.
func TestGoMemoryLimit(t *testing.T) {
	for limit, want := range map[string]string{
		"512Mi": "409MiB", "1Gi": "819MiB", "1.5Gi": "1228MiB", "524288Ki": "409MiB", "1000M": "762MiB", "1G": "762MiB",
		"536870912": "409MiB", "500000k": "381MiB",
	} {
		r := mustRender(t, parse(t, "poll: {resources: {limits: {memory: '"+limit+"'}, requests: {memory: 1Mi}}}"), options{})
		if got := variable(workloadOf(r, "poll"), "GOMEMLIMIT"); got != want {
			t.Errorf("of %s it makes %s, want %s", limit, got, want)
		}
		if err := checkResources(r); err != nil {
			t.Error(err)
		}
	}
	r := mustRender(t, parse(t, "poll: {resources: {limits: null}}"), options{})
	if got := variable(workloadOf(r, "poll"), "GOMEMLIMIT"); got != "" {
		t.Errorf("without a limit it is %s", got)
	}
}

func TestImages(t *testing.T) {
	const digest = "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945"
	c, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	for values, want := range map[string]string{
		"{}":                             "popeye-poll:" + c.Metadata.AppVersion,
		"image: {registry: r.test/v/}":   "r.test/v/popeye-poll:" + c.Metadata.AppVersion,
		"poll: {image: {tag: '7'}}":      "popeye-poll:7",
		"poll: {image: {repository: x}}": "x:" + c.Metadata.AppVersion,
		"poll: {image: {tag: '7', digest: '" + digest + "'}}": "popeye-poll@" + digest,
	} {
		if got := workloadOf(mustRender(t, parse(t, values), options{}), "poll").main().Image; got != want {
			t.Errorf("with %s it runs %s, want %s", values, got, want)
		}
	}
}

// A Service that is open to the world opens nothing but the site.
func TestOpenService(t *testing.T) {
	r := mustRender(t, parse(t, "poll: {service: {type: LoadBalancer, port: 8000, annotations: {a: b}}}"), options{})
	for _, s := range all[*corev1.Service](r) {
		if s.Spec.Type != corev1.ServiceTypeLoadBalancer {
			continue
		}
		if len(s.Spec.Ports) != 1 || s.Spec.Ports[0].Port != 8000 || s.Annotations["a"] != "b" {
			t.Errorf("it opens %+v", s)
		}
		return
	}
	t.Error("no Service is open")
}

// The figure by which workers are scaled is chosen by labels, if they are said.
func TestScaledByLabels(t *testing.T) {
	r := mustRender(t, parse(t, "worker: {autoscaling: {enabled: true, externalMetric: m, matchLabels: {service: s}}}"), options{})
	h := autoscalerOf(r, "club-popeye-worker")
	if got := h.Spec.Metrics[0].External.Metric.Selector; got == nil || !maps.Equal(got.MatchLabels, map[string]string{"service": "s"}) {
		t.Errorf("the labels arrive as %v", got)
	}
	if err := checkAutoscalers(r); err != nil {
		t.Error(err)
	}
}

// Who demands that replicas are apart gets it, though no example does.
func TestSpreadAsADemand(t *testing.T) {
	r := mustRender(t, parse(t, "topologySpread: {whenUnsatisfiable: DoNotSchedule}"), options{})
	for _, c := range workloadOf(r, "poll").pod.Spec.TopologySpreadConstraints {
		if c.WhenUnsatisfiable != corev1.DoNotSchedule {
			t.Errorf("it is a wish by %s", c.TopologyKey)
		}
	}
}

// Where a proxy is one address for all, nobody is held to a pod by it.
func TestNoAffinity(t *testing.T) {
	r := mustRender(t, parse(t, "result: {service: {sessionAffinity: None}}"), options{})
	if got := serviceOf(r, "club-popeye-result").Spec.SessionAffinity; got != corev1.ServiceAffinityNone {
		t.Errorf("the Service still has the affinity %s", got)
	}
}

// The notes say what fits: no token that there is not, and the real names.
func TestNotes(t *testing.T) {
	for set, want := range map[string]struct{ says, silent []string }{
		"default":    {[]string{"port-forward service/club-popeye-poll 5000:80", "get secret club-popeye-secrets"}, []string{"https://", "Without network policies"}},
		"production": {[]string{"https://vote.example.com", "https://results.example.com"}, []string{"port-forward", "get secret"}},
		"minimal":    {[]string{"Without network policies"}, nil},
		"urls":       {[]string{"/worker account"}, []string{"get secret", "passwords"}},
	} {
		notes := mustRender(t, sets(t)[set], options{}).files["popeye/templates/NOTES.txt"]
		for _, text := range want.says {
			if !strings.Contains(notes, text) {
				t.Errorf("%s: the notes don't say %q:\n%s", set, text, notes)
			}
		}
		for _, text := range want.silent {
			if strings.Contains(notes, text) {
				t.Errorf("%s: the notes say %q:\n%s", set, text, notes)
			}
		}
	}
}

var mentioned = regexp.MustCompile("`([a-z][a-zA-Z]*(?:\\.[a-z][a-zA-Z]*)+)`")

// The README names values that exist.
func TestReadme(t *testing.T) {
	values, err := chartutil.ReadValuesFile(chartDir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, m := range mentioned.FindAllStringSubmatch(readFile(t, chartDir+"/README.md"), -1) {
		if _, ours := values[strings.Split(m[1], ".")[0]]; ours && !strings.HasSuffix(m[1], ".yaml") {
			names[m[1]] = true
		}
	}
	if len(names) < 10 {
		t.Fatalf("the README names the values %v", names)
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if _, err := values.PathValue(name); err != nil {
			if _, err := values.Table(name); err != nil {
				t.Errorf("the README names %s, which is no value", name)
			}
		}
	}
}

// What the README tells people to type, it tells them for the namespace that
// it installs into.
func TestReadmeCommands(t *testing.T) {
	readme := readFile(t, chartDir+"/README.md")
	if err := elsewhere(readme); err != nil {
		t.Error(err)
	}
	for _, wrong := range []string{"`kubectl delete pvc -l a=b`", "```sh\nx() { kubectl exec deployment/x -- \"$@\"; }\n```", "```bash\nhelm install x y \\\n  -n vote\n```"} {
		if elsewhere(wrong) == nil {
			t.Errorf("%s is found right", wrong)
		}
	}
}

var typed = regexp.MustCompile("(?s)```(?:sh|bash)\n(.*?)```|`([^`\n]+)`")

// elsewhere finds commands that are not for the namespace voting, but for the
// one that makes it; a name alone, as in `helm upgrade`, is none.
func elsewhere(text string) error {
	for _, m := range typed.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(strings.ReplaceAll(m[1]+m[2], "\\\n", " ")) {
			asks := strings.Contains(line, "kubectl ") || strings.Contains(line, "helm ")
			if asks && len(strings.Fields(line)) > 3 && !strings.Contains(line, "-n voting") && !strings.Contains(line, "create namespace voting") {
				return fmt.Errorf("it says %q, for another namespace", strings.TrimSpace(line))
			}
		}
	}
	return nil
}

// The Secrets that the example for production names are those that the README
// makes.
func TestReadmeMakesTheSecrets(t *testing.T) {
	readme := readFile(t, chartDir+"/README.md")
	seen := 0
	for _, w := range workloads(mustRender(t, sets(t)["production"], options{})) {
		for _, v := range w.pod.Spec.Volumes {
			if v.Projected == nil {
				continue
			}
			for _, source := range v.Projected.Sources {
				seen++
				name, key := source.Secret.Name, source.Secret.Items[0].Key
				if !regexp.MustCompile(`(?m)^secret ` + name + ` (.* )?` + key + `\b`).MatchString(readme) {
					t.Errorf("%s needs %s of %s, which the README does not make", w.service, key, name)
				}
			}
		}
	}
	if seen < 4 {
		t.Errorf("production has only %d secrets", seen)
	}
}

// The alerts that the chart brings are those of everywhere else: its file is a
// link, which Helm follows when it packs.
func TestAlertsAreTheSame(t *testing.T) {
	c, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	want := readFile(t, "../observability/alerts.yml")
	for _, f := range c.Files {
		if f.Name == alerts {
			if string(f.Data) != want {
				t.Errorf("%s is not ../observability/alerts.yml", alerts)
			}
			return
		}
	}
	t.Errorf("the chart has no %s", alerts)
}
