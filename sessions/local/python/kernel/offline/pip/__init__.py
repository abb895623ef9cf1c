"""Stands for pip where nothing can be installed: says what is there, and what
can be done about what is not.

    commands      what pip's commands answer
    __main__      python -m pip, and what the programs in bin run

It has the names by which programs reach pip and, but for commands, runs on any
Python 3: whatever pip of the system a script finds, this is what it imports.
"""

import os
import sys

__version__ = "26.0"


def main(args=None):
    """Runs pip with the arguments, by default the program's, and returns its
    status."""
    if args is None:
        use_own_python()
    from pip.commands import Refused, pip

    try:
        print(pip(sys.argv[1:] if args is None else list(args)), end="")
    except Refused as e:
        print(f"ERROR: {e}", file=sys.stderr)
        return 1
    return 0


def use_own_python():
    """Goes over to the session's interpreter from one of the system's, whose
    packages are not the session's. The variable is pip's own for --python."""
    own = os.environ.get("PIP_PYTHON")
    if own and sys.executable and os.path.realpath(own) != os.path.realpath(sys.executable):
        os.execv(own, [own, os.path.join(os.path.dirname(os.path.abspath(__file__)), "__main__.py"), *sys.argv[1:]])
