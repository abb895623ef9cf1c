package server_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// module is the path of the module, which whoever publishes the program changes. No file
// tells it: this test binary starts sandboxes too, which begin in other folders.
var module = strings.TrimSuffix(reflect.TypeFor[ownType]().PkgPath(), "/server_test")

type ownType struct{}

// importRules say which packages may import what. Imports point inwards, from
// main to the domain. A path stands for itself and for all below it, one behind =
// for itself alone.
var importRules = []struct {
	banned string   // what is imported
	but    []string // by whom it may be
	why    string
}{
	{"github.com/mark3labs/mcp-go", []string{module + "/server", module + "/tools"},
		"what a session is does not depend on the protocol that an agent speaks"},
	{"github.com/Azure", []string{module + "/sessions/azure", module + "/server/backend", module + "/server/doctor"},
		"one adapter knows Azure's SDK; the backend makes the credential, and the doctor tries it"},
	{"gvisor.dev/gvisor", []string{module + "/sessions/local/sandbox"},
		"one package knows what a sandbox is made of"},
	{"github.com/kluctl/go-embed-python", []string{module + "/sessions/local/python"},
		"one package knows where the interpreter comes from"},
	{"github.com/coreos/go-oidc", []string{module + "/server/oauth"},
		"one package knows how tokens of an issuer are checked"},
	{"github.com/alecthomas/kong", []string{module + "/config"},
		"one package knows the command line"},
	{"github.com/gofrs/flock", []string{module + "/sessions/local"},
		"locks follow no links: others take one of cachedir"},
	{module + "/sessions/local/cachestore", []string{module + "/sessions/local/basesystem", module + "/sessions/local/python", module + "/sessions/local/sandbox", module + "/sessions/local/snapshot", module + "/sessions/local/cachestore"},
		"what makes an item decides when it is made and when it goes; others ask that package"},
	{module + "/server", []string{module, module + "/server"}, "nothing but main is outside of the server"},
	{module + "/config", []string{module, module + "/config", "=" + module + "/server", module + "/server/backend", module + "/server/doctor", module + "/server/httpserver", module + "/server/manual", module + "/server/flagstest"},
		"packages get what they need as arguments, not from the configuration"},
	{module + "/server/backend", []string{"=" + module + "/server", module + "/server/doctor"},
		"one package opens pools; all others are given a sessions.Pool"},
	{module + "/server/doctor", []string{"=" + module + "/server"}, "it is a command"},
	{module + "/server/demo", []string{"=" + module + "/server"}, "it is a command"},
	{module + "/server/manual", []string{"=" + module + "/server"}, "it is what some commands print"},
	{module + "/server/licenses", []string{"=" + module + "/server"}, "it is what a command prints"},
	{module + "/server/bench", []string{"=" + module + "/server"}, "it is a command"},
	{module + "/server/httpserver", []string{"=" + module + "/server"},
		"what is served does not know how it is served"},
	{module + "/server/flagstest", nil, "tests only"},
	{module + "/server/httpserver/httpservertest", nil, "tests only"},
	{module + "/tools", []string{module + "/server", module + "/tools", module + "/config"},
		"sessions do not know who uses them; a setting has the type of the package that it is for"},
	{module + "/sessions/local", []string{module, module + "/server", module + "/sessions/local", module + "/config"},
		"everything but the composition root sees only the Pool; a setting has the type of the package that it is for"},
	{module + "/sessions/azure", []string{module + "/server", module + "/sessions/azure", module + "/sessions/childpool"},
		"everything but the composition root sees only the Pool; a pool in a child process speaks the same API"},
	{module + "/sessions/childpool", []string{module + "/server", module + "/sessions/childpool"},
		"everything but the composition root sees only the Pool"},
	{module + "/sessions/rest", []string{module + "/server", module + "/sessions/rest"},
		"the service and the client meet on the wire alone"},
	{"image", []string{module + "/tools/picture", module + "/server/demo", module + "/server/e2e"},
		"one package decodes images that nobody trusts, within bounds; the demo looks at what it gets"},
	{"golang.org/x/image", []string{module + "/tools/picture"}, "as package image"},
	{module + "/tools/toolstest", []string{module + "/tools/toolstest"}, "tests only"},
	{module + "/tools/picture/picturetest", []string{module + "/tools/picture/picturetest"}, "tests only"},
	{module + "/sessions/sessionstest", []string{module + "/sessions/sessionstest"}, "tests only"},
	{module + "/sessions/local/localtest", []string{module + "/sessions/local/localtest"}, "tests only"},
	{module + "/sessions/local/sandbox/containertest", nil, "tests only"},
	{module + "/sessions/azure/azuretest", []string{module + "/sessions/azure/azuretest"}, "tests only"},
	{module + "/server/e2e", nil, "nothing depends on tests of the built program"},
}

// importBans say what a package must not import, where importRules let more
// packages have it. Both paths stand for themselves and for all below them.
var importBans = []struct{ importer, banned, why string }{
	{module + "/tools/delivery", "github.com/mark3labs/mcp-go", "files are the user's whatever protocol asked for them"},
	{module + "/tools/delivery", module + "/tools/render", "what is saved does not depend on what is answered"},
	{module + "/tools/hostfs", "github.com/mark3labs/mcp-go", "what may be reached of the host does not depend on the protocol"},
	{module + "/tools/notices", "github.com/mark3labs/mcp-go", "notices are sentences; render makes content of them"},
	{module + "/tools/sessionpath", "github.com/mark3labs/mcp-go", "paths are those of the session, whoever asks"},
	{module + "/tools/render", "github.com/mark3labs/mcp-go/server", "render makes content; calls, arguments and clients are for tools"},
	{module + "/tools/render", module + "/tools/hostfs", "an answer is about the session, not about the host"},
	{module + "/tools/hostfs", module + "/tools/render", "the host's folders are the same whatever is answered"},
	{module + "/tools/picture", module + "/sessions", "an image is an image, wherever it comes from"},
	{module + "/tools/charset", module, "a text is a text, wherever it comes from"},
	{module + "/tools/glob", module, "patterns match names, of whatever they are"},
	{module + "/tools/preview", "github.com/mark3labs/mcp-go", "what a file holds does not depend on the protocol"},
	{module + "/tools/notebook", "github.com/mark3labs/mcp-go", "what happened does not depend on the protocol"},
	{module + "/tools/runs", "github.com/mark3labs/mcp-go", "how long code runs does not depend on the protocol"},
	{module + "/tools/prose", module, "everything that writes for a model may use it, so it uses nothing of ours"},
	{module + "/tools/terminal", module, "what a terminal shows does not depend on who looks at it"},
	{module + "/tools/fold", module, "text repeats itself whatever it is about"},
	{module + "/tools/mistake", module, "everything that a model can do wrong may say so, so it uses nothing of ours"},
}

// ownImports are all packages of the module that some packages may import.
var ownImports = map[string]struct {
	may []string // import, exactly
	why string
}{
	module + "/sessions/local/await": {nil, "waiting for work does not depend on what is done"},
	module + "/sessions/local/datadir": {[]string{module + "/sessions", module + "/sessions/local/await", module + "/sessions/local/tree"},
		"a session's files do not know what runs over them, and cannot take the pool's lock"},
	module + "/sessions/local/basesystem": {[]string{module + "/sessions/atomicfile", module + "/sessions/local/cachedir", module + "/sessions/local/cachestore"},
		"a base system is files, whatever is made of them"},
	module + "/sessions/local/interpreter": {[]string{module + "/sessions", module + "/sessions/budget", module + "/sessions/local/await", module + "/sessions/local/basesystem",
		module + "/sessions/egress", module + "/sessions/local/cachedir", module + "/sessions/local/datadir", module + "/sessions/local/delta", module + "/sessions/local/kernel",
		module + "/sessions/local/python", module + "/sessions/local/sandbox", module + "/sessions/local/snapshot", module + "/sessions/userfolders"},
		"an interpreter does not know who waits for it, and cannot take the pool's lock"},
	module + "/sessions/local/sandbox/landlock": {nil, "a process confines itself before anything else is initialised"},
	module + "/sessions/local/sandbox/early":    {[]string{module + "/sessions/local/sandbox/landlock"}, "the more it imports the later it comes"},
	module + "/sessions/local/sandbox/gofer":    {[]string{module + "/sessions/userfolders"}, "it is what a sandbox that has got out talks to, and knows nothing else"},
	module + "/sessions/userfolders":            {nil, "where code sees a folder follows from its name alone"},
	module + "/config": {[]string{module + "/config/size", module + "/sessions", module + "/sessions/egress", module + "/sessions/engine", module + "/sessions/local", module + "/sessions/userfolders",
		module + "/tools", module + "/tools/hostpath"},
		"it says what is wanted, with the types of those who do it, and does nothing itself"},
	module + "/server/filelinks": {[]string{module + "/sessions", module + "/tools/hostfs", module + "/tools/prose", module + "/tools/sessionpath"},
		"a link permits what it leads to; who may call the service is for the guard"},
	module + "/tools/recent":       {nil, "what is forgotten does not depend on what it is"},
	module + "/tools/hostpath":     {nil, "how a path is written does not depend on what it is for"},
	module + "/tools/excerpt":      {[]string{module + "/tools/mistake", module + "/tools/prose"}, "lines of a text are the same, of whatever file they are"},
	module + "/tools/runs":         {[]string{module + "/sessions", module + "/sessions/budget", module + "/tools/recent"}, "it knows pools and nothing of what is told of a run"},
	module + "/tools/notebook":     {[]string{module + "/sessions", module + "/tools/prose", module + "/tools/recent"}, "it is told what happened, and asks no session"},
	module + "/server/transcript":  {[]string{module + "/sessions", module + "/sessions/atomicfile", module + "/tools/delivery", module + "/tools/notebook", module + "/tools/prose", module + "/tools/recent"}, "it writes what it is told, of any pool"},
	module + "/tools/preview":      {[]string{module + "/sessions", module + "/tools/excerpt"}, "it asks sessions what files hold, and believes nothing of the answer"},
	module + "/server/about":       {nil, "what the program says about itself depends on nothing"},
	module + "/server/connections": {nil, "it bounds the connections of any service"},
	module + "/server/manual":      {[]string{module + "/config"}, "it is made of the commands and flags alone"},
	module + "/server/licenses":    {[]string{module + "/sessions/local/python"}, "it prints what modules and packages say"},
	module + "/server/metrics":     {nil, "it is told what to count"},
	module + "/server/tasks": {[]string{module + "/server/jsonrpc", module + "/sessions", module + "/sessions/budget", module + "/tools", module + "/tools/prose"},
		"a task is a call, whatever it came over"},
	module + "/server/demo":         {nil, "it knows the server as clients do, by its process"},
	module + "/server/bench":        {[]string{module + "/sessions", module + "/sessions/azure", module + "/server/about"}, "it measures the program as its users see it, by its processes"},
	module + "/sessions/brief":      {nil, "what a command said is a text, whatever it was"},
	module + "/sessions/engine":     {[]string{module + "/sessions/brief", module + "/sessions/engine/wsl"}, "it knows the commands of engines, and nothing of what runs in them"},
	module + "/sessions/engine/wsl": {[]string{module + "/sessions/brief"}, "it knows the command of WSL, and nothing of what runs in it"},
	module + "/sessions/atomicfile": {nil, "a file is bytes, whatever it is of"},
	module + "/sessions/egress":     {[]string{module + "/sessions/atomicfile"}, "what may be reached does not depend on who asks, or how his bytes come"},
	module + "/sessions/stage":      {nil, "what is being done is a text, whoever does it"},
	module + "/sessions/wire/pipe":  {nil, "two streams are a connection, whatever is said over it"},
	module + "/server/httpserver": {[]string{module + "/config", module + "/server/about", module + "/server/connections", module + "/server/guard",
		module + "/sessions", module + "/sessions/local/cachedir"}, "it serves any handler, be it MCP or Azure's REST API"},
	module + "/server/doctor": {[]string{module + "/config", module + "/server/backend", module + "/sessions", module + "/sessions/azure", module + "/sessions/engine", module + "/sessions/wire",
		module + "/sessions/local", module + "/sessions/local/basesystem", module + "/sessions/local/cachedir", module + "/sessions/local/python", module + "/sessions/local/sandbox",
		module + "/sessions/local/snapshot", module + "/sessions/userfolders", module + "/tools/hostfs"}, "it tries sessions, not the protocols that they are offered by"},
}

type listedPackage struct {
	ImportPath string
	Imports    []string
	Standard   bool
}

func TestImports(t *testing.T) {
	packages := listPackages(t)
	if len(packages) < 8 {
		t.Fatalf("only %d packages", len(packages))
	}
	for _, p := range packages {
		for _, imported := range p.Imports {
			if p.ImportPath == module+"/sessions" && strings.Contains(imported, ".") {
				t.Errorf("%s imports %s: the domain depends on the standard library alone", p.ImportPath, imported)
			}
			if p.ImportPath == module+"/sessions/wire" && strings.Contains(imported, ".") ||
				p.ImportPath == module+"/sessions/wire" && within(imported, module) && imported != module+"/sessions" {
				t.Errorf("%s imports %s: what is on the wire is said in terms of the domain alone", p.ImportPath, imported)
			}
			if within(p.ImportPath, module+"/tools") && imported == module+"/tools" {
				t.Errorf("%s imports %s: tools uses the packages below it, which do not know it", p.ImportPath, imported)
			}
			if p.ImportPath != imported && within(p.ImportPath, module+"/sessions/local") && p.ImportPath != module+"/sessions/local/localtest" && imported == module+"/sessions/local" {
				t.Errorf("%s imports %s: what a session is made of cannot name the pool", p.ImportPath, imported)
			}
			for _, ban := range importBans {
				if within(p.ImportPath, ban.importer) && within(imported, ban.banned) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, ban.why)
				}
			}
			if rule, ok := ownImports[p.ImportPath]; ok && within(imported, module) && !slices.Contains(rule.may, imported) {
				t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
			}
			if p.ImportPath == module+"/sessions/rest" && imported == "crypto/subtle" {
				t.Errorf("%s imports %s: who may call a service is decided in server/guard alone", p.ImportPath, imported)
			}
			for _, rule := range importRules {
				if within(imported, rule.banned) && !allowed(p.ImportPath, rule.but) {
					t.Errorf("%s imports %s: %s", p.ImportPath, imported, rule.why)
				}
			}
		}
	}
}

func allowed(path string, by []string) bool {
	for _, prefix := range by {
		if path == prefix || "="+path == prefix || prefix != module && within(path, prefix) {
			return true
		}
	}
	return false
}

func within(path, prefix string) bool {
	return path == prefix || strings.HasPrefix(path, prefix+"/")
}

// listPackages returns the packages of the module.
func listPackages(t *testing.T) []listedPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports,Standard", module+"/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var packages []listedPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listedPackage
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return packages
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
}
