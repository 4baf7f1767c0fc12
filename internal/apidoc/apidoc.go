// Package apidoc shows the HTTP API to those who write programs for it. What enters
// is api/openapi.yaml; what leaves is that file as it is, and a page with each
// operation, its examples and its answers.
//
// The page is made from operations.json, which a test makes from the YAML and holds
// to it: so no program needs to read YAML.
package apidoc

import (
	_ "embed" // operations.json
	"encoding/json"
	"net/http"
	"slices"

	"popeye/api"
	"popeye/internal/i18n"
	"popeye/internal/ui"
	"popeye/internal/web"
)

// FilePath is where the sites serve the file.
const FilePath = api.Base + "/openapi.yaml"

// Operation is what the page says of one.
type Operation struct {
	ID          string    `json:"id"`
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	Servers     []Server  `json:"servers"` // where it is served
	Tag         string    `json:"tag"`     // whose it is
	Token       bool      `json:"token,omitempty"`
	Summary     string    `json:"summary"`
	Description string    `json:"description,omitempty"`
	Examples    []Example `json:"examples,omitempty"` // of the body
	Answers     []Answer  `json:"answers"`
}

// Server is one of the sites.
type Server struct {
	Name string `json:"name"`
	URL  string `json:"url"` // in the usual installation
}

// Example is a body that can be sent.
type Example struct {
	Summary string `json:"summary,omitempty"`
	Body    string `json:"body"` // JSON
}

// Answer is what an operation may answer.
type Answer struct {
	Status      string   `json:"status"`
	Description string   `json:"description"`
	Codes       []string `json:"codes,omitempty"` // of the error
}

//go:embed operations.json
var operationsJSON []byte

// operations returns them in the order of the file.
func operations() (all []Operation, err error) {
	return all, json.Unmarshal(operationsJSON, &all)
}

// File answers with the OpenAPI file.
func File(w http.ResponseWriter, _ *http.Request) error {
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Cache-Control", "public, max-age=300")
	_, _ = w.Write(api.OpenAPI) // a reader that is gone is no failure of ours
	return nil
}

// Page answers with the operations of one site, as in "poll".
func Page(look *ui.Theme, site string) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		all, err := operations()
		if err != nil {
			return err
		}
		served := func(s Server) bool { return s.Name == site }
		all = slices.DeleteFunc(all, func(o Operation) bool { return !slices.ContainsFunc(o.Servers, served) })
		return web.HTML(w, http.StatusOK, page(look, i18n.For(r), site, all))
	}
}
