"""Installs the peers, once, into a folder of the user's cache.

The folder's name is taken from what is pinned, so that a change of a pin makes
a new one. Only PyPI and npm are asked.
"""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ENVIRONMENTS = ("jupyter", "interpreter", "run-python")


def cache():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    return pathlib.Path(base) / "dynamic-sessions-mcp-clients"


def install():
    """Returns the folder with the peers, which are installed if they were not."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {os.uname().machine}".encode())
    for name in sorted(HERE.glob("requirements-*.txt")) + [HERE / "package-lock.json"]:
        digest.update(name.read_bytes())
    folder = cache() / f"peers-{digest.hexdigest()[:12]}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        for name in ENVIRONMENTS:
            _environment(folder / name, HERE / f"requirements-{name}.txt")
        _packages(folder)
        (folder / "complete").touch()
    # Deno may read the folder of the packages only, so the script goes there.
    shutil.copy(HERE / "pyodide_server.mjs", folder)
    return folder


def node(folder):
    """Returns the folder with Node's programs."""
    return _one(folder.glob("node_modules/node-linux-*/bin"))


def deno(folder):
    """Returns the folder with Deno's program."""
    return _one(path.parent for path in folder.glob("node_modules/@deno/*/deno"))


def _one(paths):
    found = list(paths)
    if not found:
        raise SystemExit("the packages from npm have no program for this platform")
    return found[0]


def _environment(path, requirements):
    _say(f"installing {requirements.name}")
    _run([sys.executable, "-m", "venv", str(path)])
    _run([str(path / "bin" / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check",
          "--no-deps", "-r", str(requirements)])
    # So that no first start of a peer pays for compiling what ours has compiled too.
    subprocess.run([str(path / "bin" / "python"), "-m", "compileall", "-q", str(path / "lib")],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def _packages(folder):
    _say("installing package-lock.json")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    _run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder)


def _run(command, cwd=None):
    done = subprocess.run(command, cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-3000:]}")


def _say(text):
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    print(install())
