"""What pip's commands print."""

import difflib
import importlib.metadata as metadata
import json
import optparse
import os
import re
import sys

from . import real

NO_INDEX = (
    "this session reaches no package index{}. "
    "%pip list shows the installed packages, and most tasks can be done with them. "
    "Otherwise ask the user to start the server with --egress pypi, which opens the index to pip, or to upload the wheels of the "
    "package and of what it requires: %pip install ./NAME.whl, or --no-index --find-links DIR NAME, installs them."
)
NO_PIP = (
    "nothing can be installed: this session's interpreter has no pip{}. "
    "Ask the user to install the package into the environment that --python names."
)
ONLY_FILES = (
    "pip has looked at the files that were named and in the folders of --find-links alone, since this session reaches no "
    "package index: what it misses has to be uploaded too."
)
HELP = (
    "pip install ./NAME.whl, or --no-index --find-links DIR NAME, installs uploaded files for this session.\n"
    "pip install NAME says whether a package is installed.\n"
    "pip list, pip freeze and pip show NAME show what is installed; pip uninstall NAME removes what was added.\n"
)
# Commands of the real pip that work on files, and those of them that install or
# collect packages.
LEFT_TO_PIP = "check config debug download hash inspect lock uninstall wheel".split()
COLLECTING = "download install lock wheel".split()
# Options of pip install that name another place than the session's own.
PLACES = ("target", "prefix", "root")
ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")
# The variable that says that a package index can be reached.
INDEX = "SESSION_PACKAGE_INDEX"
REQUIREMENT = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^]]*\])?\s*([<>=!~].*|;.*)?").fullmatch

# Options of pip install and of all commands: those with a value, and the others.
VALUE_OPTIONS = """
    -r --requirement -c --constraint --build-constraint -e --editable -t --target --platform --python-version
    --implementation --abi --root --prefix --src --upgrade-strategy -C --config-settings --config-setting
    --global-option --no-binary --only-binary --progress-bar --root-user-action --report -i --index-url --pypi-url
    --extra-index-url -f --find-links --group --uploaded-prior-to --python --log --keyring-provider --proxy --retries
    --resume-retries --timeout --exists-action --trusted-host --cert --client-cert --cache-dir --use-feature
    --use-deprecated
""".split()
FLAG_OPTIONS = """
    --no-deps --pre --dry-run --user -U --upgrade --force-reinstall -I --ignore-installed --ignore-requires-python
    --no-build-isolation --use-pep517 --no-use-pep517 --check-build-dependencies --break-system-packages --compile
    --no-compile --no-warn-script-location --no-warn-conflicts --prefer-binary --require-hashes --no-clean --no-index
    --debug --isolated --require-virtualenv -v --verbose -V --version -q --quiet --no-input --no-color --no-cache-dir
    --disable-pip-version-check --no-python-version-warning -h --help
""".split()
COMMANDS = (
    "install list freeze show help download uninstall inspect check config search cache index wheel hash completion "
    "debug lock"
).split()


class Refused(Exception):
    """Says why pip cannot do what a command wants, and what it can do."""


class Work(Exception):
    """A command that is left to the real pip, with its arguments."""

    def __init__(self, command, arguments):
        super().__init__(command)
        self.command = command
        self.arguments = arguments

    def run(self):
        """Runs it, and returns its exit status."""
        index = has_index()
        code = real.call([self.command, *self.arguments], index)
        if code and not index and self.command in COLLECTING:
            print("Note: " + ONLY_FILES, file=sys.stderr)
        return code


def has_index():
    return bool(os.environ.get(INDEX))


def missing_index(more=""):
    """Says why what is not there as a file cannot be installed."""
    return (NO_INDEX if real.find_pip() else NO_PIP).format(more)


def pip(words, program="pip"):
    """Returns what pip prints for arguments; program is its name in messages.
    Raises Refused for what it cannot do, and Work for what the real pip does."""
    uv = words[:1] == ["--uv"]
    words = words[1:] if uv else words
    command = next((word for word in words if not word.startswith("-")), "")
    if command in ("", "help") or {"-h", "--help"} & set(words):
        if {"-V", "--version"} & set(words):
            return f"pip, for Python {sys.version.split()[0]} and this session's own packages in {real.own_folder()}\n"
        if command or not words or {"-h", "--help"} & set(words):
            return HELP
    at = words.index(command) if command else 0
    arguments = words[:at] + words[at + 1:]
    if command == "install":
        return install(arguments, program, strict=not uv)
    if command == "list":
        return list_packages(arguments, program)
    if command == "freeze":
        return freeze()
    if command == "show":
        return show([word for word in arguments if not word.startswith("-")], program)
    if command == "uninstall":
        keep_installed(arguments, program)
    if (command in LEFT_TO_PIP or has_index() and command in COMMANDS) and real.find_pip():
        raise Work(command, arguments)
    raise Refused(explain_unknown(command, " ".join(words), program))


def explain_unknown(command, line, program):
    """Says that there is no such command, or none in a session."""
    if command and command not in COMMANDS:
        close = difflib.get_close_matches(command, COMMANDS, 1)
        hint = f"did you mean {close[0]!r}?" if close else "list, show and freeze are available here"
        return f"{program} has no command {command!r}; {hint}"
    return (f"{program} {command or line} is not available in this session; "
            f"{program} list, {program} show NAME and {program} freeze are")


def installed():
    """Returns the names and versions of the packages, ordered by name."""
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(normalize(name), (name, distribution.version))
    return [found[key] for key in sorted(found)]


def normalize(name):
    return re.sub("[-_.]+", "-", name).lower()


def freeze():
    return "".join(f"{name}=={version}\n" for name, version in installed())


def list_packages(words, program):
    form = next((word.partition("=")[2] for word in words if word.startswith("--format=")), "")
    if "--format" in words[:-1]:
        form = words[words.index("--format") + 1]
    if {"-o", "--outdated", "-u", "--uptodate"} & set(words):
        raise Refused(f"{program} list cannot tell what is outdated: this session has no network")
    if form == "json":
        return json.dumps([{"name": name, "version": version} for name, version in installed()]) + "\n"
    if form == "freeze":
        return freeze()
    if form not in ("", "columns"):
        raise Refused(f"{program} list --format takes columns, freeze or json, not {form!r}")
    rows = [("Package", "Version"), *installed()]
    width = max(len(name) for name, _ in rows)
    rows.insert(1, ("-" * width, "-" * max(len(version) for _, version in rows)))
    return "".join(f"{name:{width}} {version}\n" for name, version in rows)


def show(names, program):
    if not names:
        raise Refused(f"{program} show needs the name of a package, such as {program} show numpy")
    entries, missing = [], []
    for name in names:
        try:
            package = metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            missing.append(name)
        else:
            entries.append(describe(package))
    if missing and not entries:
        raise Refused(f"not installed: {', '.join(missing)}. {program} list shows what is.")
    if missing:
        entries.append(f"Not installed: {', '.join(missing)}\n")
    return "---\n".join(entries)


def describe(package):
    """Returns what pip show prints of a package."""
    requires = (text for text in package.requires or () if "extra ==" not in text)
    names = ", ".join(re.match("[A-Za-z0-9._-]*", text)[0] for text in requires)
    about = package.metadata
    return (
        f"Name: {about['Name']}\nVersion: {package.version}\nSummary: {about.get('Summary', '')}\n"
        f"Home-page: {about.get('Home-page', '')}\n"
        f"License: {about.get('License-Expression') or about.get('License', '')}\n"
        f"Location: {package.locate_file('')}\nRequires: {names}\n")


def install(words, program, strict=True):
    """Says that what is to be installed is there already, or that it cannot be
    installed. What is there as files, or in an index, is left to the real pip. strict
    refuses options that pip does not have."""
    options, wanted, words = parse_install(words, program, strict)
    for file in options.requirement or ():
        wanted += read_requirements(file, program)
    if not wanted and not options.editable:
        raise Refused(f"{program} install needs the name of a package, or the path of a wheel")
    files = options.editable or options.find_links or options.no_index or any(is_file(text) for text in wanted)
    changes = files and (options.upgrade or options.force_reinstall or options.ignore_installed)
    notes, missing = [], []
    for text in wanted + (options.editable or []):
        note = None if any(getattr(options, place) for place in PLACES) else find_installed(text)
        if note:
            notes.append(note)
        else:
            missing.append(text if REQUIREMENT(text) else repr(text))
    if not missing and not changes:
        return "".join(note + "\n" for note in notes)
    if not (files or has_index()) or not real.find_pip():
        raise Refused(missing_index(", and these are not installed: " + ", ".join(missing)))
    own = [] if any(getattr(options, place) for place in PLACES) or options.user else ["--user"]
    raise Work("install", own + words)


def is_file(text):
    """Reports whether pip takes a text for the path of a file or a folder, and not for
    the name of a package or an address."""
    if "://" in text:
        return text.startswith("file:")
    path = re.sub(r"\[[^]]*\]$", "", text)
    return os.sep in path or path.startswith(".") or path.lower().endswith(ARCHIVES)


def keep_installed(words, program):
    """Refuses to uninstall what is not the session's own: it is other sessions' too."""
    own = real.own_folder() + os.sep
    for name in (word for word in words if not word.startswith("-")):
        try:
            place = str(metadata.distribution(name).locate_file(""))
        except (metadata.PackageNotFoundError, ValueError):
            continue  # pip says so, or it is the file of an option
        if not (place + os.sep).startswith(own):
            raise Refused(f"{program} uninstall removes only what was installed in this session; {name} belongs to the interpreter and stays")


class Options(optparse.OptionParser):
    """The options of pip install."""

    def __init__(self, program):
        super().__init__(add_help_option=False)
        self.program = program
        for option in VALUE_OPTIONS:
            self.add_option(option, action="append")
        for option in FLAG_OPTIONS:
            self.add_option(option, action="store_true")
        for short, long in (("-r", "--requirement"), ("-e", "--editable")):
            self.remove_option(long)
            self.remove_option(short)
            self.add_option(short, long, action="append")

    def error(self, message):
        raise Refused(f"{self.program} install: {message}")


def parse_install(words, program, strict):
    """Returns the options of pip install, what is to be installed, and the words
    that are pip's. Without strict, options that are not known here are left out: uv
    has others, and its -p names an interpreter, which is always the session's."""
    parser = Options(program)
    if not strict:
        words = without_python(words)
        words = [word for word in words if not word.startswith("-") or parser.has_option(word.partition("=")[0])]
    options, wanted = parser.parse_args(list(words))
    return options, wanted, words


def without_python(words):
    """Returns arguments of uv without the option that names an interpreter."""
    kept, skip = [], False
    for word in words:
        if not skip and word not in ("-p", "--python") and not word.startswith("--python="):
            kept.append(word)
        skip = not skip and word in ("-p", "--python")
    return kept


def read_requirements(file, program):
    """Returns the requirements in a file, without its options."""
    try:
        with open(file, encoding="utf-8") as f:
            text = [line.partition("#")[0].strip() for line in f]
    except (OSError, ValueError) as e:
        raise Refused(f"{program} install -r: cannot read the list: {e}") from None
    return [line for line in text if line and not line.startswith("-")]


def find_installed(text):
    """Returns a line that says that a requirement is met, or None if it is not."""
    match = REQUIREMENT(text)
    if not match:
        return None  # a file or an address
    name, _, constraint = match.groups()
    if normalize(name) == "pip" and not constraint:
        return "pip stays as it is in this session"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return None if constraint else find_module(name)
    if constraint and not meets(version, text):
        return None
    return f"{name} is already installed, version {version}"


def find_module(name):
    """Does as find_installed for the name of a module, which is often taken for
    that of its package."""
    owners = metadata.packages_distributions().get(name)
    if not owners:
        return None
    return f"{name} is already installed: it is a module of {owners[0]} {metadata.version(owners[0])}"


def meets(version, text):
    """Reports whether a version meets a requirement."""
    try:
        from packaging.requirements import Requirement
        return Requirement(text).specifier.contains(version, prereleases=True)
    except Exception:
        return False
