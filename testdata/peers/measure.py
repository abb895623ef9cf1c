"""The measurements. Peers take turns within each repetition, so that what else
the machine does falls on all of them alike."""

import re
import sys
import threading
import time

from mcp_client import Failed

LIBRARIES = "import numpy, pandas, matplotlib.pyplot"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"
SETTLE = 2  # seconds that a session is idle before its memory is read
WARM_SECONDS = 5  # at most, of warm calls to one peer in one repetition
BURST = 10  # sessions at once
CALLERS = 50  # at once, over the sessions of a burst
TURNS = 4  # calls of each caller


class Expired(Exception):
    """The time for the comparison is up."""


class Result:
    """What was measured of one peer."""

    def __init__(self, entry):
        self.entry = entry
        self.reason = ""  # why it could not be measured
        self.python, self.libraries, self.state, self.image = "", False, False, False
        self.first, self.first_libraries, self.warm, self.burst, self.memory = [], [], [], [], []
        self.burst_sessions, self.burst_wrong = 0, 0
        self.answers, self.mixed, self.lost = 0, 0, 0
        self.failures = []  # what went wrong in single measurements


class Run:
    """One comparison, which starts nothing new after deadline (time.monotonic)."""

    def __init__(self, entries, deadline):
        self.results = [Result(e) for e in entries]
        self._deadline = deadline

    def all(self, rounds, calls, bursts):
        for r in self.results:
            self._step("tried", r, self._try)
        for n in range(max(rounds, bursts)):
            for r in self._able() if n < rounds else []:
                self._step(f"new session {n + 1}", r, lambda r: self._session(r, calls // rounds))
            for r in self._able() if n < bursts else []:
                self._step(f"burst {n + 1}", r, lambda r: self._burst(r, callers=n == 0))

    def _able(self):
        return [r for r in self.results if not r.reason]

    def _step(self, what, r, do):
        if time.monotonic() > self._deadline:
            raise Expired("the time is up")
        began = time.monotonic()
        try:
            do(r)
        except (Failed, OSError) as err:
            r.failures.append(f"{what}: {err}")
            if what == "tried":
                r.reason = str(err)
        finally:
            r.entry.tidy()
        print(f"{r.entry.name}: {what}: {time.monotonic() - began:.1f} s {(r.failures or [''])[-1]}",
              file=sys.stderr, flush=True)

    def _try(self, r):
        """An unmeasured conversation: what the peer can do, and its caches filled."""
        with _Open(r.entry) as session:
            _calculate(r, session)
            r.python = session.run("import sys; print(sys.version.split()[0])").text
            r.python = (re.search(r"\d+\.\d+\.\d+", r.python) or ["?"])[0]
            session.run("x = 20")
            r.state = "42" in session.run("print(x + 22)").text
            imported = session.run(LIBRARIES + "\nprint(6 * 7)")
            # A traceback repeats the code, and with it numbers.
            r.libraries = not imported.is_error and "Error" not in imported.text and "42" in imported.text
            r.image = r.libraries and session.run(PLOT).image

    def _session(self, r, calls):
        began = time.perf_counter()
        with _Open(r.entry) as session:
            _calculate(r, session)
            r.first.append(time.perf_counter() - began)
            time.sleep(SETTLE)
            r.memory.append(session.memory())
            _calculate(r, session)
            self._warm(r, session, calls)
        if r.libraries:
            began = time.perf_counter()
            with _Open(r.entry) as session:
                _expect(session.run(LIBRARIES + "\nprint(6 * 7)"))
                r.first_libraries.append(time.perf_counter() - began)

    def _warm(self, r, session, calls):
        end = time.perf_counter() + WARM_SECONDS
        for _ in range(calls):
            began = time.perf_counter()
            if began > end:
                return
            _calculate(r, session)
            r.warm.append(time.perf_counter() - began)

    def _burst(self, r, callers):
        sessions, lock = [], threading.Lock()

        def one(n):
            try:
                session = r.entry.open()
                with lock:
                    sessions.append(session)
                _calculate(r, session)
            except (Failed, OSError) as err:
                with lock:
                    r.burst_wrong += 1
                    r.failures.append(f"session {n + 1} of {BURST} at once: {err}")

        try:
            began = time.perf_counter()
            _at_once(one, range(BURST))
            r.burst.append(time.perf_counter() - began)
            r.burst_sessions += BURST
            if callers and sessions:
                self._callers(r, sessions)
        finally:
            _at_once(lambda s: s.close(), sessions)

    def _callers(self, r, sessions):
        """Fifty callers at once, five to a conversation, each with a word of its own."""
        for n, session in enumerate(sessions if r.state else []):
            session.run(f"mine = 'conversation-{n:02}-'")
        lock, others = threading.Lock(), re.compile(r"word-\d\d-\d-end")

        def caller(k):
            n = k % len(sessions)
            for turn in range(TURNS):
                word = f"word-{k:02}-{turn}-end"
                want, code = word, f"v{k} = '{word}'\nimport time; time.sleep(0.02)\nprint(v{k})"
                if r.state and turn % 2:
                    # What the turn before has set must still be there, beside what the conversation has.
                    word = f"word-{k:02}-{turn - 1}-end"
                    want, code = f"conversation-{n:02}-{word}", f"print(mine + v{k})"
                try:
                    text, cause = sessions[n].run(code).text, ""
                except (Failed, OSError) as err:
                    text, cause = "", str(err)
                foreign = [w for w in others.findall(text) if w != word]
                with lock:
                    r.answers += 1
                    r.mixed += bool(foreign)
                    if want not in text and not foreign:
                        r.lost += 1
                        r.failures.append(f"caller {k}, turn {turn}: {cause or text[-200:]!r}")

        _at_once(caller, range(CALLERS))


class _Open:
    """A new session, closed at the end of the block."""

    def __init__(self, entry):
        self._entry = entry

    def __enter__(self):
        self._session = self._entry.open()
        return self._session

    def __exit__(self, *_):
        self._session.close()


def _calculate(r, session):
    _expect(session.run(r.entry.expression))


def _expect(answer):
    if answer.is_error or "42" not in answer.text:
        raise Failed(f"6 * 7 was answered with {answer.text[-200:]!r}")


def _at_once(do, things):
    """Does it for all things at once, each in a thread, and raises one of the failures."""
    failures = []
    ready = threading.Barrier(len(things)) if len(things) else None

    def guarded(thing):
        ready.wait()
        try:
            do(thing)
        except Exception as err:
            failures.append(err)

    threads = [threading.Thread(target=guarded, args=(t,)) for t in things]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if failures:
        raise failures[0]
