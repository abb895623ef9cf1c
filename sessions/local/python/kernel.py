"""The kernel: a Python session that is driven by frames.

    python3 -I -B -X utf8=1 -X thread_inherit_context=1 kernel.py --data DIR

Descriptor 0 brings frames from the host, descriptor 1 takes frames to it and
descriptor 2 takes diagnostics. All three are moved to private numbers at once;
what runs in the session sees /dev/null on 0 and pipes of the kernel on 1 and 2.

A frame is

     0        4        8          8+h           8+h+p
     +--------+--------+-----------+-------------+
     | h      | p      | header    | payload     |
     +--------+--------+-----------+-------------+
       uint32   uint32   JSON        bytes           (big-endian)

and a conversation is

    host                                kernel
      | hello                             |
      |---------------------------------->|  also after a restore: new random seeds,
      |               ready {protocol, …} |  working directory back to DIR
      |<----------------------------------|
      | execute {seq} + code              |
      |---------------------------------->|
      |       stream {seq, name} + bytes  |  any number, also of
      |<----------------------------------|  display {seq, id, update, parts} + bytes
      | interrupt {seq}                   |
      |- - - - - - - - - - - - - - - - - >|  KeyboardInterrupt in the code; ignored
      |                                   |  unless seq is the one that runs
      |  result {seq, json, parts} + bytes|  the value of the last expression
      |      error {seq, sizes} + bytes   |  or the exception
      |  tail {seq, name} + bytes         |  the end of a stream that was cut
      |  done {seq, status, stdout, …}    |
      |<----------------------------------|
      | end of input                      |
      |---------------------------------->|  the process ends

parts is a list of [MIME type, size]; the payload holds the parts one after the
other. In result, json is the size of the JSON value that precedes them. sizes
are those of the exception's name and text; the rest of the payload is the
traceback. status is "ok", "error" or "interrupted". A stream's entry in done is
[bytes written, name of the file that holds them all below DIR or ""].

Code in the session shares the process with the kernel and can break it if it
means to. The host must not believe a byte of what comes; the kernel only sees
to it that code which does not mean to does not.
"""

import builtins

# Functions look builtins up in the dictionary that is current when they are
# defined. A private copy keeps this file working when code replaces one.
__builtins__ = dict(vars(builtins))

import __future__
import argparse
import ast
import asyncio
import base64
import contextvars
import errno
import faulthandler
import fcntl
import gc
import io
import json
import linecache
import os
import random
import resource
import select
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import types
import _signal
import _thread

PROTOCOL = 1
MAX_FRAME = 64 << 10  # payload of a stream frame
MAX_DISPLAY = 48 << 20  # payload of a display or result frame
MAX_TEXT = 1 << 20  # a value as text
MAX_TRACEBACK = 128 << 10
TAIL = 16 << 10  # of a stream that was cut
PIPE_SIZE = 1 << 20
MAX_PIXELS = 2000  # a side of a figure
STREAM_AFTER = 0.01  # seconds until output is sent before the code has ended
COALESCE = 0.02  # seconds between two readings of a slow stream

NO_INPUT = (
    "nobody can type into this session, so {} has nothing to read. "
    "Put the value into the code, or read it from a file in the data folder."
)

# Code may replace what these modules hold; the kernel keeps what it found.
os, fcntl, select, time, gc = (types.SimpleNamespace(**vars(m)) for m in (os, fcntl, select, time, gc))
quote = json.encoder.encode_basestring_ascii
encode = json.JSONEncoder().encode
parse = json.JSONDecoder().scan_once
pack = struct.Struct(">II").pack
unpack = struct.Struct(">II").unpack_from


def frame(header, payload=b""):
    head = header.encode("ascii")
    return b"".join((pack(len(head), len(payload)), head, payload))


def utf8(text):
    return text.encode("utf-8", "backslashreplace")


def cut(text, limit, what):
    """Leaves the middle of a long text out and says so."""
    if len(text) <= limit:
        return text
    head, tail = limit * 3 // 4, limit // 4
    left_out = len(text) - head - tail
    return f"{text[:head]}\n… [{left_out} characters of {what} left out] …\n{text[-tail:]}"


class Wire:
    """The two descriptors to the host."""

    def __init__(self, base):
        self.base = base
        self.inbound = self.private(0)
        self.outbound = self.private(1)
        self.diagnostics = self.private(2)
        self.null = self.private(os.open("/dev/null", os.O_RDWR), close=True)
        for fd in (0, 1, 2):
            os.dup2(self.null, fd)
        self.buffer = bytearray()
        self.lock = threading.Lock()  # guards outbound

    def private(self, fd, close=False):
        """Moves fd to a high number, where code that closes or writes to
        the low ones does not meet it."""
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self.base)
        if close:
            os.close(fd)
        return moved

    def send(self, *frames):
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        with self.lock:
            n = os.write(self.outbound, data)
            if n < len(data):
                rest = memoryview(data)[n:]
                while rest:
                    rest = rest[os.write(self.outbound, rest):]

    def fill(self):
        """Reads what has come; the end of input is the end of the process."""
        data = os.read(self.inbound, MAX_FRAME)  # small enough to come from the heap
        if not data:
            os._exit(0)
        self.buffer += data

    def take(self):
        """Returns the next complete frame in the buffer, or None."""
        buffer = self.buffer
        if len(buffer) < 8:
            return None
        h, p = unpack(buffer)
        end = 8 + h + p
        if len(buffer) < end:
            return None
        header, _ = parse(buffer[8:8 + h].decode(), 0)
        payload = bytes(buffer[8 + h:end])
        del buffer[:end]
        return header, payload

    def receive(self):
        while True:
            got = self.take()
            if got:
                return got
            self.fill()


class Capture:
    """What was written to one stream during one execution.

    Up to limit bytes are passed on. When there are more than that and a tail,
    all of it is written to a file, for as long as the disk has room.
    """

    def __init__(self, name, kernel):
        self.name = name
        self.kernel = kernel
        self.total = 0
        self.head = []  # kept until there is a file, which begins with them
        self.over = b""  # what follows head, at most the last TAIL bytes
        self.file = -1
        self.path = ""
        self.spilling = True

    def feed(self, data):
        """Returns the part of data that is to be sent."""
        limit = self.kernel.options.max_output
        room = limit - self.total
        self.total += len(data)
        if room >= len(data):
            self.head.append(data)
            return data
        sent = b""
        if room > 0:
            sent, data = data[:room], data[room:]
            self.head.append(sent)
        if self.file < 0 and self.spilling and self.total > limit + TAIL:
            self.open()
        if self.file >= 0:
            self.spill(data)
        self.over = data[-TAIL:] if len(data) >= TAIL else (self.over + data)[-TAIL:]
        return sent

    def open(self):
        folder = self.kernel.options.data
        for sub in ("output", ""):
            try:
                os.makedirs(os.path.join(folder, sub), exist_ok=True)
                for n in range(1, 100000):
                    path = os.path.join(sub, f"{self.name}-{n}.txt")
                    try:
                        self.file = self.kernel.wire.private(
                            os.open(os.path.join(folder, path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644),
                            close=True)
                        break
                    except FileExistsError:
                        continue
            except Exception:
                continue
            if self.file >= 0:
                self.path = path
                break
        else:
            self.spilling = False
        if self.file >= 0:
            self.spill(b"".join(self.head) + self.over)
        self.head = []

    def spill(self, data):
        try:
            if self.total > self.kernel.options.max_spill:
                raise OSError(errno.EFBIG, "too much output")
            view = memoryview(data)
            while view:
                view = view[os.write(self.file, view):]
        except OSError:
            self.drop()

    def drop(self):
        """Gives up the file: half of it would only take the room away."""
        os.close(self.file)
        self.file, self.spilling = -1, False
        try:
            os.unlink(os.path.join(self.kernel.options.data, self.path))
        except OSError:
            pass
        self.path = ""

    def finish(self):
        if self.file >= 0:
            os.close(self.file)
            self.file = -1
        return f'[{self.total},{quote(self.path)}]'


class Pipe:
    """One of descriptors 1 and 2 as the session sees it, for one execution:
    a child that outlives its execution keeps writing into a pipe that nobody
    shows."""

    def __init__(self, fd, wire):
        r, w = os.pipe2(os.O_CLOEXEC)
        if r < 3 or w < 3:  # the code closed some of 0, 1 and 2
            os.close(r)
            os.close(w)
            for standard in (0, 1, 2):
                os.dup2(wire.null, standard)
            r, w = os.pipe2(os.O_CLOEXEC)
        try:
            fcntl.fcntl(w, fcntl.F_SETPIPE_SZ, PIPE_SIZE)
        except OSError:
            pass  # the bound of an ordinary user; the default does too
        self.fd = fd
        self.read = wire.private(r, close=True)
        os.set_blocking(self.read, False)
        os.dup2(w, fd)
        os.close(w)

    def drain(self, limit=PIPE_SIZE):
        """Reads what is there, but no more than limit bytes if something
        writes without end."""
        chunks, left = [], limit
        while left > 0:
            try:
                data = os.read(self.read, MAX_FRAME)
            except BlockingIOError:
                break
            if not data:
                break
            chunks.append(data)
            left -= len(data)
            if len(data) < MAX_FRAME:
                break
        return b"".join(chunks)

    def at_end(self):
        """Reports whether nobody holds the other end any more."""
        poll = select.poll()
        poll.register(self.read, select.POLLIN)
        return any(event == select.POLLHUP for _, event in poll.poll(0))


class TextStream(io.TextIOWrapper):
    """sys.stdout or sys.stderr: one object for the life of the session, since
    logging handlers and the like keep it. The descriptor below it changes."""

    def __init__(self, fd, name):
        raw = io.FileIO(fd, "w", closefd=False)
        raw.name = name
        super().__init__(io.BufferedWriter(raw, 64 << 10), encoding="utf-8",
                         errors="backslashreplace", line_buffering=True)
        self.mode = "w"
        self.number = fd
        self.guarded = False
        self.fast = None

    def isatty(self):
        return False

    def guard(self, kernel):
        """From now on writes count only from threads of the execution under
        way. A write that has begun is over before the execution is: see
        Kernel.answer."""
        write, ident, main = super().write, _thread.get_ident, kernel.main
        belongs, writing = kernel.belongs, kernel.writing

        def guarded(text):
            if ident() == main:
                return write(text)
            with writing:
                return write(text) if belongs() else len(text)
        if self.fast is not None:
            self.fast.flush()
            self.fast = None
        self.__dict__["write"] = guarded
        self.guarded = True

    def trust(self):
        """Ends guard and hurry."""
        self.__dict__.pop("write", None)
        self.guarded = False

    def hurry(self):
        """From now on writes are collected into blocks instead of lines.
        The switch is made by the next writer, so that nothing is reordered."""
        if "write" in self.__dict__:
            return
        raw = io.FileIO(self.number, "w", closefd=False)
        fast = io.TextIOWrapper(io.BufferedWriter(raw, 256 << 10), encoding="utf-8", errors="backslashreplace")

        def first(text):
            super(TextStream, self).flush()
            self.fast = fast
            self.__dict__["write"] = fast.write
            return fast.write(text)
        self.__dict__["write"] = first

    def settle(self):
        """Back to lines. Returns False if the stream is broken."""
        if not self.guarded:
            self.__dict__.pop("write", None)
        try:
            if self.fast is not None:
                self.fast.flush()
                self.fast = None
            self.flush()
        except (OSError, ValueError):
            return False
        return True

    def flush(self):
        if self.fast is not None:
            self.fast.flush()
        super().flush()


class NoInput(io.TextIOBase):
    """sys.stdin: reading fails at once and says why."""

    name = "<stdin>"
    mode = "r"
    encoding = "utf-8"
    errors = "strict"

    def refuse(self, *args, **kwargs):
        raise StdinNotImplementedError(NO_INPUT.format("sys.stdin"))

    read = readline = readlines = __next__ = refuse

    @property
    def buffer(self):
        self.refuse()

    def readable(self):
        return True

    def fileno(self):
        return 0


class Guarded:
    """A signal handler of the session that must not run in the kernel."""

    def __init__(self, kernel, handler):
        self.kernel = kernel
        self.handler = handler

    def __call__(self, signum, stack):
        if self.kernel.interruptible:
            return self.handler(signum, stack)


class Watcher(threading.Thread):
    """The one thread beside the main one. It sleeps unless an execution takes
    longer than STREAM_AFTER; then it sends output as it comes and waits for
    interrupts. It also empties the pipes that children of earlier executions
    still hold."""

    def __init__(self, kernel):
        super().__init__(daemon=True, name="kernel")
        self.kernel = kernel
        self.lock = threading.Lock()  # guards run, watching, orphans, the pipes and wire.buffer while run is set
        self.run_now = None
        self.watching = False
        self.orphans = {}
        private = kernel.wire.private
        self.epoll = select.epoll(flags=select.EPOLL_CLOEXEC)
        self.epoll_fd = private(self.epoll.fileno())
        self.epoll.close()
        self.epoll = select.epoll.fromfd(self.epoll_fd)
        self.timer = -1
        if hasattr(os, "timerfd_create"):
            flags = os.TFD_NONBLOCK | os.TFD_CLOEXEC
            self.timer = private(os.timerfd_create(time.CLOCK_MONOTONIC, flags=flags), close=True)
            self.epoll.register(self.timer, select.EPOLLIN)

    def begin(self, run):
        self.run_now = run
        if self.timer >= 0:
            os.timerfd_settime(self.timer, initial=STREAM_AFTER)
        else:
            with self.lock:
                self.watch(run)

    def end(self):
        """Called with the lock held."""
        run, self.run_now = self.run_now, None
        if self.watching:
            self.watching = False
            for fd in (run.out.read, run.err.read, self.kernel.wire.inbound):
                self.forget(fd)
        elif self.timer >= 0:
            os.timerfd_settime(self.timer, initial=0)

    def watch(self, run):
        self.watching = True
        for fd in (run.out.read, run.err.read, self.kernel.wire.inbound):
            self.epoll.register(fd, select.EPOLLIN)
        self.interrupts(run)

    def forget(self, fd):
        try:
            self.epoll.unregister(fd)
        except (OSError, ValueError):
            pass

    def adopt(self, pipe):
        """Takes a pipe whose execution is over."""
        poll = select.poll()
        poll.register(pipe.read, 0)
        if poll.poll(0):  # without asking for more: POLLHUP or POLLERR
            os.close(pipe.read)
            return
        with self.lock:
            self.orphans[pipe.read] = pipe
            self.epoll.register(pipe.read, select.EPOLLIN)

    def run(self):
        pause = time.sleep
        while True:
            try:
                events = self.epoll.poll()
                with self.lock:
                    busy = self.handle([fd for fd, _ in events])
            except BaseException as e:
                self.kernel.fail(e)
            if not busy:
                pause(COALESCE)

    def handle(self, ready):
        """Returns whether a pipe was so full that it should be read again at once."""
        run, busy = self.run_now, False
        for fd in ready:
            if fd == self.timer:
                try:
                    os.read(fd, 8)
                except BlockingIOError:
                    continue
                if run and not self.watching:
                    self.watch(run)
                    busy = True
            elif fd in self.orphans:
                self.discard(fd)
            elif run and fd == self.kernel.wire.inbound:
                self.interrupts(run)
            elif run and fd in (run.out.read, run.err.read):
                busy |= run.pump(fd) >= (32 << 10)
        return busy

    def discard(self, fd):
        try:
            gone = os.read(fd, PIPE_SIZE) == b""
        except BlockingIOError:
            return
        if gone:
            self.forget(fd)
            os.close(fd)
            del self.orphans[fd]

    def interrupts(self, run):
        """Acts on the frames that have come while code runs."""
        wire = self.kernel.wire
        poll = select.poll()
        poll.register(wire.inbound, select.POLLIN)
        if poll.poll(0):
            wire.fill()
        while True:
            got = wire.take()
            if not got:
                return
            header, _ = got
            if header.get("type") == "interrupt" and header.get("seq") == run.seq:
                run.interrupted = True
                signal.pthread_kill(self.kernel.main, signal.SIGINT)


class Run:
    """One execution under way."""

    def __init__(self, kernel, seq, out, err):
        self.kernel = kernel
        self.seq = seq
        self.out, self.err = out, err
        self.stdout, self.stderr = Capture("stdout", kernel), Capture("stderr", kernel)
        self.interrupted = False

    def pump(self, fd):
        """Sends what is in the pipe. Called with the watcher's lock held."""
        out = fd == self.out.read
        pipe, capture = (self.out, self.stdout) if out else (self.err, self.stderr)
        data = pipe.drain(256 << 10)
        frames = self.frames(capture, data)
        if frames:
            self.kernel.wire.send(*frames)
        if capture.total > self.kernel.options.max_output:
            (self.kernel.stdout if out else self.kernel.stderr).hurry()
        if not data and pipe.at_end():
            self.kernel.watcher.forget(fd)
        return len(data)

    def frames(self, capture, data):
        if not data:
            return []
        data = capture.feed(data)
        header = f'{{"type":"stream","seq":{self.seq},"name":"{capture.name}"}}'
        return [frame(header, data[i:i + MAX_FRAME]) for i in range(0, len(data), MAX_FRAME)]

    def finish(self, frames, status):
        """Returns the last frames. Called with the watcher's lock held."""
        last = []
        for pipe, capture in ((self.out, self.stdout), (self.err, self.stderr)):
            last += self.frames(capture, pipe.drain())
        last += frames
        for capture in (self.stdout, self.stderr):
            if capture.over:
                last.append(frame(f'{{"type":"tail","seq":{self.seq},"name":"{capture.name}"}}', capture.over))
        last.append(frame(
            f'{{"type":"done","seq":{self.seq},"status":"{status}",'
            f'"stdout":{self.stdout.finish()},"stderr":{self.stderr.finish()}}}'))
        return last


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", default="/mnt/data", help="the session's folder")
    parser.add_argument("--site", action="append", default=[], help="a folder of packages")
    parser.add_argument("--max-output", type=int, default=1 << 20, help="bytes of a stream that are sent")
    parser.add_argument("--max-spill", type=int, default=512 << 20, help="bytes of a stream that are written to a file")
    parser.add_argument("--matplotlib", help="a folder that matplotlib's own is filled from")
    parser.add_argument("--offline", action="store_true", help="there is no network")
    return parser.parse_args()


OPTIONS = options()
sys.path[:] = [folder for folder in sys.path if folder] + OPTIONS.site

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import StdinNotImplementedError, UsageError
from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell
from IPython.core.magic import Magics, cell_magic, line_magic, magics_class
from traitlets.config import Config

SOURCES = (os.path.dirname(sys.modules["IPython"].__file__) + os.sep, __file__)
PLAIN = (int, float, bool, str)
BINARY = ("image/", "audio/", "video/", "application/pdf", "application/octet-stream")
FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag
PARSE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Publisher(DisplayPublisher):
    """What display() calls."""

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False, **kwargs):
        self.shell.kernel.show(data, (transient or {}).get("display_id"), update)

    def clear_output(self, wait=False):
        pass  # what was sent stays: an agent reads it once, not as it changes


class Hook(DisplayHook):
    """Shows the values of cells that magics run. Nothing is echoed."""

    def __call__(self, result=None):
        if result is not None:
            data, _ = self.shell.display_formatter.format(result)
            self.shell.kernel.show(data, None, False)
            self.fill_exec_result(result)


@magics_class
class SessionMagics(Magics):
    """Magics whose originals expect a terminal or a network."""

    @line_magic
    def pip(self, line):
        if self.shell.kernel.options.offline and "install" in line.split():
            raise UsageError(
                "%pip cannot install anything: this session has no network. "
                "%pip list shows what is installed; a wheel uploaded to the data folder "
                "can be installed with %pip install --no-index --target . FILE.whl")
        self.shell.system(f"{sys.executable} -m pip {line}")

    @cell_magic
    def script(self, line, cell):
        self.feed(line.split(), cell)

    @cell_magic
    def bash(self, line, cell):
        self.feed(["bash", *line.split()], cell)

    @cell_magic
    def sh(self, line, cell):
        self.feed(["sh", *line.split()], cell)

    def feed(self, command, cell):
        """Runs command with cell as its input; its output is the session's."""
        strict = "--no-raise-error" not in command
        command = [word for word in command if word != "--no-raise-error"]
        if not command:
            raise UsageError("%%script needs a program, such as %%script bash")
        if any(word in ("--bg", "--out", "--err", "--proc") for word in command):
            raise UsageError("the magic takes no option but --no-raise-error; use subprocess for more")
        code = self.shell.child(command, input=cell.encode())
        if code and strict:
            raise subprocess.CalledProcessError(code, command)


class Shell(InteractiveShell):
    """IPython without a terminal, a history or colours."""

    kernel = None
    displayhook_class = Hook
    display_pub_class = Publisher

    def __init__(self, kernel):
        type(self).kernel = kernel
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        self.failure = None
        self.loop = None
        super().__init__(config=config, colors="nocolor", cache_size=0, xmode="Plain",
                         ipython_dir=tempfile.mkdtemp(prefix="ipython-"))
        self.builtin_trap.__enter__()
        self.register_magics(SessionMagics(self))
        self.set_hook("show_in_pager", self.page, 10)
        for mime in ("image/jpeg", "application/pdf"):
            self.display_formatter.formatters[mime].enabled = False
        self.plain = self.display_formatter.formatters["text/plain"]
        self.printers = {kind: self.plain.type_printers.get(kind) for kind in PLAIN}
        for name in ("exit", "quit"):
            self.user_ns[name] = Exit()
        self.cell_number = 0

    def shows_plainly(self, kind):
        """Reports whether values of kind are shown by their repr: the code has
        neither registered a printer nor set a precision."""
        plain = self.plain
        return plain.type_printers.get(kind) is self.printers[kind] and plain.float_format == "%r"

    def page(self, shell, text, *args, **kwargs):
        print(text.get("text/plain", "") if isinstance(text, dict) else text)

    def ask_exit(self):
        raise SystemExit(0)

    def enable_gui(self, gui=None):
        pass

    # Errors that IPython and its magics would print become the outcome.

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if self.failure is None and error is not None:
            self.failure = error

    def showsyntaxerror(self, *args, **kwargs):
        self.showtraceback()

    showindentationerror = showsyntaxerror

    def child(self, command, input=None, **kwargs):
        """Runs a program in a group of its own, which an interrupt ends."""
        stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
        process = subprocess.Popen(command, stdin=stdin, start_new_session=True, **kwargs)
        process._sigint_wait_secs = 0
        try:
            process.communicate(input)
        except BaseException as e:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            raise e.with_traceback(None)
        return process.returncode

    def system_plain(self, cmd):
        cmd = self.var_expand(cmd, depth=1)
        self.user_ns["_exit_code"] = self.child(cmd, shell=True)

    system = system_plain

    def source_tree(self, source, name):
        """Parses a cell. What is Python already needs no transformation,
        unless it is the name of a magic."""
        flags = PARSE | self.compile.flags
        custom = self.input_transformers_post or len(self.input_transformers_cleanup) > self.cleanups
        if not custom:
            try:
                tree = compile(source, name, "exec", flags, True)
                if not self.may_be_magic(tree.body):
                    return source, tree
            except SyntaxError:
                pass
        source = self.transform_cell(source)
        return source, compile(source, name, "exec", flags, True)

    def may_be_magic(self, body):
        if len(body) != 1 or type(body[0]) is not ast.Expr:
            return False
        node = body[0].value
        return type(node) is ast.Name and node.id not in self.user_ns and not hasattr(builtins, node.id)

    def run(self, source):
        """Runs a cell and returns the value of its last expression."""
        self.cell_number += 1
        name = f"<cell {self.cell_number}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        source, tree = self.source_tree(source, name)
        if self.ast_transformers:
            tree = self.transform_ast(tree)
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        value, body = None, tree.body
        last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
        if last is not None and not self.silenced(source):
            body.pop()
        else:
            last = None
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self.compile.flags
        if body:
            code = compile(tree, name, "exec", flags, True)
            self.compile.flags |= code.co_flags & FUTURE
            flags |= code.co_flags & FUTURE
        if last is not None:
            expression = compile(ast.Expression(last.value), name, "eval", flags, True)
        if body:
            self.evaluate(code)
        if last is not None:
            value = self.evaluate(expression)
            if isinstance(value, Exit):
                value()
        return value

    def evaluate(self, code):
        value = eval(code, self.user_global_ns, self.user_ns)
        if code.co_flags & 0x80:  # inspect.CO_COROUTINE
            value = self.wait(value)
        return value

    def wait(self, coroutine):
        """Runs a coroutine of the cell to its end."""
        task = self.loop.create_task(coroutine)
        try:
            return self.loop.run_until_complete(task)
        except KeyboardInterrupt:
            task.cancel()
            self.loop.run_until_complete(asyncio.wait([task], timeout=1))
            if not task.cancelled():
                raise
            try:
                task.result()
            except asyncio.CancelledError as e:  # knows where the coroutine was
                raise KeyboardInterrupt().with_traceback(e.__traceback__) from None

    @staticmethod
    def silenced(source):
        """Reports whether the cell ends in a semicolon."""
        tail = source.rstrip()[-1000:]
        if ";" not in tail:
            return False
        return tail.endswith(";") or DisplayHook.semicolon_at_end_of_expression(source)

    def remember(self, value):
        """Binds _ and its like, unless the session uses the names itself."""
        ns, hook = self.user_ns, self.displayhook
        if ns.get("_", "") is hook._ and "_" not in vars(builtins):
            hook.___, hook.__, hook._ = hook.__, hook._, value
            ns["___"], ns["__"], ns["_"] = hook.___, hook.__, hook._


class Exit:
    """exit and quit: end the cell, not the session."""

    def __call__(self, code=0):
        raise SystemExit(code)

    def __repr__(self):
        return "exit() ends the cell; the session goes on"


class Figures:
    """matplotlib, when it is there: every figure is shown once."""

    def __init__(self, shell):
        import matplotlib.pyplot
        from IPython.core.pylabtools import print_figure
        from matplotlib._pylab_helpers import Gcf
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        name = "module://matplotlib_inline.backend_inline"
        matplotlib.pyplot.switch_backend(name)
        from matplotlib_inline import backend_inline
        backend_inline.configure_inline_support(shell, name)
        shell.events.unregister("post_execute", backend_inline.flush_figures)
        self.open_figures, self.close = Gcf.get_all_fig_managers, matplotlib.pyplot.close
        self.print_figure, self.show = print_figure, backend_inline.show
        self.shell = shell
        self.shown = {}  # by identity, the picture that was last sent
        shell.display_formatter.formatters["image/png"].for_type(Figure, self.png)
        figure = Figure(figsize=(1, 1))
        FigureCanvasAgg(figure)
        figure.add_subplot().plot([0, 1], label="x")
        figure.axes[0].legend()
        self.draw(figure)  # loads the fonts and what else a first figure needs

    def draw(self, figure):
        """Returns the PNG of a figure, or None if nothing is on it."""
        dpi = min(figure.dpi, MAX_PIXELS / max(*figure.get_size_inches(), 0.01))
        for _ in range(3):
            picture = self.print_figure(figure, "png", dpi=dpi)
            if not isinstance(picture, bytes):
                return None
            side = max(unpack(picture, 16))  # the header's width and height
            if side <= MAX_PIXELS:
                break
            dpi *= 0.99 * MAX_PIXELS / side
        return picture

    def png(self, figure):
        picture = self.draw(figure)
        if picture is not None:
            self.shown[id(figure)] = picture
        return picture

    def flush(self):
        """Shows what is open and has not been shown as it is now, and closes it."""
        for manager in self.open_figures():
            figure = manager.canvas.figure
            picture = self.draw(figure)
            if picture is not None and picture != self.shown.get(id(figure)):
                self.shell.kernel.show({"image/png": picture, "text/plain": repr(figure)}, None, False)

    def clear(self):
        self.shown.clear()
        if self.open_figures():
            self.close("all")
        self.show._to_draw, self.show._draw_called = [], False


class Kernel:
    """The main thread: takes requests one at a time and answers them."""

    def __init__(self, options):
        self.options = options
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.wire = Wire(max(64, min(soft if soft > 0 else 4096, 4096) - 128))
        faulthandler.enable(self.wire.diagnostics)
        self.pid = os.getpid()
        self.main = threading.get_ident()
        self.interruptible = False
        self.shielded = False
        self.pending = False
        self.run = None
        self.epoch = contextvars.ContextVar("epoch", default=None)
        self.elders = frozenset()
        self.writing = threading.Lock()  # held by a thread of the code while it writes
        self.numpy = None
        self.figures = None
        self.stdin = NoInput()
        self.streams()
        self.watcher = Watcher(self)
        self.pipes()
        self.environment()
        self.shell = Shell.instance(self)
        self.preload()
        self.shell.cleanups = len(self.shell.input_transformers_cleanup)
        self.set_loop()
        self.signals()
        self.forks()
        self.endings()
        self.watcher.start()
        self.threads()
        gc.collect()
        gc.freeze()

    # What the session finds around it.

    def streams(self):
        for fd in (0, 1, 2):
            try:
                os.fstat(fd)
            except OSError:  # the code closed it
                os.dup2(self.wire.null, fd)
        self.stdout, self.stderr = TextStream(1, "<stdout>"), TextStream(2, "<stderr>")

    def pipes(self):
        self.out, self.err = Pipe(1, self.wire), Pipe(2, self.wire)

    def environment(self):
        options = self.options
        if options.site:
            os.environ.setdefault("PYTHONPATH", os.pathsep.join(options.site))
        if options.offline:
            os.environ.setdefault("PIP_RETRIES", "0")
            os.environ.setdefault("PIP_DEFAULT_TIMEOUT", "2")
        os.environ.setdefault("PIP_DISABLE_PIP_VERSION_CHECK", "1")
        os.environ.setdefault("PLOTLY_RENDERER", "plotly_mimetype")
        builtins.input = self.refuse("input()")
        import getpass
        getpass.getpass = self.refuse("getpass()")
        sys.breakpointhook = self.refuse("the debugger")
        sys.argv[:] = [""]

    def refuse(self, what):
        def refused(*args, **kwargs):
            raise StdinNotImplementedError(NO_INPUT.format(what))
        return refused

    def preload(self):
        """Imports what most code wants, so that no call waits for it."""
        sys.path.append(self.options.data)
        for name in ("numpy", "pandas"):
            try:
                __import__(name)
            except Exception:
                pass  # another interpreter need not have it
        self.numpy = sys.modules.get("numpy")
        self.fill_matplotlib()
        if "pandas" in sys.modules:
            sys.modules["pandas"].DataFrame({"a": [0.5]})._repr_html_()  # loads what the first one needs
        try:
            self.figures = Figures(self.shell)
        except Exception:
            os.write(self.wire.diagnostics, utf8("no figures: " + traceback.format_exc()))
        try:
            import multiprocessing.context as context
            # Functions of a cell exist in this process alone, so that only a
            # fork can call them.
            context._default_context._default_context = context._concrete_contexts["fork"]
        except Exception:
            pass
        import warnings
        warnings.filterwarnings("ignore", ".*use of fork\\(\\) may lead to deadlocks", DeprecationWarning)
        warnings.filterwarnings("ignore", ".*is non-interactive, and thus cannot be shown", UserWarning)

    def fill_matplotlib(self):
        """Matplotlib looks at every font of the system unless it finds the list
        in its folder, which it also wants to write to."""
        own = os.environ.get("MPLCONFIGDIR")
        if not own or not self.options.matplotlib:
            return
        import shutil
        try:
            shutil.copytree(self.options.matplotlib, own, dirs_exist_ok=True)
        except OSError as e:
            os.write(self.wire.diagnostics, utf8(f"no list of fonts: {e}\n"))

    def set_loop(self):
        """asyncio.run leaves none behind, and code may close it."""
        shell = self.shell
        try:
            if shell.loop is None or shell.loop.is_closed():
                shell.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(shell.loop)
        except Exception:
            pass  # then await says what is wrong

    def signals(self):
        kernel, install, installed = self, signal.signal, signal.getsignal

        def set_handler(signum, handler):
            if callable(handler) and not isinstance(handler, (Guarded, signal.Handlers)) and handler is not self.on_interrupt:
                handler = Guarded(kernel, handler)
            return bare(install(signum, handler))

        def get_handler(signum):
            return bare(installed(signum))

        def bare(handler):
            return handler.handler if isinstance(handler, Guarded) else handler

        self.on_interrupt = self.interrupt
        install(signal.SIGINT, self.on_interrupt)
        signal.signal, signal.getsignal = set_handler, get_handler

    def reset_signals(self):
        if _signal.getsignal(signal.SIGINT) is not self.on_interrupt:
            _signal.signal(signal.SIGINT, self.on_interrupt)

    def interrupt(self, signum, stack):
        if self.shielded:
            self.pending = True
        elif self.interruptible:
            raise KeyboardInterrupt

    def forks(self):
        def before():
            for stream in (self.stdout, self.stderr):
                try:
                    stream.flush()
                except (OSError, ValueError):
                    pass

        def after():
            for fd in (self.wire.inbound, self.wire.outbound, self.watcher.epoll_fd, self.watcher.timer):
                try:
                    os.close(fd)
                except OSError:
                    pass
        os.register_at_fork(before=before, after_in_child=after)

    def threads(self):
        """Before the code starts a thread, the streams begin to tell threads apart."""
        def guarding(start):
            def started(*args, **kwargs):
                for stream in (self.stdout, self.stderr):
                    if not stream.guarded:
                        stream.guard(self)
                return start(*args, **kwargs)
            return started

        for module, names in ((_thread, ("start_new_thread", "start_joinable_thread")),
                              (threading, ("_start_new_thread", "_start_joinable_thread"))):
            for name in names:
                if hasattr(module, name):
                    setattr(module, name, guarding(getattr(module, name)))

    def endings(self):
        """What the code printed is sent before it ends the process on purpose."""
        def last_words(end, ends):
            def ended(*args, **kwargs):
                if self.run is not None and os.getpid() == self.pid and ends(*args):
                    self.send_output()
                return end(*args, **kwargs)
            return ended

        module = sys.modules["os"]
        module._exit = last_words(os._exit, lambda *args: True)
        module.abort = last_words(os.abort, lambda *args: True)
        module.kill = last_words(os.kill, lambda pid=None, *rest: pid == self.pid)

    def send_output(self):
        if not self.watcher.lock.acquire(timeout=1):
            return
        try:
            run = self.run
            for fd in (run.out.read, run.err.read):
                run.pump(fd)
        finally:
            self.watcher.lock.release()

    # Requests.

    def serve(self):
        try:
            self.requests()
        except BaseException as e:
            self.fail(e)

    def fail(self, error):
        """Ends the process over an error of the kernel itself."""
        try:
            text = traceback.format_exc()
        except BaseException:
            text = f"{type(error).__name__} at line {error.__traceback__.tb_lineno}\n"
        try:
            os.write(self.wire.diagnostics, utf8(text))
        finally:
            os._exit(70)

    def requests(self):
        while True:
            header, payload = self.wire.receive()
            kind = header.get("type")
            if kind == "execute":
                self.execute(header["seq"], payload)
            elif kind == "hello":
                if not header.get("resume"):
                    self.hello()
                self.ready()

    def hello(self):
        """Sessions that come from one snapshot must not draw the same numbers."""
        random.seed()
        if self.numpy is not None:
            self.numpy.random.seed()
        tempfile._name_sequence = None
        # What libraries said while they were imported is nobody's output.
        self.stdout.settle()
        self.stderr.settle()
        os.write(self.wire.diagnostics, self.out.drain() + self.err.drain())
        try:
            os.chdir(self.options.data)
        except OSError as e:
            os.write(self.wire.diagnostics, utf8(f"cannot enter the data folder: {e}\n"))

    def ready(self):
        version = quote(sys.version.split()[0])
        self.wire.send(frame(f'{{"type":"ready","protocol":{PROTOCOL},"python":{version},"pid":{self.pid}}}'))

    def execute(self, seq, payload):
        run = Run(self, seq, self.out, self.err)
        self.prepare(run)
        self.watcher.begin(run)
        value = error = None
        result = ()
        try:
            self.interruptible = True
            try:
                if run.interrupted:  # by a signal that came too early to be heeded
                    raise KeyboardInterrupt
                value = self.user(payload)
                result = self.result(run, value)
            except BaseException as e:
                error = e
            frames, status = self.outcome(run, result, error)
            self.interruptible = False
        except BaseException as e:  # an interrupt that came too late for the above
            self.interruptible = False
            frames, status = self.plain_error(run, e), "interrupted" if run.interrupted else "error"
        value = error = result = None
        if os.getpid() != self.pid:
            self.leave(status)
        self.answer(run, frames, status)
        self.clean()

    def prepare(self, run):
        self.epoch.set(run.seq)
        sys.stdin = sys.__stdin__ = self.stdin
        sys.stdout = sys.__stdout__ = self.stdout
        sys.stderr = sys.__stderr__ = self.stderr
        self.set_loop()
        if _thread._count() > 1:  # threads of earlier executions
            self.elders = frozenset(sys._current_frames())
            self.stdout.settle()
            self.stderr.settle()
            self.out.drain()
            self.err.drain()
        self.run = run

    def belongs(self):
        """Reports whether the calling thread is of the execution under way."""
        run = self.run
        if run is None:
            return False
        ident = _thread.get_ident()
        if ident == self.main:
            return True
        epoch = self.epoch.get()
        return epoch == run.seq if epoch is not None else ident not in self.elders

    def user(self, payload):
        """Runs the code as far as it is the session's own doing."""
        shell = self.shell
        shell.failure = None
        trigger = shell.events.trigger
        try:
            source = payload.decode()
            trigger("pre_execute")
            if shell.events.callbacks["pre_run_cell"]:
                trigger("pre_run_cell", ExecutionInfo(source, False, False, True, ""))
            try:
                value = shell.run(source)
            except SystemExit as e:
                value = None
                if e.code not in (None, 0):
                    raise
            if shell.failure is not None:
                raise shell.failure
            return value
        finally:
            trigger("post_execute")

    # Answers.

    def result(self, run, value):
        if value is None:
            self.flush_figures()
            return ()
        encoded, parts = self.encode(value)
        if self.shell.failure is not None:
            raise self.shell.failure
        self.shell.remember(value)
        self.flush_figures()
        return (self.bundle(f'{{"type":"result","seq":{run.seq},"json":{len(encoded)},', parts, encoded),)

    def flush_figures(self):
        if self.figures is not None:
            self.figures.flush()

    def encode(self, value):
        """Returns the value as JSON, by the rules of Azure's executionResult,
        and as a list of (MIME type, bytes)."""
        kind = type(value)
        if kind in PLAIN and self.shell.shows_plainly(kind):
            text = repr(value)
            return self.scalar(value, text), [("text/plain", utf8(cut(text, MAX_TEXT, "the value")))]
        data, _ = self.shell.display_formatter.format(value)
        parts = self.parts(data)
        text = str(data.get("text/plain", ""))
        if self.numpy is not None and isinstance(value, self.numpy.generic):
            value = value.item()
        if type(value) in PLAIN:
            return self.scalar(value, text), parts
        return utf8(quote(cut(text, MAX_TEXT, "the value"))), parts

    def scalar(self, value, text):
        kind = type(value)
        if kind is str:
            text = cut(value, MAX_TEXT, "the value")
        elif kind is bool:
            return b"true" if value else b"false"
        elif kind is int:
            try:
                return int.__repr__(value).encode()
            except ValueError:
                pass
        elif kind is float:
            if value != value or value in (float("inf"), float("-inf")):
                return b"null"
            return float.__repr__(value).encode()
        return quote(text.encode("utf-8", "backslashreplace").decode()).encode()

    def parts(self, data):
        """Returns what IPython's formatters gave as (MIME type, bytes), the
        largest left out where it is too much for a frame."""
        parts = []
        for mime, form in data.items():
            try:
                parts.append((str(mime)[:120], self.octets(str(mime), form)))
            except Exception:
                continue  # a form that is not what it says it is
        parts = parts[:32]
        while sum(len(b) for _, b in parts) > MAX_DISPLAY:
            parts.remove(max(parts, key=lambda part: len(part[1])))
        return parts

    def octets(self, mime, form):
        if isinstance(form, tuple):
            form = form[0]
        if isinstance(form, (bytes, bytearray)):
            return bytes(form)
        if isinstance(form, str):
            if mime.startswith(BINARY) and not mime.startswith("image/svg"):
                return base64.b64decode(form)
            if mime == "text/plain":
                form = cut(form, MAX_TEXT, "the text")
            return utf8(form)
        return utf8(encode(form))

    def bundle(self, header, parts, before=b""):
        listed = ",".join(f"[{quote(mime)},{len(b)}]" for mime, b in parts)
        return frame(f'{header}"parts":[{listed}]}}', before + b"".join(b for _, b in parts))

    def show(self, data, display_id, update):
        """Sends a display, unless a thread of an earlier execution made it."""
        if not self.belongs() or os.getpid() != self.pid:
            return
        run = self.run
        name = quote(str(display_id)[:256]) if display_id is not None else "null"
        update = "true" if update else "false"
        data = self.bundle(f'{{"type":"display","seq":{run.seq},"id":{name},"update":{update},', self.parts(data))
        if _thread.get_ident() != self.main:
            self.wire.send(data)
            return
        self.shielded = True
        try:
            self.wire.send(data)
        finally:
            self.shielded = False
        if self.pending:
            self.pending = False
            raise KeyboardInterrupt

    def outcome(self, run, result, error):
        """Returns the frames that say how the run ended, and its status."""
        if error is None:
            return result, "ok"
        if not isinstance(error, KeyboardInterrupt) and self.figures is not None and not run.interrupted:
            try:
                self.figures.flush()
            except Exception:
                pass  # the first error is the one to tell
        try:
            frames = self.explain(run, error)
        except BaseException as e:
            frames = self.plain_error(run, e)
        return frames, "interrupted" if run.interrupted else "error"

    def explain(self, run, error):
        name = type(error).__name__
        if isinstance(error, SystemExit):
            message = str(error.code)
            trace = ("The code ended itself with sys.exit(). The interpreter lives on and keeps its "
                     f"variables.\nSystemExit: {message}")
            return self.error(run, name, message, trace)
        if isinstance(error, UsageError):
            return self.error(run, name, str(error), f"UsageError: {error}")
        try:
            message = str(error)  # before traceback does it, which would swallow an interrupt
        except Exception:
            message = "<the exception's text cannot be had: its __str__ raised>"
        told = traceback.TracebackException(type(error), error, error.__traceback__)
        self.prune(told, set())
        trace = "".join(told.format()).rstrip("\n")
        return self.error(run, name, message, trace)

    def prune(self, told, seen):
        """Takes the frames of this file and of IPython out of a traceback."""
        if told is None or id(told) in seen:
            return
        seen.add(id(told))
        kept = [entry for entry in told.stack if not entry.filename.startswith(SOURCES)]
        for i, entry in enumerate(kept):
            if entry.filename.startswith("<cell "):
                kept = kept[i:]
                break
        told.stack[:] = kept
        self.prune(told.__cause__, seen)
        self.prune(told.__context__, seen)
        for inner in getattr(told, "exceptions", None) or ():
            self.prune(inner, seen)

    def error(self, run, name, message, trace):
        name = utf8(name[:256])
        message = utf8(cut(message, MAX_TRACEBACK // 4, "the message"))
        trace = utf8(cut(trace, MAX_TRACEBACK, "the traceback"))
        header = f'{{"type":"error","seq":{run.seq},"sizes":[{len(name)},{len(message)}]}}'
        return (frame(header, name + message + trace),)

    def plain_error(self, run, error):
        name = type(error).__name__
        return self.error(run, name, "the error could not be described",
                          f"{name}: the error could not be described")

    def leave(self, status):
        """Ends a child that the code forked and that came back here."""
        try:
            self.stdout.flush()
            self.stderr.flush()
        finally:
            os._exit(0 if status == "ok" else 1)

    def answer(self, run, frames, status):
        # Whoever has begun to write ends that first: the watcher makes room.
        waited = self.writing.acquire(timeout=1)
        settled = self.stdout.settle() and self.stderr.settle()
        with self.watcher.lock:
            self.run = None
            if waited:
                self.writing.release()
            self.watcher.end()
            last = run.finish(frames, status)
        self.wire.send(*last)
        if not settled:
            self.streams()

    def clean(self):
        """Makes ready for the next request, after the answer to this one."""
        self.pending = False
        for stream in (self.stdout, self.stderr):
            if _thread._count() > 1:
                stream.guard(self)
            else:
                stream.trust()
        old = self.out, self.err
        self.pipes()
        for pipe in old:
            self.watcher.adopt(pipe)
        self.reset_signals()
        if sys.gettrace() is not None:
            sys.settrace(None)
        if sys.getprofile() is not None:
            sys.setprofile(None)
        if sys.getrecursionlimit() < 1000:
            sys.setrecursionlimit(1000)
        try:
            if self.figures is not None:
                self.figures.clear()
        except Exception:
            pass  # the code broke matplotlib; it can mend it


if __name__ == "__main__":
    Kernel(OPTIONS).serve()
