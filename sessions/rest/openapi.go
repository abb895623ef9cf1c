package rest

import (
	_ "embed" // for openapi.json
	"net/http"
)

// openAPIDocument is the description of the service (OpenAPI 3.1, JSON).
//
//go:embed openapi.json
var openAPIDocument []byte

// openAPI serves GET /openapi.json.
func (c *call) openAPI() error {
	c.send(http.StatusOK, openAPIDocument)
	return nil
}
