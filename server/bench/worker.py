"""Runs code outside of any session, in one namespace, request by request.

A request is a line of JSON on standard input: the code. The answer is a line on
standard error, which begins with a mark that code does not write. Standard output is
the code's own.
"""

import json
import sys


def main(paths, mark="\x01"):
    sys.path += [path for path in paths if path not in sys.path]
    space = {"__name__": "__main__"}
    for line in iter(sys.stdin.readline, ""):
        error = ""
        try:
            exec(compile(json.loads(line), "<bench>", "exec"), space)
        except BaseException as e:
            error = f"{type(e).__name__}: {e}"
        sys.stdout.flush()
        sys.stderr.write(mark + json.dumps(error) + "\n")
        sys.stderr.flush()


main(json.loads(sys.argv[1]))
