"""Changes libraries when code imports them, and not before."""

from .pristine import __builtins__

import importlib.util
import sys


class ImportHooks:
    """A finder that calls a function with a module once that has been loaded: of
    patches, by the module's name. It finds nothing itself."""

    def __init__(self, patches):
        self.patches = patches
        self.finding = set()

    def install(self):
        """Patches what is loaded already, and the rest as it is loaded."""
        for name, patch in self.patches.items():
            if name in sys.modules:
                apply(patch, sys.modules[name])
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path=None, target=None):
        if name not in self.patches or name in self.finding:
            return None
        self.finding.add(name)
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
        finally:
            self.finding.discard(name)
        if spec is not None and hasattr(spec.loader, "exec_module"):
            spec.loader = PatchingLoader(spec.loader, self.patches[name])
        return spec


class PatchingLoader:
    """Loads a module with another loader, which then takes its place, and patches
    it."""

    def __init__(self, loader, patch):
        self.loader = loader
        self.patch = patch

    def __getattr__(self, name):
        return getattr(self.loader, name)

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self.loader
        self.loader.exec_module(module)
        apply(self.patch, module)


def apply(patch, module):
    try:
        patch(module)
    except Exception:
        pass  # another version of the library: it stays as it is
