"""Where the programs named pip look for main."""
