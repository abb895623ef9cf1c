package rest

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDescriptionNamesEveryRoute(t *testing.T) {
	t.Parallel()
	var document struct {
		OpenAPI string
		Paths   map[string]map[string]struct {
			OperationID string
			Security    *[]map[string][]string
			Responses   map[string]json.RawMessage
		}
	}
	if err := json.Unmarshal(openAPIDocument, &document); err != nil {
		t.Fatal(err)
	}
	described, ids := 0, map[string]bool{}
	for path, operations := range document.Paths {
		for _, operation := range operations {
			described++
			if ids[operation.OperationID] || operation.OperationID == "" {
				t.Errorf("%s: the ID %q is not unique", path, operation.OperationID)
			}
			ids[operation.OperationID] = true
		}
	}
	for _, route := range routes() {
		operation, ok := document.Paths[route.pattern][strings.ToLower(route.method)]
		if !ok {
			t.Errorf("%s %s is not described", route.method, route.pattern)
			continue
		}
		if open := operation.Security != nil && len(*operation.Security) == 0; open != route.bare {
			t.Errorf("%s %s: described as open: %t", route.method, route.pattern, open)
		}
		described--
	}
	if described != 0 || document.OpenAPI != "3.1.0" {
		t.Errorf("%d operations are described that are no routes", described)
	}
}
