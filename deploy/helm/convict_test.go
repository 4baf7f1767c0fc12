package helm

import (
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// A check that can't fail promises nothing: each one is shown a release that is
// broken in a way it is there to notice.
func TestChecksConvict(t *testing.T) {
	convicted := map[string]bool{}
	for _, b := range breaks {
		t.Run(b.name, func(t *testing.T) {
			r := mustRender(t, sets(t)[b.set], options{})
			if err := checks[b.check](r); err != nil {
				t.Fatalf("before anything is broken: %v", err)
			}
			b.do(r)
			err := checks[b.check](r)
			if err == nil || !strings.Contains(err.Error(), b.says) {
				t.Errorf("the check %q says %v, want something about %q", b.check, err, b.says)
			}
		})
		convicted[b.check] = true
	}
	for name := range checks {
		if !convicted[name] {
			t.Errorf("nothing shows that the check %q can fail", name)
		}
	}
}

const def, prod, ext = "default", "production", "external"

var breaks = []struct {
	set, name, check, says string
	do                     func(*release)
}{
	{def, "no worker", "services", "Deployment worker", drop("Deployment", "worker")},
	{def, "a sidecar", "services", "2 containers", spec("poll", func(s *corev1.PodSpec) { s.Containers = append(s.Containers, s.Containers[0]) })},

	{def, "no policy denies", "policies", "no policy denies anything to", drop("NetworkPolicy", "deny")},
	{def, "a policy for others", "policies", "is about no pod", each(func(p *networkingv1.NetworkPolicy) {
		p.Spec.PodSelector.MatchLabels["app.kubernetes.io/instance"] = "other"
	})},

	{def, "a password as a variable", "secrets", "REDIS_PASSWORD", env("poll", "REDIS_PASSWORD", "x")},
	{def, "a secret's value", "secrets", "shows redis_password", func(r *release) {
		env("poll", "QUESTION", made(r)["redis_password"])(r)
	}},
	{def, "a password in a command", "secrets", "shows redis_password", func(r *release) {
		c := workloadOf(r, "redis").main()
		c.Args = append(c.Args, "--requirepass "+made(r)["redis_password"])
	}},
	{def, "poll holds the store's password", "secrets", "postgres_password", spec("poll", func(s *corev1.PodSpec) {
		items := s.Volumes[0].Projected.Sources[0].Secret.Items
		items[0].Path = "postgres_password"
	})},
	{def, "poll holds the worker's password", "secrets", "redis_worker_password", spec("poll", func(s *corev1.PodSpec) {
		s.Volumes[0].Projected.Sources[0].Secret.Items[0].Key = "redis_worker_password"
	})},
	{def, "result holds the superuser's password", "secrets", "postgres_password", spec("result", func(s *corev1.PodSpec) {
		s.Volumes[0].Projected.Sources[0].Secret.Items[0].Key = "postgres_password"
	})},
	{def, "result runs as the superuser", "users", `result is "postgres" to db`, user("result", "POSTGRES_USER", "postgres")},
	{def, "poll is the operator", "users", `poll is "" to redis`, user("poll", "REDIS_USER", "")},
	{prod, "the worker's password in another Secret", "users", "poll has popeye-redis/redis_worker_password", spec("poll", func(s *corev1.PodSpec) {
		s.Volumes[0].Projected.Sources[0].Secret.Items[0].Key = "redis_worker_password"
	})},
	{prod, "one password for two", "users", "popeye-postgres/postgres_password twice", func(r *release) {
		for _, name := range []string{"db", "worker", "result"} {
			onePassword(workloadOf(r, name), "popeye-postgres", "postgres_password")
		}
	}},
	{def, "a ConfigMap from elsewhere", "secrets", "does not need", spec("redis", func(s *corev1.PodSpec) {
		for i := range s.Volumes {
			if s.Volumes[i].ConfigMap != nil {
				s.Volumes[i].ConfigMap.Name = "other"
			}
		}
	})},
	{def, "a file that is not mounted", "secrets", "not mounted", env("poll", "COOKIE_KEY_FILE", "/run/secrets/cookie_key")},
	{def, "a file at another place", "secrets", "from /tmp", env("poll", "COOKIE_KEY_FILE", "/tmp/cookie_key")},
	{def, "a key that nobody made", "secrets", "no such key", spec("poll", func(s *corev1.PodSpec) {
		s.Volumes[0].Projected.Sources[0].Secret.Items[0].Key = "redis"
	})},
	{def, "a secret for nobody", "secrets", "nobody has it", func(r *release) {
		all[*corev1.Secret](r)[0].Data["spare"] = []byte(strings.Repeat("x", 48))
	}},
	{def, "a short password", "secrets", "guess", func(r *release) { all[*corev1.Secret](r)[0].Data["redis_password"] = []byte("hunter2") }},
	{def, "readable by all", "secrets", "lets others read", spec("poll", func(s *corev1.PodSpec) {
		mode := int32(0o444)
		s.Volumes[0].Projected.DefaultMode = &mode
	})},
	{def, "an unread secret", "secrets", "does not read", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].Env = nil })},

	{def, "no such volume", "volumes", "secrets, which is not there", spec("poll", func(s *corev1.PodSpec) { s.Volumes = nil })},
	{def, "an unused volume", "volumes", "does not use", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].VolumeMounts = nil })},
	{def, "data in the pod", "volumes", "die with its pod", spec("redis", func(s *corev1.PodSpec) { s.Containers[0].VolumeMounts[0].MountPath = "/tmp" })},

	{def, "a variable misspelt", "environment", "VOTERATE", env("poll", "VOTERATE", "1")},
	{def, "another's variable", "environment", "POSTGRES_HOST", env("poll", "POSTGRES_HOST", "db")},
	{def, "a variable twice", "environment", "VOTE_RATE twice", env("poll", "VOTE_RATE", "1")},
	{def, "an empty variable", "environment", "empty PUBLIC_POLL_URL", env("poll", "PUBLIC_POLL_URL", "")},

	{def, "a trace of each vote", "environment", "traces every vote", env("poll", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://c:4318")},
	{prod, "a share that nobody takes", "environment", "traces every vote", spec("poll", func(s *corev1.PodSpec) {
		s.Containers[0].Env = slices.DeleteFunc(s.Containers[0].Env, func(v corev1.EnvVar) bool { return v.Name == "OTEL_TRACES_SAMPLER" })
	})},

	{def, "no security context", "hardening", "no security context", spec("poll", func(s *corev1.PodSpec) { s.SecurityContext = nil })},
	{def, "root", "hardening", "root", spec("db", func(s *corev1.PodSpec) { *s.SecurityContext.RunAsUser = 0 })},
	{def, "perhaps root", "hardening", "root", spec("db", func(s *corev1.PodSpec) { s.SecurityContext.RunAsNonRoot = nil })},
	{def, "another user", "hardening", "1000", spec("poll", func(s *corev1.PodSpec) { *s.SecurityContext.RunAsUser = 1000 })},
	{def, "every system call", "hardening", "seccomp", spec("redis", func(s *corev1.PodSpec) { s.SecurityContext.SeccompProfile = nil })},
	{def, "writable", "hardening", "write", spec("redis", func(s *corev1.PodSpec) { s.Containers[0].SecurityContext.ReadOnlyRootFilesystem = nil })},
	{def, "escalation", "hardening", "gain", spec("worker", func(s *corev1.PodSpec) { *s.Containers[0].SecurityContext.AllowPrivilegeEscalation = true })},
	{def, "capabilities", "hardening", "capabilities", spec("worker", func(s *corev1.PodSpec) {
		s.Containers[0].SecurityContext.Capabilities.Add = []corev1.Capability{"NET_ADMIN"}
	})},
	{def, "a token", "hardening", "token", spec("worker", func(s *corev1.PodSpec) { s.AutomountServiceAccountToken = nil })},
	{def, "service links", "hardening", "REDIS_PORT", spec("worker", func(s *corev1.PodSpec) { s.EnableServiceLinks = nil })},
	{def, "the node's network", "hardening", "node", spec("worker", func(s *corev1.PodSpec) { s.HostNetwork = true })},

	{def, "pods of nobody", "selectors", "worker", func(r *release) { workloadOf(r, "worker").pod.Labels["app.kubernetes.io/component"] = "poll" }},
	{def, "a Service for all", "selectors", "Service club-popeye-", func(r *release) {
		for _, s := range all[*corev1.Service](r) {
			delete(s.Spec.Selector, "app.kubernetes.io/component")
		}
	}},

	{def, "a Service at random", "sessions", "forgets who polls", func(r *release) { serviceOf(r, "club-popeye-result").Spec.SessionAffinity = "None" }},
	{prod, "an Ingress at random", "sessions", `by ""`, each(func(i *networkingv1.Ingress) { i.Annotations = nil })},
	{prod, "an Ingress by request", "sessions", "$request_uri", each(func(i *networkingv1.Ingress) {
		i.Annotations["nginx.ingress.kubernetes.io/upstream-hash-by"] = "$request_uri"
	})},

	{def, "a port that nobody has", "ports", "club-popeye-poll: poll has no port 81", func(r *release) {
		serviceOf(r, "club-popeye-poll").Spec.Ports[0].TargetPort = intstr.FromInt32(81)
	}},
	{def, "listening elsewhere", "ports", ":80", env("poll", "ADDR", ":80")},
	{def, "open metrics", "ports", "open to the world", func(r *release) {
		s := serviceOf(r, "club-popeye-poll")
		s.Spec.Ports = append(s.Spec.Ports, corev1.ServicePort{Name: "metrics", Port: 9090, TargetPort: intstr.FromString("metrics")})
	}},
	{prod, "an Ingress to nowhere", "ports", "no Service nowhere", ingress(func(i *networkingv1.IngressRule) { i.HTTP.Paths[0].Backend.Service.Name = "nowhere" })},
	{prod, "an Ingress for all hosts", "ports", "every host", ingress(func(i *networkingv1.IngressRule) { i.Host = "" })},
	{prod, "nothing monitored", "ports", "ServiceMonitor finds []", func(r *release) { monitorOf(r).Spec.Selector.MatchLabels["popeye/metrics"] = "no" }},
	{prod, "another port monitored", "ports", "ServiceMonitor finds []", func(r *release) { monitorOf(r).Spec.Endpoints[0].Port = "http" }},

	{def, "never ready", "probes", "ready whatever", spec("db", func(s *corev1.PodSpec) { s.Containers[0].ReadinessProbe = nil })},
	{def, "killed while recovering", "probes", "recovers", spec("db", func(s *corev1.PodSpec) { s.Containers[0].LivenessProbe = &corev1.Probe{} })},
	{def, "never dead", "probes", "alive whatever", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].LivenessProbe = nil })},
	{def, "alive means ready", "probes", "/healthz", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].LivenessProbe.HTTPGet.Path = "/readyz" })},
	{def, "a probe of the site", "probes", "no port 80", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].StartupProbe.HTTPGet.Port = intstr.FromInt32(80) })},

	{def, "no budget", "budgets", "poll has 2 pods", drop("PodDisruptionBudget", "poll")},
	{def, "a budget for one", "budgets", "poll has 1 pods", func(r *release) { *workloadOf(r, "poll").replicas = 1 }},
	{def, "a budget for all", "budgets", "pods of", func(r *release) {
		delete(all[*policyv1.PodDisruptionBudget](r)[0].Spec.Selector.MatchLabels, "app.kubernetes.io/component")
	}},
	{def, "a budget of none", "budgets", "one at a time", func(r *release) {
		all[*policyv1.PodDisruptionBudget](r)[0].Spec.MaxUnavailable.IntVal = 0
	}},

	{prod, "two masters", "autoscalers", "own figure", func(r *release) { *replicas(r, "poll") = new(int32) }},
	{prod, "no autoscaler", "autoscalers", "by an autoscaler is false", drop("HorizontalPodAutoscaler", "poll")},
	{prod, "an autoscaler for nothing", "autoscalers", "which is not there", scaler(func(h *autoscalingv2.HorizontalPodAutoscalerSpec) { h.ScaleTargetRef.Kind = "StatefulSet" })},
	{prod, "less than least", "autoscalers", "at most", scaler(func(h *autoscalingv2.HorizontalPodAutoscalerSpec) { h.MaxReplicas = 1 })},
	{prod, "a share of nothing", "autoscalers", "not made", spec("poll", func(s *corev1.PodSpec) { delete(s.Containers[0].Resources.Requests, corev1.ResourceCPU) })},
	{prod, "the worker by its CPU", "autoscalers", "worker is scaled by", func(r *release) {
		all[*autoscalingv2.HorizontalPodAutoscaler](r)[1].Spec.Metrics[0].External = nil
	}},

	{prod, "by a label that no figure has", "autoscalers", "label environment", func(r *release) {
		all[*autoscalingv2.HorizontalPodAutoscaler](r)[1].Spec.Metrics[0].External.Metric.Selector = &metav1.LabelSelector{
			MatchLabels: map[string]string{"environment": "production"},
		}
	}},

	{def, "no memory limit", "resources", "all of its node's", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].Resources.Limits = nil })},
	{def, "no request", "resources", "asks for nothing", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].Resources.Requests = nil })},
	{def, "a request beyond the limit", "resources", "more memory", spec("poll", func(s *corev1.PodSpec) {
		s.Containers[0].Resources.Requests[corev1.ResourceMemory] = s.Containers[0].Resources.Limits[corev1.ResourceMemory].DeepCopy()
		limit := s.Containers[0].Resources.Limits[corev1.ResourceMemory]
		limit.Set(1)
		s.Containers[0].Resources.Limits[corev1.ResourceMemory] = limit
	})},
	{def, "Go knows no limit", "resources", "no GOMEMLIMIT", spec("poll", func(s *corev1.PodSpec) { s.Containers[0].Env = nil })},
	{def, "Go's limit is the limit", "resources", "GOMEMLIMIT of 512Mi", spec("poll", func(s *corev1.PodSpec) {
		for i := range s.Containers[0].Env {
			if s.Containers[0].Env[i].Name == "GOMEMLIMIT" {
				s.Containers[0].Env[i].Value = "512MiB"
			}
		}
	})},

	{def, "killed in its sleep", "rollout", "too short", spec("poll", func(s *corev1.PodSpec) { *s.TerminationGracePeriodSeconds = 10 })},
	{def, "a shell that is not there", "rollout", "does not hold", spec("poll", func(s *corev1.PodSpec) {
		s.Containers[0].Lifecycle.PreStop = &corev1.LifecycleHandler{Exec: &corev1.ExecAction{Command: []string{"sleep", "5"}}}
	})},
	{def, "fewer pods", "rollout", "fewer", func(r *release) { workloadOf(r, "poll").rolling.MaxUnavailable.IntVal = 1 }},
	{def, "two of PostgreSQL", "rollout", "nothing of each other", func(r *release) { *workloadOf(r, "db").replicas = 2 }},
	{def, "the latest", "rollout", "today", spec("redis", func(s *corev1.PodSpec) { s.Containers[0].Image = "redis:latest" })},

	{def, "spread by others", "spread", "poll", spec("poll", func(s *corev1.PodSpec) {
		s.TopologySpreadConstraints[0].LabelSelector.MatchLabels["app.kubernetes.io/component"] = "result"
	})},
	{def, "spread over closed nodes", "spread", "don't take it", spec("poll", func(s *corev1.PodSpec) {
		s.TopologySpreadConstraints[0].NodeTaintsPolicy = nil
	})},
	{prod, "spread at any price", "spread", "wait for ever", spec("poll", func(s *corev1.PodSpec) {
		s.TopologySpreadConstraints[1].WhenUnsatisfiable = corev1.DoNotSchedule
	})},
	{def, "not spread", "spread", "0 labels", spec("poll", func(s *corev1.PodSpec) { s.TopologySpreadConstraints = nil })},

	{def, "a long name", "names", "no more than 63", func(r *release) { serviceOf(r, "club-popeye-poll").Name = strings.Repeat("x", 64) }},
	{def, "a long name of a set", "names", "too long", func(r *release) { workloadOf(r, "db").SetName(strings.Repeat("x", 60)) }},
	{def, "a name twice", "names", "twice", func(r *release) { serviceOf(r, "club-popeye-poll").Name = "club-popeye-result" }},
	{def, "a place of its own", "names", "release's to say", func(r *release) { serviceOf(r, "club-popeye-poll").Namespace = "other" }},
	{def, "a bad label", "names", "label a/b/c", func(r *release) { serviceOf(r, "club-popeye-poll").Labels["a/b/c"] = "d" }},
	{def, "no label", "names", "belongs to", func(r *release) { serviceOf(r, "club-popeye-poll").Labels = nil }},

	{prod, "no rules", "rules", "0 PrometheusRules", func(r *release) { r.customs = nil }},
	{prod, "a rule of nothing", "rules", "is none", func(r *release) { ruleOf(r).Spec.Groups[0].Rules[0].Expr = "" }},
	{prod, "every namespace", "rules", "of the whole cluster", rule("PopeyeNoWorker", func(expr string) string { return strings.ReplaceAll(expr, `namespace="voting",`, "") })},
	{prod, "another namespace", "rules", "of the whole cluster", rule("PopeyeBehind", func(expr string) string { return strings.ReplaceAll(expr, "voting", "staging") })},
	{prod, "disks of all nodes", "rules", "node_filesystem_avail_bytes of the whole cluster", rule("PopeyeDiskNearlyFull", func(string) string { return "node_filesystem_avail_bytes < 1e9" })},
	{prod, "every volume", "rules", "every volume", rule("PopeyeDiskNearlyFull", func(string) string { return `kubelet_volume_stats_available_bytes{namespace="voting"} < 1e9` })},
	{prod, "another's volume", "rules", "data-postgres-0, which is not there", rule("PopeyeDiskNearlyFull", func(expr string) string {
		return strings.ReplaceAll(expr, "data-club-popeye-db-0", "data-postgres-0")
	})},
	{prod, "a volume that nobody watches", "rules", "data-club-popeye-db-0 may fill up", rule("PopeyeDiskNearlyFull", func(expr string) string {
		return strings.ReplaceAll(expr, "|data-club-popeye-db-0", "")
	})},
	{prod, "no query", "rules", "can't be read", rule("PopeyeBehind", func(expr string) string { return expr + ")" })},
	{prod, "an alarm of nobody", "rules", "whose it is", func(r *release) { ruleOf(r).Spec.Groups[0].Rules[0].Labels = nil }},
	{prod, "no group", "rules", "no group", func(r *release) { ruleOf(r).Spec.Groups = nil }},
}

// drop takes away an object of a service.
func drop(kind, service string) func(*release) {
	return func(r *release) {
		kept := r.objects[:0:0]
		for _, o := range r.objects {
			if o.GetObjectKind().GroupVersionKind().Kind != kind || o.(metav1.Object).GetLabels()["app.kubernetes.io/component"] != service {
				kept = append(kept, o)
			}
		}
		r.objects = kept
	}
}

func spec(service string, change func(*corev1.PodSpec)) func(*release) {
	return func(r *release) { change(&workloadOf(r, service).pod.Spec) }
}

func env(service, name, value string) func(*release) {
	return func(r *release) {
		c := workloadOf(r, service).main()
		for i := range c.Env {
			if c.Env[i].Name == name && name == "ADDR" {
				c.Env[i].Value = value
				return
			}
		}
		c.Env = append(c.Env, corev1.EnvVar{Name: name, Value: value})
	}
}

// user makes a service another user of a server.
func user(service, name, value string) func(*release) {
	return spec(service, func(s *corev1.PodSpec) {
		for i := range s.Containers[0].Env {
			if s.Containers[0].Env[i].Name == name {
				s.Containers[0].Env[i].Value = value
			}
		}
	})
}

// onePassword takes all that a service has of a Secret from the same key.
func onePassword(w workload, secret, key string) {
	for _, source := range w.pod.Spec.Volumes[0].Projected.Sources {
		if source.Secret.Name == secret {
			source.Secret.Items[0].Key = key
		}
	}
}

func ingress(change func(*networkingv1.IngressRule)) func(*release) {
	return each(func(i *networkingv1.Ingress) { change(&i.Spec.Rules[0]) })
}

func scaler(change func(*autoscalingv2.HorizontalPodAutoscalerSpec)) func(*release) {
	return each(func(h *autoscalingv2.HorizontalPodAutoscaler) { change(&h.Spec) })
}

// rule changes the expression of one alert.
func rule(alert string, change func(string) string) func(*release) {
	return func(r *release) {
		for _, g := range ruleOf(r).Spec.Groups {
			for i := range g.Rules {
				if g.Rules[i].Alert == alert {
					g.Rules[i].Expr = change(g.Rules[i].Expr)
				}
			}
		}
	}
}

func each[T runtime.Object](change func(T)) func(*release) {
	return func(r *release) {
		for _, o := range all[T](r) {
			change(o)
		}
	}
}

func replicas(r *release, service string) **int32 {
	for _, d := range all[*appsv1.Deployment](r) {
		if d.Labels["app.kubernetes.io/component"] == service {
			return &d.Spec.Replicas
		}
	}
	return nil
}

func serviceOf(r *release, name string) *corev1.Service {
	for _, s := range all[*corev1.Service](r) {
		if s.Name == name {
			return s
		}
	}
	return nil
}

func monitorOf(r *release) *serviceMonitor {
	for _, c := range r.customs {
		if m, ok := c.(*serviceMonitor); ok {
			return m
		}
	}
	return nil
}

func ruleOf(r *release) *prometheusRule {
	for _, c := range r.customs {
		if p, ok := c.(*prometheusRule); ok {
			return p
		}
	}
	return nil
}
