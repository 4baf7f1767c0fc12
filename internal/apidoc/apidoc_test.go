package apidoc

import (
	"bytes"
	"encoding/json"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"go.yaml.in/yaml/v4"

	"popeye/api"
	"popeye/internal/ui"
	"popeye/internal/web"
)

var update = flag.Bool("update", false, "write what is made from the OpenAPI file instead of checking it")

// described is the OpenAPI file, as far as the page shows it.
type described struct {
	Paths      map[string]yaml.Node
	Components struct{ Responses map[string]response }
}

type server struct {
	URL         string
	Description string
	Variables   map[string]struct{ Default string }
}

type operation struct {
	OperationID          string `yaml:"operationId"`
	Tags                 []string
	Summary, Description string
	Servers              []server
	Security             []map[string]any
	RequestBody          struct {
		Content map[string]struct {
			Examples yaml.Node
		}
	} `yaml:"requestBody"`
	Responses map[string]response
}

type response struct {
	Ref         string `yaml:"$ref"`
	Description string
	Content     map[string]struct {
		Schema struct {
			AllOf []struct {
				Properties struct {
					Error struct {
						Properties struct{ Code struct{ Enum []string } }
					}
				}
			} `yaml:"allOf"`
		}
	}
}

// The page's data are what the OpenAPI file says. make docs writes them anew.
func TestOperationsAreThoseOfTheOpenAPIFile(t *testing.T) {
	var want bytes.Buffer
	e := json.NewEncoder(&want)
	e.SetEscapeHTML(false)
	e.SetIndent("", "\t")
	if err := e.Encode(readOperations(t)); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("operations.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(operationsJSON, want.Bytes()) {
		t.Error("operations.json is not what api/openapi.yaml says; run make docs")
	}
}

// readOperations reads them in the order of the file.
func readOperations(t *testing.T) (all []Operation) {
	t.Helper()
	var doc described
	var order struct{ Paths yaml.Node }
	if err := yaml.Unmarshal(api.OpenAPI, &doc); err != nil {
		t.Fatal(err)
	}
	if err := yaml.Unmarshal(api.OpenAPI, &order); err != nil {
		t.Fatal(err)
	}
	for path, item := range pairs(&order.Paths) {
		var common struct{ Servers []server }
		decode(t, item, &common)
		for method, node := range pairs(item) {
			if !slices.Contains([]string{"get", "put", "post", "patch", "delete"}, method) {
				continue
			}
			var o operation
			decode(t, node, &o)
			if o.Servers == nil {
				o.Servers = common.Servers
			}
			all = append(all, doc.shown(t, strings.ToUpper(method), path, o))
		}
	}
	return all
}

// shown is what the page says of an operation.
func (doc described) shown(t *testing.T, method, path string, o operation) Operation {
	t.Helper()
	shown := Operation{ID: o.OperationID, Method: method, Path: path, Tag: o.Tags[0], Summary: o.Summary, Description: strings.TrimSpace(o.Description)}
	for _, s := range o.Servers {
		name, _, _ := strings.Cut(s.Description, ":")
		url := s.URL
		for variable, v := range s.Variables {
			url = strings.ReplaceAll(url, "{"+variable+"}", v.Default)
		}
		shown.Servers = append(shown.Servers, Server{name, url})
	}
	shown.Token = slices.ContainsFunc(o.Security, func(s map[string]any) bool { return s["token"] != nil })
	examples := o.RequestBody.Content["application/json"].Examples
	for _, node := range pairs(&examples) {
		var e struct {
			Summary string
			Value   any
		}
		decode(t, node, &e)
		body, err := json.Marshal(e.Value)
		if err != nil {
			t.Fatal(err)
		}
		shown.Examples = append(shown.Examples, Example{e.Summary, string(body)})
	}
	for status, r := range o.Responses {
		if name, is := strings.CutPrefix(r.Ref, "#/components/responses/"); is {
			r = doc.Components.Responses[name]
		}
		a := Answer{Status: status, Description: strings.TrimSpace(r.Description)}
		for _, part := range r.Content["application/json"].Schema.AllOf {
			a.Codes = append(a.Codes, part.Properties.Error.Properties.Code.Enum...)
		}
		if a.Description == "" {
			t.Errorf("%s %s: what %s means is not said", method, path, status)
		}
		shown.Answers = append(shown.Answers, a)
	}
	slices.SortFunc(shown.Answers, func(a, b Answer) int { return strings.Compare(a.Status, b.Status) })
	return shown
}

// pairs are the fields of an object in YAML, in their order.
func pairs(n *yaml.Node) func(yield func(string, *yaml.Node) bool) {
	return func(yield func(string, *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			value := n.Content[i+1]
			if value.Alias != nil {
				value = value.Alias
			}
			if !yield(n.Content[i].Value, value) {
				return
			}
		}
	}
}

func decode(t *testing.T, n *yaml.Node, into any) {
	t.Helper()
	if err := n.Decode(into); err != nil {
		t.Fatal(err)
	}
}

// Each site shows the operations that it serves, with a command for each; none of
// another's.
func TestPageHasTheOperationsOfItsSite(t *testing.T) {
	look, err := ui.Load(fstest.MapFS{"static/none.css": {}})
	if err != nil {
		t.Fatal(err)
	}
	all, err := operations()
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	for _, site := range []string{"poll", "result"} {
		s := &web.Site{Mux: http.NewServeMux()}
		s.Handle("GET /api", Page(look, site))
		w := httptest.NewRecorder()
		s.Mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api", nil))
		if w.Code != http.StatusOK {
			t.Fatal(w.Code, w.Body)
		}
		shown := 0
		for _, o := range all {
			has, want := strings.Contains(w.Body.String(), `id="`+o.ID+`"`), slices.ContainsFunc(o.Servers, func(s Server) bool { return s.Name == site })
			if has != want {
				t.Errorf("%s shows %s: %t, want %t", site, o.ID, has, want)
			}
			if has {
				shown++
			}
		}
		if n := strings.Count(w.Body.String(), "curl "); n < shown || shown == 0 {
			t.Errorf("%s: %d commands for %d operations", site, n, shown)
		}
	}
}

// A shell gets a body as it is.
func TestCallQuotesItsBody(t *testing.T) {
	o := Operation{Method: "POST", Path: "/api/v1/polls/{slug}", Token: true, Servers: []Server{{"result", "http://localhost:5001"}}}
	want := `curl -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json' -d '{"question":"What'\''s up?"}' http://localhost:5001/api/v1/polls/default`
	if got := o.call("result", `{"question":"What's up?"}`); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFileIsServedAsItIs(t *testing.T) {
	w := httptest.NewRecorder()
	if err := File(w, nil); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(w.Body.Bytes(), api.OpenAPI) || w.Header().Get("Content-Type") != "application/yaml" {
		t.Errorf("%d bytes of %s", w.Body.Len(), w.Header().Get("Content-Type"))
	}
}
