package python

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// installPackages installs the packages of the recipe with the embedded pip.
func (b *builder) installPackages(ctx context.Context) error {
	return b.pip(ctx, "install", "--no-compile", "--target", b.site())
}

// pip runs a command of the embedded pip for all packages of the recipe.
func (b *builder) pip(ctx context.Context, command string, args ...string) error {
	b.progress.say(percentExtracted, "connecting to the Python package index")
	list := filepath.Join(b.scratch, "requirements.txt")
	if err := os.WriteFile(list, b.recipe.requirements, 0o644); err != nil {
		return err
	}
	return b.runPip(ctx, nil, (*transcript).failure, append([]string{filepath.Join(b.pipHome(), "pip"), command,
		"--require-hashes", "--only-binary=:all:", "--no-deps", "-r", list,
		"--cache-dir", b.downloads, "--progress-bar=raw"}, args...)...)
}

// runPip runs pip, or a script that runs it, in an environment with some more variables.
// failure says why it failed.
func (b *builder) runPip(ctx context.Context, environ []string, failure func(*transcript) error, args ...string) error {
	var said transcript
	p := b.python(args...)
	p.env = append(pipEnvironment(b.recipe.environ, b.scratch), environ...)
	p.line = func(line string) {
		b.progress.pipLine(line)
		said.add(line)
	}
	err := p.run(ctx)
	if err == nil || ctx.Err() != nil || !exited(err) {
		return err
	}
	return failure(&said)
}

// pipFolder is the folder of the embedded pip in that of the interpreter. It is on no
// path, and in no index: the kernel's package of that name runs it, so that what
// sessions install lands in their own folders.
const pipFolder = "lib/pip"

func (b *builder) pipHome() string { return filepath.Join(b.home(), pipFolder) }

// addPip unpacks the embedded pip beside the interpreter.
func (b *builder) addPip() error {
	extracted, err := extractPip(b.scratch)
	if err != nil {
		return err
	}
	if err := os.RemoveAll(filepath.Join(extracted, "bin")); err != nil {
		return err
	}
	return os.Rename(extracted, b.pipHome())
}

// pipEnvironment returns the environment of pip: the variables that say how to reach
// a package index, and none that changes how pip installs. Temporary files go to tmp,
// on the disk of the installation, so that pip can move them. So do the files that
// rustup creates when pip runs rustc to put its version into the User-Agent header:
// nothing may be left in the home folder.
func pipEnvironment(environ []string, tmp string) []string {
	env := []string{
		"TMPDIR=" + tmp,
		"RUSTUP_HOME=" + filepath.Join(tmp, "rustup"),
		"LC_ALL=C.UTF-8",
		"PIP_DISABLE_PIP_VERSION_CHECK=1",
		"PIP_NO_INPUT=1",
		"PIP_NO_COLOR=1",
		"PIP_ROOT_USER_ACTION=ignore",
		"PIP_REQUIRE_VIRTUALENV=0",
		"PIP_USER=0",
	}
	retries := "PIP_RETRIES=3" // pip's own default makes a machine without a network wait three times as long
	for _, variable := range environ {
		name, _, _ := strings.Cut(variable, "=")
		if name == "PIP_RETRIES" {
			retries = variable
		} else if slices.Contains(passedToPip(), strings.ToUpper(name)) {
			env = append(env, variable)
		}
	}
	return append(append(env, uvSettings(environ)...), retries)
}

// uvSettings says in pip's words how uv is told to reach a package index. What pip itself
// is told wins.
func uvSettings(environ []string) (env []string) {
	set := map[string]string{}
	for _, variable := range environ {
		name, value, _ := strings.Cut(variable, "=")
		set[name] = value
	}
	for _, same := range []struct {
		pip string
		uv  []string
	}{
		{"PIP_INDEX_URL", []string{"UV_DEFAULT_INDEX", "UV_INDEX_URL"}},
		{"PIP_EXTRA_INDEX_URL", []string{"UV_INDEX", "UV_EXTRA_INDEX_URL"}},
		{"PIP_FIND_LINKS", []string{"UV_FIND_LINKS"}},
		{"PIP_NO_INDEX", []string{"UV_NO_INDEX"}},
		{"PIP_TRUSTED_HOST", []string{"UV_INSECURE_HOST"}},
		{"PIP_KEYRING_PROVIDER", []string{"UV_KEYRING_PROVIDER"}},
		{"PIP_TIMEOUT", []string{"UV_HTTP_TIMEOUT"}},
	} {
		if _, told := set[same.pip]; told {
			continue
		}
		for _, name := range same.uv {
			if value := set[name]; value != "" {
				env = append(env, same.pip+"="+pipList(value))
				break
			}
		}
	}
	return env
}

// pipList writes a list of uv, whose indexes may have names, as pip has it.
func pipList(value string) string {
	words := strings.FieldsFunc(value, func(r rune) bool { return r == ' ' || r == ',' })
	for i, word := range words {
		if name, address, ok := strings.Cut(word, "="); ok && strings.Contains(address, "://") && !strings.ContainsAny(name, ":/") {
			words[i] = address
		}
	}
	return strings.Join(words, " ")
}

// passedToPip names the variables that pip gets, in capitals. Their names in small
// letters count too, since proxies are often set that way.
func passedToPip() []string {
	return []string{
		"HOME", "USER", "LOGNAME", "PATH", "NETRC",
		"XDG_CONFIG_HOME", "XDG_CONFIG_DIRS",
		"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY",
		"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE",
		"PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX",
		"PIP_TRUSTED_HOST", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_PROXY", "PIP_KEYRING_PROVIDER",
		"PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_USE_DEPRECATED", "PIP_USE_FEATURE",
	}
}
