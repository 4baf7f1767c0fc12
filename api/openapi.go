package api

import _ "embed" // the file below

// OpenAPI describes the API for everybody: openapi.yaml, as both sites serve it.
//
//go:embed openapi.yaml
var OpenAPI []byte
