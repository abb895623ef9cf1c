"""python -m pip, and what the programs in bin run."""

import os
import sys

if __name__ == "__main__":
    if __spec__ is None:  # runs as a file, whose folder is not the one that has the package
        sys.path[0] = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    from pip import main

    sys.exit(main())
