"""A name by which programs find pip's main."""
