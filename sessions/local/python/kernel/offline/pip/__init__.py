"""Stands for pip in a session: says what is installed, and has the real pip install
what is there as files, or in an index that can be reached, into the session's own
folder.

    commands      what pip's commands print, and what is left to the real pip
    real          runs that
    __main__      python -m pip, and what the programs in bin run

The package has the names by which programs find pip. All but commands runs on
any Python 3: whichever pip of the system a script finds imports this package.
"""

import os
import sys

__version__ = "26.0"

# The session's interpreter, where no variable names it.
OWN_PYTHON = "/opt/python/bin/python3"


def main(args=None):
    """Runs pip with arguments, by default those of the program, and returns the
    exit status."""
    if args is None:
        use_own_python()
    from pip.commands import Refused, Work, pip

    try:
        print(pip(sys.argv[1:] if args is None else list(args)), end="")
    except Work as work:
        return work.run()
    except Refused as e:
        print(f"ERROR: {e}", file=sys.stderr)
        return 1
    return 0


def use_own_python():
    """Replaces an interpreter of the system, which does not have the session's
    packages, with the session's. The variable is pip's own for --python."""
    own = os.environ.get("PIP_PYTHON") or (OWN_PYTHON if os.path.exists(OWN_PYTHON) else "")
    if own and sys.executable and os.path.realpath(own) != os.path.realpath(sys.executable):
        os.execv(own, [own, os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py"), *sys.argv[1:]])
