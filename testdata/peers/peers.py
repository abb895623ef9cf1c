#!/usr/bin/env python3
"""Compares dynamic-sessions-mcp with its peers, in one run, by one client.

    python3 peers.py --server /path/to/dynamic-sessions-mcp

prints a table in Markdown. README.md says what is measured and how.
"""

import argparse
import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import time

import install


def arguments():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--server", required=True, help="the binary of dynamic-sessions-mcp")
    p.add_argument("--cache-dir", help="its cache folder; default: dynamic-sessions-mcp in the user's cache folder")
    p.add_argument("--rounds", type=int, default=5, help="repetitions of a new session (default 5)")
    p.add_argument("--calls", type=int, default=300, help="warm calls in all (default 300)")
    p.add_argument("--bursts", type=int, default=3, help="repetitions of ten new sessions at once (default 3)")
    p.add_argument("--seconds", type=int, default=540, help="start nothing new after this long (default 540)")
    p.add_argument("--only", help="only peers whose name contains this; ours is always measured")
    return p.parse_args()


def in_environment(folder):
    """Goes on in the environment that has jupyter_client."""
    python = folder / "jupyter" / "bin" / "python"
    if pathlib.Path(sys.prefix).resolve() != (folder / "jupyter").resolve():
        os.execv(python, [str(python), *sys.argv])


def end(*_):
    sys.exit("stopped before the end")


def main():
    options = arguments()
    folder = install.install()
    in_environment(folder)

    import catalog
    import report
    from measure import Expired, Run

    def expire(*_):
        raise Expired("the time is up")

    started = time.monotonic()
    signal.signal(signal.SIGALRM, expire)
    signal.signal(signal.SIGTERM, end)
    signal.alarm(options.seconds + 50)
    work = pathlib.Path(tempfile.mkdtemp(prefix="peers-"))
    load = os.getloadavg()[0]
    with contextlib.ExitStack() as stack:
        stack.callback(catalog.clear, work)
        place = catalog.Place(folder, work)
        cache = options.cache_dir or install.cache().parent / "dynamic-sessions-mcp"
        entries = [catalog.ours(os.path.abspath(options.server), str(cache), place)]
        entries += [p for p in catalog.peers(place) if not options.only or options.only in p.name]
        for entry in entries:
            stack.callback(entry.close)
        run = Run(entries, started + options.seconds)
        try:
            run.all(options.rounds, options.calls, options.bursts)
        except Expired as err:
            print(err, file=sys.stderr)
        finally:
            signal.alarm(0)
        print(report.table(run.results))
        print(report.conditions(run, options, load, time.monotonic() - started))


if __name__ == "__main__":
    main()
