"""Runs the real pip in a process of its own, for the session's own folder.

    python real.py FOLDER ARGUMENT…

FOLDER is the one that has the package pip.
"""

import os
import runpy
import site
import subprocess
import sys
import sysconfig

DATA = "/mnt/data"
OWN_FOLDER = ".packages"

# What pip must not do here: ask, look for a newer pip, keep downloads in memory, or
# say that the folder of programs is not on PATH, which it is.
SETTINGS = {
    "PIP_BREAK_SYSTEM_PACKAGES": "1",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_CACHE_DIR": "1",
    "PIP_NO_COLOR": "1",
    "PIP_NO_INPUT": "1",
    "PIP_NO_WARN_SCRIPT_LOCATION": "1",
    "PIP_PROGRESS_BAR": "off",
    "PIP_ROOT_USER_ACTION": "ignore",
}


def find_pip():
    """Returns the folder that has the real pip, or "" if there is none: beside the
    embedded interpreter, or among the packages of another."""
    beside = os.path.join(sys.base_prefix, "lib", "pip")
    if os.path.isfile(os.path.join(beside, "pip", "__main__.py")):
        return beside
    return next((path for path in installed_paths() if os.path.isfile(os.path.join(path, "pip", "__pip-runner__.py"))), "")


def installed_paths():
    """Returns the folders of packages of the interpreter: its paths, without those
    that the session has added."""
    paths = sysconfig.get_paths()
    return dict.fromkeys((paths["purelib"], paths["platlib"], *site.getsitepackages()))


def own_folder():
    """Returns the session's own folder of packages, in the form of a user's base."""
    return os.environ.get("PYTHONUSERBASE") or os.path.join(DATA, OWN_FOLDER)


def own_packages(base):
    """Returns the folder of modules below a user's base."""
    return sysconfig.get_path("purelib", "posix_user", {"userbase": base})


def call(arguments, index):
    """Runs pip with arguments and returns its exit status. index says whether it may
    ask a package index."""
    environ = {**os.environ, **SETTINGS, "PYTHONUSERBASE": own_folder()}
    if not index:
        environ["PIP_NO_INDEX"] = "1"
    for name in ("PIP_PYTHON", "PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV"):
        environ.pop(name, None)
    return subprocess.run([sys.executable, os.path.abspath(__file__), find_pip(), *arguments], env=environ).returncode


def become_pip(folder):
    """Runs pip in this process. It takes the interpreter for none of a virtual
    environment, since pip installs nothing for users there."""
    base = own_folder()
    stand_in = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    sys.path[:] = [folder] + [path for path in sys.path[1:] if os.path.realpath(path or ".") != os.path.realpath(stand_in)]
    sys.base_prefix, sys.base_exec_prefix = sys.prefix, sys.exec_prefix
    site.ENABLE_USER_SITE, site.USER_BASE, site.USER_SITE = True, base, own_packages(base)
    if site.USER_SITE not in sys.path:
        sys.path.insert(1, site.USER_SITE)
    runpy.run_module("pip", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    become_pip(sys.argv.pop(1))
