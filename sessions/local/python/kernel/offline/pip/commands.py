"""What pip's commands answer."""

import difflib
import importlib.metadata as metadata
import json
import optparse
import re
import sys

NO_INSTALL = (
    "nothing can be installed: this session has no network or no pip{}. "
    "%pip list shows the packages that there are; most tasks can be done with one of them. "
    "Otherwise ask the user to upload pure-Python code to the data folder, from where it can be "
    "imported, or to start the server with --python and an interpreter that has the package."
)
HELP = (
    "pip install NAME says whether a package is there; nothing can be installed in this session.\n"
    "pip list, pip freeze and pip show NAME tell what is installed.\n"
)
NAMED = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^]]*\])?\s*([<>=!~].*|;.*)?").fullmatch

# Options of pip install and of all commands, those that take a value first.
TAKING = """
    -r --requirement -c --constraint --build-constraint -e --editable -t --target --platform --python-version
    --implementation --abi --root --prefix --src --upgrade-strategy -C --config-settings --config-setting
    --global-option --no-binary --only-binary --progress-bar --root-user-action --report -i --index-url --pypi-url
    --extra-index-url -f --find-links --group --uploaded-prior-to --python --log --keyring-provider --proxy --retries
    --resume-retries --timeout --exists-action --trusted-host --cert --client-cert --cache-dir --use-feature
    --use-deprecated
""".split()
PLAIN = """
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
    """Says why a command cannot be carried out, and what can."""


def pip(words, program="pip"):
    """Returns what pip would say to the arguments. Raises Refused for what it
    cannot do."""
    uv = words[:1] == ["--uv"]
    words = words[1:] if uv else words
    command = next((word for word in words if not word.startswith("-")), "")
    if command in ("", "help") or {"-h", "--help"} & set(words):
        if {"-V", "--version"} & set(words):
            return f"no pip, but {program} list, show and freeze for Python {sys.version.split()[0]}\n"
        if command or not words or {"-h", "--help"} & set(words):
            return HELP
    at = words.index(command) if command else 0
    rest = words[:at] + words[at + 1:]
    if command == "install":
        return install(rest, program, strict=not uv)
    if command == "list":
        return listed(rest, program)
    if command == "freeze":
        return "".join(f"{name}=={version}\n" for name, version in installed())
    if command == "show":
        return shown([word for word in rest if not word.startswith("-")], program)
    raise Refused(unknown(command, " ".join(words), program))


def unknown(command, line, program):
    near = difflib.get_close_matches(command, COMMANDS, 1)
    if command and command not in COMMANDS:
        return f"{program} has no command {command!r}" + (f"; {near[0]!r} is meant, perhaps" if near else "; list, show and freeze are possible here")
    return f"{program} {command or line} is not possible in this session; {program} list, {program} show NAME and {program} freeze are"


def installed():
    """Returns names and versions in the order of the names."""
    found = {}
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        if name:
            found.setdefault(normal(name), (name, distribution.version))
    return [found[key] for key in sorted(found)]


def normal(name):
    return re.sub("[-_.]+", "-", name).lower()


def listed(words, program):
    form = next((word.partition("=")[2] for word in words if word.startswith("--format=")), "")
    if "--format" in words[:-1]:
        form = words[words.index("--format") + 1]
    if {"-o", "--outdated", "-u", "--uptodate"} & set(words):
        raise Refused(f"{program} list cannot tell what is outdated: this session has no network")
    if form == "json":
        return json.dumps([{"name": name, "version": version} for name, version in installed()]) + "\n"
    if form == "freeze":
        return "".join(f"{name}=={version}\n" for name, version in installed())
    if form not in ("", "columns"):
        raise Refused(f"{program} list --format takes columns, freeze or json, not {form!r}")
    rows = [("Package", "Version"), *installed()]
    wide = max(len(name) for name, _ in rows)
    rows.insert(1, ("-" * wide, "-" * max(len(version) for _, version in rows)))
    return "".join(f"{name:{wide}} {version}\n" for name, version in rows)


def shown(names, program):
    if not names:
        raise Refused(f"{program} show needs the name of a package, such as {program} show numpy")
    entries, missing = [], []
    for name in names:
        try:
            about = metadata.distribution(name)
        except (metadata.PackageNotFoundError, ValueError):
            missing.append(name)
            continue
        needs = ", ".join(re.match("[A-Za-z0-9._-]*", text)[0] for text in about.requires or () if "extra ==" not in text)
        of = about.metadata
        entries.append(
            f"Name: {of['Name']}\nVersion: {about.version}\nSummary: {of.get('Summary', '')}\n"
            f"Home-page: {of.get('Home-page', '')}\nLicense: {of.get('License-Expression') or of.get('License', '')}\n"
            f"Location: {about.locate_file('')}\nRequires: {needs}\n")
    if missing and not entries:
        raise Refused(f"not installed: {', '.join(missing)}. {program} list shows what is.")
    if missing:
        entries.append(f"Not installed: {', '.join(missing)}\n")
    return "---\n".join(entries)


def install(words, program, strict=True):
    options, wanted = parsed(words, program, strict)
    for file in options.requirement or ():
        wanted += lines(file, program)
    wanted += options.editable or ()
    if not wanted:
        raise Refused(f"{program} install needs the name of a package; " + NO_INSTALL.format(""))
    said, lacking = [], []
    for text in wanted:
        there = satisfied(text)
        (said if there else lacking).append(there or (text if NAMED(text) else repr(text)))
    if lacking:
        raise Refused(NO_INSTALL.format(", and it lacks " + ", ".join(lacking)))
    return "".join(line + "\n" for line in said)


class Options(optparse.OptionParser):
    """pip's options of install."""

    def __init__(self, program):
        super().__init__(add_help_option=False)
        self.program = program
        for option in TAKING:
            self.add_option(option, action="append")
        for option in PLAIN:
            self.add_option(option, action="store_true")
        for short, long in (("-r", "--requirement"), ("-e", "--editable")):
            self.remove_option(long)
            self.remove_option(short)
            self.add_option(short, long, action="append")

    def error(self, message):
        raise Refused(f"{self.program} install: {message}")


def parsed(words, program, strict):
    """Returns the options and what is to be installed. Options that pip does
    not have are refused; those of uv are not known here."""
    parser = Options(program)
    if strict:
        return parser.parse_args(words)
    words = ["--python" if word == "-p" else word for word in words]
    known = [word for word in words if not word.startswith("-") or parser.has_option(word.partition("=")[0])]
    return parser.parse_args(known)


def lines(file, program):
    try:
        with open(file, encoding="utf-8") as f:
            text = [line.partition("#")[0].strip() for line in f]
    except (OSError, ValueError) as e:
        raise Refused(f"{program} install -r: cannot read the list: {e}") from None
    return [line for line in text if line and not line.startswith("-")]


def satisfied(text):
    """Says that a requirement is met, or returns None if it is not."""
    match = NAMED(text)
    if not match:
        return None  # a file or an address
    name, _, rest = match.groups()
    if normal(name) == "pip" and not rest:
        return "pip stays as it is: it installs nothing here"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        # The name of a module is often taken for that of its package.
        owners = () if rest else metadata.packages_distributions().get(name, ())
        return f"{name} is already installed: it is a module of {owners[0]} {metadata.version(owners[0])}" if owners else None
    if rest and not meets(version, text):
        return None
    return f"{name} is already installed, version {version}"


def meets(version, text):
    try:
        from packaging.requirements import Requirement
        return Requirement(text).specifier.contains(version, prereleases=True)
    except Exception:
        return False
