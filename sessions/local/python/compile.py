"""Compiles modules.

Reads lines of a module's path, a tab, and the path that tracebacks shall show.
Prints a line for each module.
"""

import py_compile
import sys

for line in sys.stdin:
    path, shown = line.rstrip("\n").split("\t")
    try:
        py_compile.compile(
            path,
            dfile=shown,
            doraise=True,
            # The sources do not change, and their times may when they are copied.
            invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
        )
    except (py_compile.PyCompileError, UnicodeError):
        pass  # a template, or code for another version: an import says so
    print(flush=True)
