"""A client of the Model Context Protocol over stdio, in the standard library alone.

One Conversation is one server process. Calls may be made from many threads at
once; each waits for the answer that carries its own request's identifier.
"""

import json
import os
import queue
import signal
import subprocess
import tempfile
import threading
import time

PROTOCOL = "2025-06-18"


class Failed(Exception):
    """The server ended, refused the request or did not answer in time."""


class Answer:
    """The result of a tool call."""

    def __init__(self, result):
        content = result.get("content", [])
        self.text = "\n".join(c.get("text", "") for c in content if c.get("type") == "text")
        self.image = any(c.get("type") == "image" and c.get("data") for c in content)
        self.is_error = bool(result.get("isError"))


class Conversation:
    """A server process and the initialized protocol session with it."""

    def __init__(self, command, env, cwd, timeout=60):
        self._errors = tempfile.TemporaryFile(dir=cwd)
        self._process = subprocess.Popen(
            command, env=env, cwd=cwd, start_new_session=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors)
        self._timeout = timeout
        self._lock = threading.Lock()
        self._next = 0
        self._waiting = {}
        self._ended = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self._request("initialize", {
                "protocolVersion": PROTOCOL, "capabilities": {},
                "clientInfo": {"name": "peers", "version": "1"}})
            self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})
        except BaseException:
            self.close()
            raise

    @property
    def pid(self):
        return self._process.pid

    def call(self, tool, arguments):
        """Calls a tool and returns its Answer."""
        return Answer(self._request("tools/call", {"name": tool, "arguments": arguments}))

    def close(self):
        """Ends the server: its input is closed, then signals follow. Idempotent."""
        try:
            self._process.stdin.close()
        except OSError:
            pass
        self._stop(1, None)
        self._stop(5, signal.SIGTERM)
        self._stop(None, signal.SIGKILL)
        self._reader.join()
        self._process.stdout.close()
        self._errors.close()

    def _stop(self, seconds, sign):
        if sign is not None:
            try:
                os.killpg(self._process.pid, sign)
            except ProcessLookupError:
                pass
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            pass

    def _request(self, method, params):
        answer = queue.SimpleQueue()
        with self._lock:
            self._next += 1
            number = self._next
            self._waiting[number] = answer
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        if self._ended:
            answer.put(None)
        try:
            message = answer.get(timeout=self._timeout)
        except queue.Empty:
            raise Failed(f"{method}: no answer within {self._timeout} s") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
        if message is None:
            raise Failed(f"{method}: the server ended: {self._last_words()}")
        if "error" in message:
            raise Failed(f"{method}: {message['error'].get('message', message['error'])}")
        return message["result"]

    def _send(self, message):
        line = json.dumps(message).encode() + b"\n"
        try:
            with self._lock:
                self._process.stdin.write(line)
                self._process.stdin.flush()
        except (OSError, ValueError):
            raise Failed(f"the server ended: {self._last_words()}") from None

    def _read(self):
        # Lines that are no protocol messages are passed over, as most clients do.
        for line in self._process.stdout:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            if not isinstance(message, dict) or "method" in message:
                continue
            with self._lock:
                waiting = self._waiting.get(message.get("id"))
            if waiting is not None:
                waiting.put(message)
        with self._lock:
            self._ended = True
            for waiting in self._waiting.values():
                waiting.put(None)

    def _last_words(self):
        """The last line of the server's standard error that names an error, or the last at all."""
        deadline = time.monotonic() + 1
        while self._process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        told = [line[line.lower().rindex("error"):] for line in lines if "error" in line.lower()]
        return (told or lines or [f"exit code {self._process.poll()}"])[-1][:300]
