"""Prints, as JSON, what this interpreter is and where its parts are."""

import importlib.metadata
import json
import platform
import sys
import sysconfig


def version(package):
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


paths = sysconfig.get_paths()
print(json.dumps({
    "version": platform.python_version(),
    "info": list(sys.version_info[:2]),
    "implementation": sys.implementation.name,
    "executable": sys.executable,
    "prefixes": [sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix],
    "folders": [paths[name] for name in ("purelib", "platlib", "stdlib", "platstdlib")],
    "ipython": version("ipython"),
    "packages": sorted({f"{d.metadata['Name']}=={d.version}" for d in importlib.metadata.distributions()}),
}))
