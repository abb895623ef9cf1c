package azure

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// errEndpoint is what the errors of [ParseEndpoint] wrap.
var errEndpoint = errors.New("not a pool management endpoint")

// endpointForm is what the endpoint of a pool in Azure looks like.
const endpointForm = "https://REGION.dynamicsessions.io/subscriptions/SUBSCRIPTION/resourceGroups/GROUP/sessionPools/POOL"

// findEndpoint is the command that prints the endpoint of a pool in Azure.
const findEndpoint = "az containerapp sessionpool show --name POOL --resource-group GROUP --query properties.poolManagementEndpoint --output tsv"

// An Endpoint is the address of a session pool. Get one from [ParseEndpoint].
type Endpoint struct {
	base  string // without a slash at its end
	host  string // without a port
	plain bool   // HTTP without TLS
	scope string // the pool's resource ID, "" if the address does not tell
}

// String returns the address.
func (e Endpoint) String() string { return e.base }

// Host returns the host without its port.
func (e Endpoint) Host() string { return e.host }

// Loopback reports whether the pool is on this machine.
func (e Endpoint) Loopback() bool {
	ip := net.ParseIP(e.host)
	return e.host == "localhost" || ip != nil && ip.IsLoopback()
}

// Azure reports whether the host is one of Azure Container Apps.
func (e Endpoint) Azure() bool {
	return e.interpreter() || e.custom()
}

// Scope returns the resource ID of the pool, on which roles are assigned, or
// "" if the address does not have it, as that of a custom container.
func (e Endpoint) Scope() string { return e.scope }

// interpreter reports the hosts of pools that Azure makes the sessions of.
func (e Endpoint) interpreter() bool {
	return strings.HasSuffix(e.host, ".dynamicsessions.io") || strings.HasSuffix(e.host, ".acasessions.io")
}

// custom reports the hosts of pools with a container of their owner's.
func (e Endpoint) custom() bool { return strings.HasSuffix(e.host, ".azurecontainerapps.io") }

// ParseEndpoint reads the address of a pool as people paste it: quotes and
// space around it, a query, a slash or the path of a call such as
// "/code/execute" at its end are taken off, and https:// is added where it is
// missing. It refuses credentials in the address, HTTP without TLS to another
// machine, and for Azure's own hosts a path that names no pool. The error has
// the right form in it.
func ParseEndpoint(s string) (Endpoint, error) {
	text := strings.Trim(s, " \t\r\n\"'`<>")
	if _, _, err := poolPath(text); err == nil && strings.HasPrefix(text, "/") {
		return Endpoint{}, refuse("it is the resource ID of a pool, which does not contain the pool's address")
	}
	text = withScheme(text)
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Opaque != "" {
		return Endpoint{}, refuse("it is not a valid address")
	}
	if u.User != nil {
		return Endpoint{}, refuse("it contains a user name or password; leave them out, the pool takes a token")
	}
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	e := Endpoint{host: host, plain: u.Scheme == "http"}
	switch {
	case strings.Trim(host, "abcdefghijklmnopqrstuvwxyz0123456789-._:") != "" || strings.Trim(host, ".-:") == "":
		return Endpoint{}, refuse("its host cannot exist")
	case host == "management.azure.com" || host == "portal.azure.com":
		return Endpoint{}, refuse("that is where pools are managed; their sessions are elsewhere")
	case strings.HasSuffix(host, ".azuredevcompute.io"):
		return Endpoint{}, refuse("it belongs to Azure Container Apps Sandboxes, which is not dynamic sessions")
	case !validPort(u.Port()):
		return Endpoint{}, refuse(fmt.Sprintf("its port is %.20s and must be between 1 and 65535", u.Port()))
	case u.Scheme != "https" && u.Scheme != "http":
		return Endpoint{}, refuse(fmt.Sprintf("its scheme is %.20q and must be https", u.Scheme))
	case e.plain && !e.Loopback():
		return Endpoint{}, refuse("it begins with http://, which would show the token to the network; begin it with https:// (http is for loopback only)")
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	for rest := withoutCall(path); rest != path; rest = withoutCall(path) {
		path = rest
	}
	if strings.ContainsAny(path, "\"'`<> ") {
		return Endpoint{}, refuse("its path contains an invalid character")
	}
	if e.interpreter() {
		if path, e.scope, err = poolPath(path); err != nil {
			return Endpoint{}, err
		}
	} else if p, scope, err := poolPath(path); err == nil {
		path, e.scope = p, scope
	}
	e.base = u.Scheme + "://" + strings.ToLower(u.Host) + path
	return e, nil
}

// validPort reports whether a port can be called; "" is that of the scheme.
func validPort(port string) bool {
	n, err := strconv.ParseUint(port, 10, 16)
	return port == "" || err == nil && n > 0
}

func refuse(why string) error {
	return fmt.Errorf("%w: %s. It should look like %s; find it with: %s", errEndpoint, why, endpointForm, findEndpoint)
}

// withScheme adds the scheme that an address without one means.
func withScheme(s string) string {
	if strings.Contains(s, "://") {
		return s
	}
	host, _, _ := strings.Cut(s, "/")
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if (Endpoint{host: name}).Loopback() {
		return "http://" + s
	}
	return "https://" + s
}

// withoutCall takes off the path of a call.
func withoutCall(path string) string {
	for _, call := range []string{
		"/python/execute", "/code/execute", "/executions", "/execute",
		"/files/upload", "/files", "/session", "/listSessions", "/metadata", "/mcp",
	} {
		if n := len(path) - len(call); n >= 0 && strings.EqualFold(path[n:], call) {
			return strings.TrimRight(path[:n], "/")
		}
	}
	return path
}

// poolPath reads the path that names a pool in Azure, or its resource ID, and
// returns it and the resource ID.
func poolPath(path string) (clean, scope string, err error) {
	parts := strings.Split(strings.TrimPrefix(path, "/"), "/")
	if len(parts) == 8 && strings.EqualFold(parts[4], "providers") && strings.EqualFold(parts[5], "Microsoft.App") {
		parts = slices.Delete(parts, 4, 6)
	}
	if len(parts) != 6 || slices.Contains(parts, "") ||
		!strings.EqualFold(parts[0], "subscriptions") || !strings.EqualFold(parts[2], "resourceGroups") || !strings.EqualFold(parts[4], "sessionPools") {
		return "", "", refuse("its path does not name a pool")
	}
	subscription, group, pool := parts[1], parts[3], parts[5]
	clean = "/subscriptions/" + subscription + "/resourceGroups/" + group + "/sessionPools/" + pool
	scope = "/subscriptions/" + subscription + "/resourceGroups/" + group + "/providers/Microsoft.App/sessionPools/" + pool
	return clean, scope, nil
}
