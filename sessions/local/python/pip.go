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
	pip, err := extractPip(b.scratch)
	if err != nil {
		return err
	}
	list := filepath.Join(b.scratch, "requirements.txt")
	if err := os.WriteFile(list, b.recipe.requirements, 0o644); err != nil {
		return err
	}
	var said transcript
	p := b.python(append([]string{filepath.Join(pip, "pip"), command,
		"--require-hashes", "--only-binary=:all:", "--no-deps", "-r", list,
		"--cache-dir", b.downloads, "--progress-bar=raw"}, args...)...)
	p.env = pipEnvironment(b.recipe.environ, b.scratch)
	p.line = func(line string) {
		b.progress.pipLine(line)
		said.add(line)
	}
	err = p.run(ctx)
	if err == nil || ctx.Err() != nil || !exited(err) {
		return err
	}
	return said.failure()
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
	return append(env, retries)
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
