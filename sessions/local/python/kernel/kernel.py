"""Starts the kernel of a session.

    python3 -I -B -X utf8=1 -X thread_inherit_context=1 kernel.py --data DIR

The files beside this one are a package that is loaded from where it lies, so
that its folder need not be on sys.path, where code would meet the modules and
they might meet the code's. Their list is in __init__.py.
"""

import os
import sys
from importlib.util import module_from_spec, spec_from_file_location

PACKAGE = "_session_kernel"

folder = os.path.dirname(os.path.abspath(__file__))
spec = spec_from_file_location(PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder])
sys.modules[PACKAGE] = module_from_spec(spec)
spec.loader.exec_module(sys.modules[PACKAGE])

from _session_kernel.options import parse_options

options = parse_options()
# IPython may lie in one of the sites.
sys.path[:] = [entry for entry in sys.path if entry] + options.site

from _session_kernel.loop import Kernel

# Whoever walks the modules, as what reloads them does, finds the code's alone.
for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
    del sys.modules[name]

Kernel(options).serve()
