package helm

import (
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chartutil"
	"sigs.k8s.io/yaml"
)

// What can't be right is refused before anything is changed, with a word about
// where it is: by the schema, or by a template that says more than it could. Each of these differs from values that are taken in one thing.
func TestSchemaRefuses(t *testing.T) {
	const outside = "redis: {bundled: {enabled: false}, external: {host: r, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}\n"
	for name, tt := range map[string]struct {
		taken, refused string
		says           []string
	}{
		"unknown key":            {"poll: {replicas: 2}", "poll: {replica: 2}", []string{"/poll", "replica"}},
		"unknown key at the top": {"db: {name: x}", "postgres: {name: x}", []string{"postgres"}},
		"no pods below none":     {"poll: {replicas: 0}", "poll: {replicas: -1}", []string{"/poll/replicas", "minimum"}},
		"half a pod":             {"worker: {replicas: 3}", "worker: {replicas: 1.5}", []string{"/worker/replicas", "integer"}},
		"a text for a number":    {"result: {maxViewers: 10}", "result: {maxViewers: many}", []string{"/result/maxViewers", "integer"}},
		"a text for a switch":    {"ingress: {enabled: false}", "ingress: {enabled: 'no'}", []string{"/ingress/enabled", "boolean"}},
		"a number for a text":    {"defaultPoll: {options: ['1', '2']}", "defaultPoll: {options: [1, 2]}", []string{"/defaultPoll/options/0", "string"}},
		"an option too many":     {"defaultPoll: {options: [" + strings.Repeat("x,", 25) + "x]}", "defaultPoll: {options: [" + strings.Repeat("x,", 26) + "x]}", []string{"/defaultPoll/options", "maxItems"}},
		"an empty option":        {"defaultPoll: {options: [x]}", "defaultPoll: {options: ['']}", []string{"/defaultPoll/options/0", "minLength"}},
		"Redis twice":            {outside, "redis: {external: {host: r, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}", []string{"/redis/external/host", "must be ''"}},
		"PostgreSQL twice":       {"db: {bundled: {enabled: false}, external: {url: {existingSecret: s}, peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}", "db: {external: {url: {existingSecret: s}}}", []string{"/db/external/url/existingSecret", "must be ''"}},
		"a user of nobody's Redis": {
			strings.Replace(outside, "redis: {", "redis: {users: {poll: {name: p}}, ", 1), "redis: {users: {poll: {name: p}}}",
			[]string{"/redis/users/poll/name", "must be ''"},
		},
		"no Redis":                 {outside, "redis: {bundled: {enabled: false}, external: {peers: [{ipBlock: {cidr: 10.0.0.0/8}}]}}", []string{"/redis/external/url/existingSecret", "minLength"}},
		"a URL that is none":       {"urls: {poll: 'https://vote.test'}", "urls: {poll: vote.test}", []string{"/urls/poll", "pattern"}},
		"a URL and a host":         {outside, strings.Replace(outside, "host: r", "host: r, url: {existingSecret: s}", 1), []string{"/redis/external/url/existingSecret", "must be ''"}},
		"Redis at no place":        {outside, strings.Replace(outside, "{ipBlock: {cidr: 10.0.0.0/8}}", "", 1), []string{"/redis/external/peers", "minItems"}},
		"PostgreSQL at no place":   {"db: {bundled: {enabled: false}, external: {host: p}}\nnetworkPolicy: {enabled: false}", "db: {bundled: {enabled: false}, external: {host: p}}", []string{"/db/external/peers", "minItems"}},
		"a secret as a variable":   {"extraEnv: [{name: OTEL_X, value: z}]", "extraEnv: [{name: REDIS_PASSWORD, value: z}]", []string{"/extraEnv/0/name", "not"}},
		"a peer that is everybody": {"networkPolicy: {visitors: [{namespaceSelector: {}}]}", "networkPolicy: {visitors: [{}]}", []string{"/networkPolicy/visitors/0", "minProperties"}},
		"a way out to everywhere":  {"networkPolicy: {extraEgress: [{to: [{podSelector: {}}]}]}", "networkPolicy: {extraEgress: [{to: []}]}", []string{"/networkPolicy/extraEgress/0/to", "minItems"}},
		"no address":               {"networkPolicy: {dns: [{ipBlock: {cidr: 10.0.0.10/32}}]}", "networkPolicy: {dns: [{ipBlock: {cidr: 10.0.0.10}}]}", []string{"/networkPolicy/dns/0/ipBlock/cidr", "pattern"}},
		"an Ingress without hosts": {"ingress: {enabled: true, poll: {host: a.test}, result: {host: b.test}}", "ingress: {enabled: true, poll: {host: a.test}}", []string{"/ingress/result/host", "minLength"}},
		"an unknown metric":        {"worker: {autoscaling: {enabled: true, externalMetric: m}}", "worker: {autoscaling: {enabled: true}}", []string{"/worker/autoscaling/externalMetric", "minLength"}},
		"a token that is off":      {"result: {adminToken: {existingSecret: s}}", "result: {adminToken: {enabled: false, existingSecret: s}}", []string{"/result/adminToken/existingSecret", "must be ''"}},
		"an unknown level":         {"log: {level: warn}", "log: {level: warning}", []string{"/log/level", "must be one of"}},
		"memory of no unit":        {"poll: {resources: {limits: {memory: 256Mi}}}", "poll: {resources: {limits: {memory: 256MB}}}", []string{"/poll/resources/limits/memory", "pattern"}},
		"a short digest":           {"poll: {image: {digest: ''}}", "poll: {image: {digest: 'sha256:abc'}}", []string{"/poll/image/digest", "pattern"}},
		"root":                     {"db: {bundled: {runAsUser: 26}}", "db: {bundled: {runAsUser: 0}}", []string{"/db/bundled/runAsUser", "minimum"}},
		"a port beyond":            {"poll: {service: {port: 8080}}", "poll: {service: {port: 80800}}", []string{"/poll/service/port", "maximum"}},
		"a probe at random":        {"poll: {readinessPath: /healthz}", "poll: {readinessPath: /}", []string{"/poll/readinessPath", "must be one of"}},
		"a name in capitals":       {"fullnameOverride: vote", "fullnameOverride: Vote", []string{"/fullnameOverride", "pattern"}},
		"metrics too seldom":       {"metrics: {serviceMonitor: {enabled: true, interval: 20s}}", "metrics: {serviceMonitor: {enabled: true, interval: 21s}}", []string{"metrics.serviceMonitor.interval is 21s", "20s is the most"}},
		"metrics once in minutes":  {"metrics: {serviceMonitor: {enabled: true, interval: 500ms}}", "metrics: {serviceMonitor: {enabled: true, interval: 5m}}", []string{"metrics.serviceMonitor.interval is 5m", "20s is the most"}},
		"a Redis without a bound":  {"redis: {bundled: {maxMemory: 128mb}}", "redis: {bundled: {maxMemory: '0'}}", []string{"/redis/bundled/maxMemory", "pattern"}},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := render(parse(t, tt.taken), options{}); err != nil {
				t.Errorf("what is right is refused: %v", err)
			}
			_, err := render(parse(t, tt.refused), options{})
			if err == nil {
				t.Fatal("it is taken")
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("it says %v, and nothing of %q", err, want)
				}
			}
		})
	}
}

// An object of the schema that would take any key makes the whole of it
// worthless there.
func TestSchemaIsStrict(t *testing.T) {
	var schema any
	if err := yaml.Unmarshal([]byte(readFile(t, chartDir+"/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	seen := 0
	// What Kubernetes itself defines at length, and what belongs to a parent chart.
	free := map[string]bool{"affinity": true, "tolerations": true, "matchExpressions": true, "valueFrom": true, "global": true}
	var walk func(name string, node any)
	walk = func(name string, node any) {
		switch node := node.(type) {
		case map[string]any:
			if node["type"] == "object" && !free[name] {
				seen++
				if _, said := node["additionalProperties"]; !said {
					t.Errorf("%s takes any key", name)
				}
			}
			for key, child := range node {
				if key == "items" || key == "properties" {
					key = name
				}
				walk(key, child)
			}
		case []any:
			for _, child := range node {
				walk(name, child)
			}
		}
	}
	walk("values", schema)
	if seen < 20 {
		t.Errorf("the schema has only %d objects", seen)
	}
}

// What the schema offers is in values.yaml too, where people look for it. The
// other way round, a value that the schema does not have would be refused.
func TestSchemaOffersOnlyValues(t *testing.T) {
	var schema map[string]any
	if err := yaml.Unmarshal([]byte(readFile(t, chartDir+"/values.schema.json")), &schema); err != nil {
		t.Fatal(err)
	}
	values, err := chartutil.ReadValuesFile(chartDir + "/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	definitions := schema["definitions"].(map[string]any)
	seen := 0
	var walk func(path string, node, value map[string]any)
	walk = func(path string, node, value map[string]any) {
		if ref, ok := node["$ref"].(string); ok {
			node = definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
		}
		properties, _ := node["properties"].(map[string]any)
		for name, child := range properties {
			at := path + "." + name
			if at == ".global" || name == "resources" {
				continue
			}
			seen++
			if _, ok := value[name]; !ok {
				t.Errorf("the schema offers %s, which is not in values.yaml", at[1:])
			}
			if below, ok := value[name].(map[string]any); ok {
				walk(at, child.(map[string]any), below)
			}
		}
	}
	walk("", schema, values)
	if seen < 100 {
		t.Errorf("the schema offers only %d values", seen)
	}
}

func parse(t *testing.T, text string) chartutil.Values {
	t.Helper()
	values, err := chartutil.ReadValues([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return values
}
