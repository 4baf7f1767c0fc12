package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

// object is one in JSON.
type object = map[string]any

// spec is the OpenAPI file, which judges answers and keeps which of them it has seen.
// Safe for concurrent use.
type spec struct {
	doc   object
	event string // the code of one that is there

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	seen     map[string]bool // "vote 202"
}

// closedObjects are the schemas of answers, which in a test have no fields but those that are
// named. The file itself leaves clients free to meet new ones.
var closedObjects = []string{
	"Poll", "Polls", "Option", "Recorded", "Results", "OptionCount", "Account", "Count", "Round", "Tie", "Rounds", "Audit", "Error", "Ballots",
}

// readOpenAPI returns the file, with its objects closed.
func readOpenAPI(t *testing.T) object {
	t.Helper()
	raw, err := os.ReadFile(openAPI)
	if err != nil {
		t.Fatal(err)
	}
	var doc, plain object
	if err := yaml.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	for _, name := range closedObjects {
		at(doc, "components", "schemas", name)["additionalProperties"] = false
	}
	if raw, err = json.Marshal(doc); err == nil { // aliases become copies, and numbers those of JSON
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

// at returns what is at a path, following references; nil if there is nothing.
func at(doc object, path ...string) object {
	here := doc
	for _, step := range path {
		here, _ = here[step].(object)
		if ref, is := here["$ref"].(string); is {
			here = at(doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
		}
	}
	return here
}

var escaped = regexp.MustCompile(`\\u([0-9a-f]{4})`)

func newSpec(t *testing.T) *spec {
	t.Helper()
	s := &spec{doc: readOpenAPI(t), compiler: jsonschema.NewCompiler(), seen: map[string]bool{}}
	s.compiler.DefaultDraft(jsonschema.Draft2020)
	s.compiler.AssertFormat()
	s.compiler.UseRegexpEngine(func(text string) (jsonschema.Regexp, error) {
		return regexp.Compile(escaped.ReplaceAllString(text, `\x{$1}`)) // how Go writes what JavaScript does
	})
	if err := s.compiler.AddResource("file:///openapi.json", s.doc); err != nil {
		t.Fatal(err)
	}
	return s
}

// operation finds the one that a request asks for: its path in the file, and its id.
func (s *spec) operation(method, path string) (template, id string) {
	parts := strings.Split(path, "/")
	for _, template := range slices.Sorted(maps.Keys(at(s.doc, "paths"))) {
		o := at(s.doc, "paths", template, strings.ToLower(method))
		fits := slices.EqualFunc(parts, strings.Split(template, "/"), func(got, want string) bool { return got == want || strings.HasPrefix(want, "{") })
		if o != nil && fits {
			return template, o["operationId"].(string)
		}
	}
	return "", ""
}

// documented returns the answers of all operations, as in "vote 202".
func (s *spec) documented() (all []string) {
	for _, item := range at(s.doc, "paths") {
		for _, o := range item.(object) {
			o, is := o.(object)
			if !is || o["operationId"] == nil {
				continue
			}
			for status := range o["responses"].(object) {
				all = append(all, o["operationId"].(string)+" "+status)
			}
		}
	}
	slices.Sort(all)
	return all
}

// judge says what is wrong with an answer: its status, a header, its type or its body.
func (s *spec) judge(method, path string, resp *http.Response, body []byte) error {
	template, id := s.operation(method, path)
	if id == "" {
		return fmt.Errorf("%s %s is no operation", method, path)
	}
	status := strconv.Itoa(resp.StatusCode)
	answer := at(s.doc, "paths", template, strings.ToLower(method), "responses", status)
	if answer == nil {
		return fmt.Errorf("%s answers %s, which is not documented: %.200s", id, status, body)
	}
	for name, h := range at(answer, "headers") {
		if required, _ := h.(object)["required"].(bool); required && resp.Header.Get(name) == "" {
			return fmt.Errorf("%s answers %s without %s", id, status, name)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[id+" "+status] = true
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	content := at(answer, "content")
	switch {
	case content == nil && len(body) == 0:
		return nil
	case content == nil || content[kind] == nil:
		return fmt.Errorf("%s answers %s with %q, which is not documented: %.200s", id, status, kind, body)
	case kind != "application/json":
		return nil
	}
	return s.validate(id, status, s.pointer(template, method, status), body)
}

// pointer says where the schema of an answer in JSON is.
func (s *spec) pointer(template, method, status string) string {
	escape := strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace
	answer, _ := at(s.doc, "paths", template, strings.ToLower(method), "responses")[status].(object)
	if ref, is := answer["$ref"].(string); is {
		return "file:///openapi.json" + ref + "/content/application~1json/schema"
	}
	return "file:///openapi.json#/paths/" + escape(template) + "/" + strings.ToLower(method) + "/responses/" + status + "/content/application~1json/schema"
}

// validate holds a body to a schema. The caller holds mu.
func (s *spec) validate(id, status, pointer string, body []byte) error {
	schema, err := s.compiler.Compile(pointer)
	if err != nil {
		return err
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(v)
	}
	if err != nil {
		return fmt.Errorf("%s answers %s with another body than is documented: %w\n%.500s", id, status, err, body)
	}
	return nil
}

// ask sends a request and judges its answer.
func (s *spec) ask(req *http.Request) (status int, err error) {
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	var body []byte
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") { // which has no end: its first line
		body, err = bufio.NewReader(resp.Body).ReadBytes('\n')
	} else {
		body, err = io.ReadAll(resp.Body)
	}
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, s.judge(req.Method, req.URL.Path, resp, body)
}

// read reads and judges the answer on a connection.
func (s *spec) read(conn io.Reader, method, path string) (status int, err error) {
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, s.judge(method, path, resp, body)
}
