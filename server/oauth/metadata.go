package oauth

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// metadataPath is where metadata of a resource are, followed by the resource's
// path (RFC 9728, 3).
const metadataPath = "/.well-known/oauth-protected-resource"

// metadata describe a resource (RFC 9728, 2).
type metadata struct {
	Resource string   `json:"resource"`
	Name     string   `json:"resource_name,omitempty"`
	Issuers  []string `json:"authorization_servers"`
	Scopes   []string `json:"scopes_supported,omitempty"`
	Methods  []string `json:"bearer_methods_supported"`
}

// MetadataPaths returns the paths of the metadata. They must need no token.
func (r *Resource) MetadataPaths() []string {
	paths := []string{metadataPath}
	for _, resource := range slices.Compact(slices.Sorted(maps.Values(r.opts.Paths))) {
		paths = append(paths, metadataPath+resource)
	}
	return paths
}

// Metadata answers requests for the metadata paths.
func (r *Resource) Metadata() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method != http.MethodGet && q.Method != http.MethodHead {
			w.Header().Set("Allow", "GET, HEAD")
			http.Error(w, "metadata is read-only", http.StatusMethodNotAllowed)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(metadata{
			Resource: r.opts.URL + strings.TrimPrefix(q.URL.Path, metadataPath), Name: r.opts.Name,
			Issuers: []string{r.opts.Issuer}, Scopes: r.opts.Scopes, Methods: []string{"header"},
		})
	})
}
