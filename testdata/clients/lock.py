"""Writes requirements.txt of each client anew, from its requirements.in, or of the
clients that the arguments name.

It needs uv on the path and asks PyPI. A lock has what Linux needs, on amd64 and
arm64.
"""

import pathlib
import subprocess
import sys
import tomllib

HERE = pathlib.Path(__file__).resolve().parent
HEAD = "# Written from requirements.in by lock.py; do not edit.\n"

# There is no wheel of these, which are Python only.
SOURCES = ("pybars4", "pymeta3")


def main():
    for wanted in sorted(HERE.glob("*/requirements.in")):
        if sys.argv[1:] and wanted.parent.name not in sys.argv[1:]:
            continue
        hashes = {}
        for machine in ("x86_64", "aarch64"):
            for package in resolve(wanted, machine):
                files = package.get("wheels") or [package["sdist"]]
                pin = f"{package['name']}=={package['version']}"
                hashes.setdefault(pin, set()).update(file["hashes"]["sha256"] for file in files)
        lines = (" \\\n    ".join([pin, *(f"--hash=sha256:{h}" for h in sorted(found))]) for pin, found in sorted(hashes.items()))
        wanted.with_suffix(".txt").write_text(HEAD + "\n".join(lines) + "\n")


def resolve(wanted, machine):
    """Returns the packages, as pylock.toml describes them."""
    command = ["uv", "pip", "compile", "--quiet", "--format", "pylock.toml", "--python-version", "3.11",
               "--python-platform", f"{machine}-manylinux_2_28", "--only-binary", ":all:"]
    for name in SOURCES:
        command += ["--no-binary", name]
    done = subprocess.run([*command, str(wanted)], check=True, stdout=subprocess.PIPE, text=True)
    return tomllib.loads(done.stdout)["packages"]


main()
