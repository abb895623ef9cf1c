"""Gives Schemathesis what exists, and counts who answers what.

Names that are made up are of no file and no execution, so that most operations
would be answered with 404 and nothing else. Before two of three calls there is a
file, an execution and a session, and the call is about them. An operation that
never succeeds is told at the end, in the file that KNOWN_REPORT names.
"""

import atexit
import collections
import itertools
import os

import requests
import schemathesis

NAME = "known.txt"
IDENTIFIER = "known-session-1"
EXECUTION = "known-execution"
HEADERS = {"Authorization": f"Bearer {os.environ['KNOWN_TOKEN']}"}
BASE = os.environ["KNOWN_ENDPOINT"]
QUERY = {"api-version": "2025-10-02-preview", "identifier": IDENTIFIER}

turn = itertools.count()
running = []  # the executions that were begun to be stopped
answers = collections.defaultdict(collections.Counter)


def provide(execution, code):
    """Makes what the calls are about. It may fail: another call may end the session."""
    files = {"file": (NAME, b"known")}
    requests.post(f"{BASE}/files", params=QUERY, files=files, headers=HEADERS, timeout=60)
    body = {"code": code, "executionType": "Asynchronous"}
    requests.post(f"{BASE}/executions", params=QUERY, json=body, headers=HEADERS | {"operation-id": execution}, timeout=60)


def stop():
    """Stops what the call did not, such as one without a token: the session's next runs would wait for it."""
    while running:
        requests.delete(f"{BASE}/executions/{running.pop()}", params=QUERY, headers=HEADERS, timeout=60)


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path in ("/health", "/openapi.json") or next(turn) % 3 == 0:
        return
    if not ("{" in case.path or "ession" in case.path or case.path == "/files"):
        return
    execution, code = EXECUTION, "1"
    if case.method.upper() == "DELETE" and "executionId" in case.path:  # only what runs can be stopped, and once
        execution, code = f"{EXECUTION}-{next(turn)}", "import time; time.sleep(8)"
        running.append(execution)
    provide(execution, code)
    if case.query and "identifier" in case.query:
        case.query["identifier"] = IDENTIFIER
        case.query["api-version"] = QUERY["api-version"]
        case.query.pop("path", None)
    for name in case.path_parameters or {}:
        case.path_parameters[name] = execution if name == "executionId" else NAME


@schemathesis.hook
def after_call(context, case, response):
    stop()
    if case.method.upper() == case.operation.method.upper():  # and not one that the path does not have
        answers[f"{case.method} {case.path}"][response.status_code] += 1


@atexit.register
def report():
    with open(os.environ["KNOWN_REPORT"], "w", encoding="utf-8") as out:
        for operation, seen in sorted(answers.items()):
            verdict = "ok" if any(status < 300 for status in seen) else "NEVER"
            print(verdict, operation, dict(sorted(seen.items())), file=out)
