"""Runs code in a bare IPython kernel; requests and answers are those of worker.py.

It runs in the environment of testdata/peers that has jupyter_client, with that folder
as its argument.
"""

import json
import os
import sys

sys.path.insert(0, sys.argv[1])

from kernel import Kernel


def main(mark="\x01"):
    kernel = Kernel(dict(os.environ), os.getcwd())
    try:
        for line in iter(sys.stdin.readline, ""):
            try:
                answer = kernel.call(json.loads(line))
                error = answer.text if answer.is_error else ""
            except Exception as e:
                error = f"{type(e).__name__}: {e}"
            sys.stderr.write(mark + json.dumps(error) + "\n")
            sys.stderr.flush()
    finally:
        kernel.close()


main()
