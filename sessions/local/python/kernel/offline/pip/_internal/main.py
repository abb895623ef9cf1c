"""Where the programs named pip look for main."""

from pip import main

__all__ = ["main"]
