"""What pip's commands print."""

import difflib
import importlib.metadata as metadata
import json
import optparse
import re
import sys

NO_INSTALL = (
    "nothing can be installed: this session has no network or no pip{}. "
    "%pip list shows the installed packages, and most tasks can be done with them. "
    "Otherwise ask the user to upload pure-Python code to the data folder, where it can be "
    "imported, or to start the server with --python and an interpreter that has the package."
)
HELP = (
    "pip install NAME says whether a package is installed; nothing can be added in this session.\n"
    "pip list, pip freeze and pip show NAME show what is installed.\n"
)
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


def pip(words, program="pip"):
    """Returns what pip prints for arguments; program is its name in messages.
    Raises Refused for what it cannot do."""
    uv = words[:1] == ["--uv"]
    words = words[1:] if uv else words
    command = next((word for word in words if not word.startswith("-")), "")
    if command in ("", "help") or {"-h", "--help"} & set(words):
        if {"-V", "--version"} & set(words):
            return f"pip is not installed; {program} list, show and freeze work for Python {sys.version.split()[0]}\n"
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
    installed. strict refuses options that pip does not have."""
    options, wanted = parse_install(words, program, strict)
    for file in options.requirement or ():
        wanted += read_requirements(file, program)
    wanted += options.editable or ()
    if not wanted:
        raise Refused(f"{program} install needs the name of a package; " + NO_INSTALL.format(""))
    notes, missing = [], []
    for text in wanted:
        note = find_installed(text)
        if note:
            notes.append(note)
        else:
            missing.append(text if REQUIREMENT(text) else repr(text))
    if missing:
        raise Refused(NO_INSTALL.format(", and these are not installed: " + ", ".join(missing)))
    return "".join(note + "\n" for note in notes)


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
    """Returns the options of pip install, and what is to be installed. Without
    strict, options that are not known here are ignored: uv has others."""
    parser = Options(program)
    if strict:
        return parser.parse_args(words)
    words = ["--python" if word == "-p" else word for word in words]
    known = [word for word in words if not word.startswith("-") or parser.has_option(word.partition("=")[0])]
    return parser.parse_args(known)


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
        return "pip stays as it is: it installs nothing in this session"
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
