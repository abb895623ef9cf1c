package hostfs

import (
	"fmt"
	"path/filepath"
	"strings"
	"unicode"

	"dynamic-sessions-mcp/sessions/userfolders"
	"dynamic-sessions-mcp/tools/mistake"
	"dynamic-sessions-mcp/tools/prose"
)

// What is saved comes from code that nobody has read. It is dangerous on the
// user's computer where a program executes or obeys it, because of its name or its
// place, without the user opening it. Five rules prevent that; each is about a kind
// of name, so that it holds for programs that are not known here:
//
//  1. Nothing hidden, in any part of the path below the allowed folder (see
//     [userfolders.Hidden]): .git/hooks, .ssh/authorized_keys, .envrc, .vscode/tasks.json,
//     .github/workflows, .claude are all found by their dot.
//  2. The name means the same file on every system: "a.txt:b", "con.txt",
//     "name. ", "PROGRA~1" and names with invisible characters are other files,
//     or none, where the folder is shared with Windows or macOS.
//  3. It has an extension. Makefile, Dockerfile, Jenkinsfile, crontab,
//     authorized_keys, pre-commit and commands such as git have none.
//  4. The extension is that of a document or of data. Everything else is
//     refused, known or not: what systems run (exe, lnk, desktop, inf, command),
//     what interpreters and compilers load by name or find in their folder (py,
//     so conftest, sitecustomize, __init__, setup and every module that could be
//     shadowed; pth, js, so, dll, go) and what tools take as settings (ini, cfg,
//     toml, yml, conf, plist, service).
//  5. Of text that tools and agents read by its name, names with two extensions
//     of letters are refused, whose first one is the tool's (vite.config.json,
//     x.instructions.md, CLAUDE.local.md).
//
// The names in obeyed remain, which no rule finds. No file can be executed, and
// none replaces another.

// allowed returns a mistake that says which rule forbids the target's name, and
// suggests another.
func (t target) allowed() error {
	if why := objection(t.name); why != "" {
		return mistake.Errorf("Nothing was saved as %s: %s. Give save_to the path of a new file with another name, such as %s.",
			prose.Name(t.path()), why, prose.Name(proposal(t.name)))
	}
	return nil
}

// objection says why nothing may be saved under name, or "".
func objection(name string) string {
	ext := extension(name)
	tool := extension(strings.TrimSuffix(name, filepath.Ext(name)))
	switch {
	case userfolders.Hidden(name):
		return "a name that begins with a dot is hidden, and programs obey hidden files that nobody opens"
	case strings.ContainsFunc(name, prose.Unseen):
		return "the name contains an invisible character"
	case elsewhere(name) != "":
		return elsewhere(name)
	case ext == "":
		return "the name has no extension that says what the file is, and tools find files such as Makefile by such names"
	case !document(ext):
		return fmt.Sprintf("save_to writes documents and data, and other programs may run or obey a file of the type .%s", prose.Line(ext, 20))
	case obeyed(name):
		return "tools and agents obey a file of this name wherever it lies"
	case instructive(ext) && lettered(tool):
		return fmt.Sprintf("tools and agents may obey a file whose name ends in .%s.%s", prose.Line(tool, 20), ext)
	}
	return ""
}

// proposal is a name like the given one that no rule forbids.
func proposal(name string) string {
	name = strings.Trim(strings.Map(ordinary, name), userfolders.Dots+"- ")
	ext := filepath.Ext(name)
	for _, other := range []string{name, strings.ReplaceAll(strings.TrimSuffix(name, ext), ".", "-") + ext, name + ".txt", "saved-" + name, "saved-" + name + ".txt"} {
		if len(other) <= maxHostName && objection(other) == "" {
			return other
		}
	}
	return "saved.txt"
}

// ordinary replaces the characters that names may not have.
func ordinary(r rune) rune {
	switch {
	case prose.Unseen(r):
		return -1
	case unicode.IsSpace(r), strings.ContainsRune(notInNames+"~", r):
		return '-'
	}
	return r
}

// extension is what follows the last dot of name, in lower case, or "".
func extension(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(name), "."))
}

const (
	notInNames = `<>:"|?*\/` // Windows takes none of them
	// maxHostName is how many bytes a name may have on the host.
	maxHostName = 255
)

// elsewhere says what Windows reads a name as, if that is another one, or "": with a
// stream or a wildcard, with a space or dot at its end that it drops, as a device, or
// as the short form of a long name.
func elsewhere(name string) string {
	switch {
	case strings.ContainsAny(name, notInNames):
		return "the name means something else on other systems: Windows takes none of the characters " + notInNames + " in a name"
	case strings.TrimSpace(name) != name, strings.HasSuffix(name, "."):
		return "the name means something else on other systems: Windows drops spaces and dots at the end of a name"
	case deviceName(name) != "":
		return "the name means something else on other systems: Windows takes " + deviceName(name) + ", with any extension, for a device"
	case shortForm(name):
		return "the name means something else on other systems: Windows takes it for the short form of a longer name"
	}
	return ""
}

// deviceName returns the device that Windows takes a name for, or "". Devices are
// known with any extension and in any folder.
func deviceName(name string) string {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimSpace(stem))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$":
		return stem
	}
	number, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		number, ok = strings.CutPrefix(stem, "LPT")
	}
	if ok && len([]rune(number)) == 1 && strings.Contains("0123456789¹²³", number) {
		return stem
	}
	return ""
}

// shortForm reports a name such as PACKAG~1.JSO, by which file systems of
// Windows also know package.json.
func shortForm(name string) bool {
	for rest := name; ; {
		_, after, found := strings.Cut(rest, "~")
		if !found {
			return false
		}
		digits := len(after) - len(strings.TrimLeft(after, "0123456789"))
		if digits > 0 && (digits == len(after) || after[digits] == '.') {
			return true
		}
		rest = after
	}
}

// document reports the types that may be saved: what a program opens when it is
// told to, and nothing runs, loads or takes as settings by itself.
func document(ext string) bool {
	switch ext {
	case "txt", "text", "log", "md", "markdown", "rst", "tex", "bib", "rtf", "pdf", "epub", "html", "htm",
		"docx", "xlsx", "pptx", "odt", "ods", "odp", "ics", "vcf", "eml", "srt", "vtt", "ipynb":
		return true // documents
	case "csv", "tsv", "tab", "psv", "json", "jsonl", "ndjson", "geojson", "topojson", "xml", "rdf", "ttl", "sql", "diff", "patch",
		"parquet", "feather", "arrow", "orc", "avro", "db", "sqlite", "sqlite3", "duckdb", "dta", "sav", "rds", "rdata", "arff", "libsvm":
		return true // tables
	case "dat", "data", "bin", "raw", "npy", "npz", "pkl", "pickle", "joblib", "h5", "hdf5", "hdf", "nc", "mat", "fits", "fit", "root",
		"msgpack", "cbor", "bson", "pb", "onnx", "safetensors", "pt", "ckpt", "gguf", "zarr", "fasta", "fa", "fastq", "fq",
		"bam", "sam", "bed", "gff", "gtf", "pdb", "cif", "mol", "sdf", "xyz", "shp", "shx", "dbf", "prj", "gpkg", "kml", "kmz",
		"gpx", "las", "laz", "grib", "grb", "stl", "obj", "ply", "glb", "gltf", "dxf", "edf", "dcm", "nii", "graphml", "gexf", "gml":
		return true // science
	case "png", "jpg", "jpeg", "gif", "webp", "bmp", "tif", "tiff", "svg", "ico", "heic", "avif", "ppm", "pgm", "pbm", "exr", "psd",
		"wav", "mp3", "flac", "ogg", "opus", "m4a", "aac", "mid", "midi", "mp4", "m4v", "mov", "webm", "mkv", "avi":
		return true // pictures, sound, films
	case "zip", "gz", "bz2", "xz", "zst", "lz4", "tar", "tgz", "tbz2", "txz", "7z", "br":
		return true // archives
	}
	return false
}

// instructive reports the types of text in which tools and agents look for
// instructions.
func instructive(ext string) bool {
	switch ext {
	case "md", "markdown", "json", "xml":
		return true
	}
	return false
}

// lettered reports an extension that can name a tool. Numbers, as of versions
// and dates, cannot.
func lettered(ext string) bool {
	return ext != "" && !strings.ContainsFunc(ext, func(r rune) bool { return !unicode.IsLetter(r) && r != '-' && r != '_' })
}

// obeyed reports the names of documents that tools and agents obey where they
// find them.
func obeyed(name string) bool {
	for _, known := range [...]string{
		// agents
		"claude.md", "agents.md", "agent.md", "gemini.md", "skill.md", "conventions.md", "copilot-instructions.md", "memory.md",
		"mcp.json", "server.json", "claude_desktop_config.json", "llms.txt",
		// packages and builds
		"package.json", "package-lock.json", "npm-shrinkwrap.json", "composer.json", "bower.json", "deno.json", "tsconfig.json",
		"jsconfig.json", "lerna.json", "nx.json", "turbo.json", "project.json", "workspace.json", "angular.json", "global.json",
		"requirements.txt", "constraints.txt", "cmakelists.txt", "cmakepresets.json", "cmakeuserpresets.json", "conanfile.txt",
		"pom.xml", "build.xml", "ivy.xml", "androidmanifest.xml", "meson_options.txt", "vcpkg.json", "flake.json",
		// editors, services and servers
		"tasks.json", "launch.json", "settings.json", "extensions.json", "keybindings.json", "devcontainer.json", "nodemon.json",
		"appsettings.json", "vercel.json", "now.json", "firebase.json", "manifest.json", "app.json", "cdk.json", "renovate.json",
		"config.json", "config.xml", "settings.xml", "biome.json", "pyrightconfig.json", "user-data.txt", "runtime.txt",
	} {
		if strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}
