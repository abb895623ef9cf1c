package python

import (
	"context"
	_ "embed" // for finish.py
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// A builder builds an installation.
type builder struct {
	recipe    recipe
	tree      string // the installation to be
	scratch   string // for temporary files, on the disk of tree
	downloads string // for pip's cache
	progress  *progress
}

//go:embed finish.py
var finishScript string

// sitePath is what the interpreter reads at its start to find the packages next
// to itself, relative to its own folder for packages: on the host
// interpreter → site-packages, in a sandbox homeMount → sitePackagesMount.
const sitePath = "../../../../" + siteFolder + "\n"

func (b *builder) home() string        { return filepath.Join(b.tree, homeFolder) }
func (b *builder) site() string        { return filepath.Join(b.tree, siteFolder) }
func (b *builder) matplotlib() string  { return filepath.Join(b.tree, matplotlibFolder) }
func (b *builder) interpreter() string { return filepath.Join(b.home(), executable) }

// stdlib is the interpreter's folder of modules.
func (b *builder) stdlib() string {
	major, rest, _ := strings.Cut(embeddedVersion, ".")
	minor, _, _ := strings.Cut(rest, ".")
	return filepath.Join(b.home(), "lib", "python"+major+"."+minor)
}

// build builds the whole installation in b.tree.
func (b *builder) build(ctx context.Context) error {
	for _, dir := range []string{b.tree, b.site(), b.matplotlib(), b.scratch, b.downloads} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	steps := []func(context.Context) error{
		b.extract, b.installPackages, b.trim, b.linkFonts, b.compile, b.index, b.finish,
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// extract unpacks the interpreter and runs it once.
func (b *builder) extract(ctx context.Context) error {
	b.progress.say(1, "unpacking the Python interpreter")
	if err := b.recipe.extract(b.home()); err != nil {
		return err
	}
	if err := b.trimInterpreter(); err != nil {
		return err
	}
	if err := b.addPip(); err != nil {
		return err
	}
	packages := filepath.Join(b.stdlib(), "site-packages")
	if err := os.MkdirAll(packages, 0o755); err != nil {
		return err
	}
	line, err := b.writeIndexModule(packages)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(packages, "sessions.pth"), []byte(sitePath+line), 0o644); err != nil {
		return err
	}
	text, err := b.python("-c", "import platform; print(platform.python_version())").output(ctx, 1000)
	switch version := strings.TrimSpace(text); {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return fmt.Errorf("%w: it does not start (%w) %s; it needs glibc 2.28 or newer, which Alpine Linux and old distributions do not have. "+
			"Use --python PATH with an interpreter that has IPython", errUnsupported, err, version)
	case version != embeddedVersion:
		return fmt.Errorf("the embedded interpreter is Python %.40q and not %s", version, embeddedVersion)
	}
	return nil
}

// python describes a run of the new interpreter without the user's settings.
func (b *builder) python(args ...string) process {
	command := slices.Concat(b.recipe.loader, []string{b.interpreter(), "-I", "-B", "-W", "ignore"}, args)
	return process{
		path: command[0],
		args: command[1:],
		env:  []string{"LC_ALL=C.UTF-8", "HOME=" + b.scratch, "TMPDIR=" + b.scratch, "PATH=/usr/bin:/bin", "MPLCONFIGDIR=" + b.matplotlib()},
		dir:  b.scratch,
	}
}

// finish imports the packages, to see that they work here, and creates
// matplotlib's font cache.
func (b *builder) finish(ctx context.Context) error {
	b.progress.say(percentCompiled, fmt.Sprintf("testing the Python packages, %d %%", percentCompiled))
	args := append([]string{"-c", finishScript}, b.recipe.imports...)
	text, err := b.python(args...).output(ctx, 16<<10)
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: the packages were installed but cannot be imported (%w): %s. "+
			"Use --python PATH with an interpreter that has IPython", errUnsupported, err, lastLine(text))
	}
	return err
}

// lastLine returns the last line of text that is not blank.
func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}
