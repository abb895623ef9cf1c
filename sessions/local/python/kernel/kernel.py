"""Starts the kernel of a session.

    python3 -I -B -X utf8=1 -X thread_inherit_context=1 kernel.py --data DIR

The files in this folder are a package that is loaded from its files, without
sys.path: code cannot import the kernel's modules by accident, nor can modules of
the code take their place. __init__.py lists them.
"""

import os
import site
import sys
from importlib.util import module_from_spec, spec_from_file_location

PACKAGE = "_session_kernel"

folder = os.path.dirname(os.path.abspath(__file__))
spec = spec_from_file_location(PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
sys.modules[PACKAGE] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[PACKAGE])

from _session_kernel.options import parse_options

options = parse_options()
# What is in these folders comes before what the interpreter has.
entries = [entry for entry in sys.path if entry]
at = next((i for i, entry in enumerate(entries) if entry in site.getsitepackages()), len(entries))
sys.path[:] = entries[:at] + options.site + entries[at:]

from _session_kernel.loop import Kernel

# Code that walks sys.modules, to reload them for example, finds only its own.
for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
    del sys.modules[name]

Kernel(options).serve()
