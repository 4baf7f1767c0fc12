package helm

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"helm.sh/helm/v3/pkg/chart"
	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/yaml"
)

const (
	chartDir  = "popeye"
	namespace = "voting"
	alerts    = "files/alerts.yml"
)

// sets are the values that everything is tried with: none, and each example.
func sets(t *testing.T) map[string]chartutil.Values {
	t.Helper()
	all := map[string]chartutil.Values{"default": {}}
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d examples: %v", len(files), err)
	}
	for _, file := range files {
		values, err := chartutil.ReadValuesFile(file)
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".yaml")] = values
	}
	return all
}

// release is what one rendering makes.
type release struct {
	chart   *chart.Chart
	values  chartutil.Values // with defaults
	files   map[string]string
	objects []runtime.Object
	customs []custom
}

// options of a rendering; the zero value is what most tests want.
type options struct {
	name    string // of the release
	kube    string // version of Kubernetes
	cluster engine.ClientProvider
	without string // a file of the chart that is to be missing
	upgrade bool   // of what is there
}

// render renders as an install does: values are checked against the schema,
// and each object is decoded strictly, so that a field that Kubernetes does not
// know, or one that is written twice, is an error.
func render(values chartutil.Values, o options) (*release, error) {
	c, err := load(o.without)
	if err != nil {
		return nil, err
	}
	caps := chartutil.DefaultCapabilities.Copy()
	kube, err := chartutil.ParseKubeVersion(cmp.Or(o.kube, "v1.31.0"))
	if err != nil {
		return nil, err
	}
	caps.KubeVersion = *kube
	all, err := chartutil.ToRenderValues(c, values, chartutil.ReleaseOptions{
		Name: cmp.Or(o.name, "club"), Namespace: namespace, Revision: 1, IsInstall: !o.upgrade, IsUpgrade: o.upgrade,
	}, caps)
	if err != nil {
		return nil, err
	}
	r := &release{chart: c, values: all["Values"].(chartutil.Values)}
	if o.cluster != nil {
		r.files, err = engine.RenderWithClientProvider(c, all, o.cluster)
	} else {
		r.files, err = engine.Render(c, all)
	}
	if err != nil {
		return nil, err
	}
	return r, r.decode()
}

// load reads the chart, as it is without one of its files.
func load(without string) (*chart.Chart, error) {
	c, err := loader.Load(chartDir)
	if err != nil {
		return nil, err
	}
	c.Files = slices.DeleteFunc(c.Files, func(f *chart.File) bool { return f.Name == without })
	return c, nil
}

func (r *release) decode() error {
	strict := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme.Scheme, scheme.Scheme,
		json.SerializerOptions{Yaml: true, Strict: true})
	for _, name := range slices.Sorted(maps.Keys(r.files)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		for i, doc := range documents(r.files[name]) {
			var head metav1.TypeMeta
			if err := yaml.Unmarshal([]byte(doc), &head); err != nil {
				return fmt.Errorf("%s, object %d: %w", name, i, err)
			}
			if strings.HasPrefix(head.APIVersion, "monitoring.coreos.com/") {
				c, err := decodeCustom(head.Kind, doc)
				if err != nil {
					return fmt.Errorf("%s, object %d: %w", name, i, err)
				}
				r.customs = append(r.customs, c)
				continue
			}
			object, _, err := strict.Decode([]byte(doc), nil, nil)
			if err != nil {
				return fmt.Errorf("%s, object %d: %w\n%s", name, i, err, doc)
			}
			r.objects = append(r.objects, object)
		}
	}
	return nil
}

// documents splits a rendered file, and leaves out what holds nothing.
func documents(file string) []string {
	var docs []string
	for reader := utilyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(file))); ; {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return docs
		}
		var content any
		if yaml.Unmarshal(doc, &content) != nil || content != nil {
			docs = append(docs, string(bytes.TrimSpace(doc)))
		}
	}
}

// all returns the objects of one type, in the order of the files.
func all[T runtime.Object](r *release) []T {
	var found []T
	for _, o := range r.objects {
		if t, ok := o.(T); ok {
			found = append(found, t)
		}
	}
	return found
}

// workload is a Deployment or a StatefulSet.
type workload struct {
	metav1.Object

	kind     string
	service  string // poll, redis, worker, db or result
	replicas *int32
	selector *metav1.LabelSelector
	pod      *corev1.PodTemplateSpec
	claims   []corev1.PersistentVolumeClaim
	rolling  *appsv1.RollingUpdateDeployment
}

// station reports whether it runs one of our own programs.
func (w workload) station() bool { return w.kind == "Deployment" }

// main is the one container of its pods.
func (w workload) main() *corev1.Container { return &w.pod.Spec.Containers[0] }

func workloads(r *release) []workload {
	const component = "app.kubernetes.io/component"
	var found []workload
	for _, d := range all[*appsv1.Deployment](r) {
		found = append(found, workload{
			Object: d, kind: "Deployment", service: d.Labels[component], replicas: d.Spec.Replicas,
			selector: d.Spec.Selector, pod: &d.Spec.Template, rolling: d.Spec.Strategy.RollingUpdate,
		})
	}
	for _, s := range all[*appsv1.StatefulSet](r) {
		found = append(found, workload{
			Object: s, kind: "StatefulSet", service: s.Labels[component], replicas: s.Spec.Replicas,
			selector: s.Spec.Selector, pod: &s.Spec.Template, claims: s.Spec.VolumeClaimTemplates,
		})
	}
	return found
}

// workloadOf returns the one that is a service, or a zero one.
func workloadOf(r *release, service string) workload {
	for _, w := range workloads(r) {
		if w.service == service {
			return w
		}
	}
	return workload{}
}

func mustRender(t *testing.T, values chartutil.Values, o options) *release {
	t.Helper()
	r, err := render(values, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}
