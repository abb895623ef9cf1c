package rest

import (
	_ "embed" // for openapi.json
	"net/http"
)

//go:embed openapi.json
var openAPIDocument []byte

// OpenAPI returns the description of the service (OpenAPI 3.1, JSON).
func OpenAPI() []byte { return append([]byte(nil), openAPIDocument...) }

// openAPI serves GET /openapi.json.
func (c *call) openAPI() error {
	c.send(http.StatusOK, openAPIDocument)
	return nil
}
