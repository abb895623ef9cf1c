"""What pip can do where there is no network: say what is installed."""

from .pristine import __builtins__, os

import importlib.metadata as metadata
import re
import shlex
import sys

from IPython.core.error import UsageError

NO_INSTALL = (
    "nothing can be installed: this session has no network or no pip{}. "
    "%pip list shows the packages that there are; most tasks can be done with one of them. "
    "Otherwise ask the user to upload pure-Python code to the data folder, from where it can be "
    "imported, or to start the server with --python and an interpreter that has the package."
)

# A program that is pip, what precedes an operator of the shell, and the rest.
# A quoted operator is none.
COMMAND = re.compile(
    r"""\s*(?:sudo\s+)?(?:uv\s+pip|(?:\S*/)?pip[\d.]*|(?:\S*/)?python[\d.]*\s+-m\s+pip)(?=[\s|;&<>]|$)"""
    r"""((?:[^'"|;&<>\\\n]|'[^']*'|"(?:[^"\\]|\\.)*"|\\.)*)(.*)""", re.DOTALL).fullmatch
SILENCED = re.compile(r"\s(?:[12]?|&)>(?:&\d|\s*/dev/null)")
NAMED = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^]]*\])?\s*([<>=!~].*|;.*)?").fullmatch
# Options of pip install that take a word.
TAKING = {"-t", "--target", "-i", "--index-url", "--extra-index-url", "-f", "--find-links", "--prefix",
          "--root", "--timeout", "--retries", "--progress-bar", "--trusted-host", "--proxy", "--platform",
          "--python-version", "--only-binary", "--no-binary", "--cache-dir", "--upgrade-strategy", "-c", "--constraint"}


class PipCall:
    """A command for the shell that begins with pip."""

    def __init__(self, line, rest):
        self.line = line
        self.rest = "cat " + rest if rest.strip() else ""  # takes the text as its input

    @classmethod
    def of(cls, command):
        match = COMMAND(SILENCED.sub("", command))
        return cls(*match.groups()) if match else None

    def text(self):
        return pip(self.line)


def pip(line):
    """Returns what pip would say to the arguments. Raises UsageError for what
    it cannot do."""
    try:
        words = shlex.split(line)
    except ValueError as e:
        raise UsageError(f"%pip: the line cannot be split into words: {e}") from None
    positional = [word for word in words if not word.startswith("-")]
    command = positional[0] if positional else ""
    if command == "install":
        return install(words[words.index("install") + 1:])
    if command == "list":
        return listed()
    if command == "freeze":
        return "".join(f"{name}=={version}\n" for name, version in installed())
    if command == "show":
        return shown(positional[1:])
    if "--version" in words or "-V" in words:
        return f"no pip, but %pip list, show and freeze for Python {sys.version.split()[0]}\n"
    raise UsageError(f"%pip {command or line} is not possible in this session; %pip list, %pip show NAME and %pip freeze are")


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


def listed():
    rows = [("Package", "Version"), *installed()]
    wide = max(len(name) for name, _ in rows)
    rows.insert(1, ("-" * wide, "-" * max(len(version) for _, version in rows)))
    return "".join(f"{name:{wide}} {version}\n" for name, version in rows)


def shown(names):
    if not names:
        raise UsageError("%pip show needs the name of a package, such as %pip show numpy")
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
        raise UsageError(f"not installed: {', '.join(missing)}. %pip list shows what is.")
    if missing:
        entries.append(f"Not installed: {', '.join(missing)}\n")
    return "---\n".join(entries)


def install(words):
    wanted = requirements(words)
    if not wanted:
        raise UsageError("%pip install needs the name of a package. " + NO_INSTALL.format("").capitalize())
    said, lacking = [], []
    for text in wanted:
        there = satisfied(text)
        (said if there else lacking).append(there or text)
    if lacking:
        raise UsageError(NO_INSTALL.format(", and it lacks " + ", ".join(lacking)))
    return "".join(line + "\n" for line in said)


def requirements(words):
    """Returns what is to be installed, without the options."""
    wanted, words = [], iter(words)
    for word in words:
        if word in ("-r", "--requirement"):
            wanted += lines(next(words, ""))
        elif word.startswith("--requirement="):
            wanted += lines(word.partition("=")[2])
        elif word in TAKING:
            next(words, None)
        elif not word.startswith("-"):
            wanted.append(word)
    return wanted


def lines(file):
    try:
        with open(file, encoding="utf-8") as f:
            text = [line.partition("#")[0].strip() for line in f]
    except (OSError, ValueError) as e:
        raise UsageError(f"%pip install -r: cannot read the list: {e}") from None
    return [line for line in text if line and not line.startswith("-")]


def satisfied(text):
    """Says that a requirement is met, or returns None if it is not."""
    match = NAMED(text)
    if not match:
        return None  # a file or an address
    name, _, rest = match.groups()
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
