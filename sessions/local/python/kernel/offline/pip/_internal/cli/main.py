"""A name by which programs find pip's main."""

from pip import main

__all__ = ["main"]
