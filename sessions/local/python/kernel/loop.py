"""The main thread: takes requests one at a time and answers them."""

from .pristine import __builtins__, gc, os, quote

import _thread
import faulthandler
import random
import resource
import sys
import tempfile
import traceback

from .eventloop import lend_loop
from .commands import run_command
from .exits import part_from_forks, send_before_end
from .environment import preload, set_variables
from .frames import PROTOCOL, Wire, frame
from .interrupts import Interrupts
from .offlinepip import stand_in
from .pipe import Pipe
from .idle import heap_trimmer, quiet, used
from .run import Run
from .shell import Shell
from .spills import Spills
from .stdin import NoInput, refuse_questions
from .streams import TextStream
from .text import utf8
from .threads import Threads
from .tracebacks import describe, explain, explain_plainly
from .values import bundle, encode_value, parts_of
from .watcher import Watcher


class Kernel:
    """The session: what its requests share."""

    def __init__(self, options):
        self.options = options
        soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.wire = Wire(max(64, min(soft if soft > 0 else 4096, 4096) - 128))
        faulthandler.enable(self.wire.diagnostics)
        self.pid = os.getpid()
        self.run = None  # the execution under way
        self.ended = 0  # the processor time taken when the last request was done with
        self.spills = Spills(options.data, options.max_spill)
        self.threads = Threads(self)
        self.interrupts = Interrupts()
        self.stdin = NoInput()
        self.streams()
        self.watcher = Watcher(self)
        self.pipes()
        set_variables(options)
        self.no_pip = stand_in(options)
        refuse_questions()
        self.shell = Shell.instance(self)
        self.numpy, self.figures = preload(options, self.shell, self.wire.diagnostics)
        self.shell.cleanups = len(self.shell.input_transformers_cleanup)
        self.shell.renew_loop()
        lend_loop(self.shell)
        self.interrupts.install()
        part_from_forks(self)
        send_before_end(self)
        self.watcher.start()
        self.threads.tell_apart()
        self.trim = heap_trimmer()
        gc.collect()
        gc.freeze()

    def streams(self):
        for fd in (0, 1, 2):
            try:
                os.fstat(fd)
            except OSError:  # the code closed it
                os.dup2(self.wire.null, fd)
        self.stdout, self.stderr = TextStream(1, "<stdout>"), TextStream(2, "<stderr>")

    def pipes(self):
        self.out, self.err = Pipe(1, self.wire), Pipe(2, self.wire)

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
            elif kind == "command":
                run_command(self, header["seq"], payload)
            elif kind == "rest":
                self.rest(header["seq"])
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

    def rest(self, seq):
        idle = used() - self.ended
        try:
            self.trim()
            still = quiet()
        except BaseException:  # the code has replaced what this needs
            still = False
        still = "true" if still else "false"
        self.wire.send(frame(f'{{"type":"resting","seq":{seq},"quiet":{still},"cpu":{idle}}}'))
        self.ended = used()

    def execute(self, seq, payload):
        run = Run(self, seq, self.out, self.err)
        self.prepare(run)
        self.watcher.begin(run)
        value = error = None
        result = ()
        try:
            self.interrupts.allowed = True
            try:
                if run.interrupted:  # by a signal that came too early to be heeded
                    raise KeyboardInterrupt
                value = self.shell.cell(payload)
                result = self.result(run, value)
            except BaseException as e:
                error = e
            frames, status = self.outcome(run, result, error)
            self.interrupts.allowed = False
        except BaseException as e:  # an interrupt that came too late for the above
            self.interrupts.allowed = False
            frames, status = explain_plainly(run.seq, e), "interrupted" if run.interrupted else "error"
            error = e
        if os.getpid() != self.pid:
            self.leave(error)
        value = error = result = None
        self.answer(run, frames, status)
        self.clean()

    def prepare(self, run):
        self.threads.epoch.set(run.seq)
        sys.stdin = sys.__stdin__ = self.stdin
        sys.stdout = sys.__stdout__ = self.stdout
        sys.stderr = sys.__stderr__ = self.stderr
        self.shell.renew_loop()
        if self.threads.any_left():
            self.stdout.settle()
            self.stderr.settle()
            self.out.drain()
            self.err.drain()
        self.run = run

    def result(self, run, value):
        if value is None:
            self.flush_figures()
            return ()
        encoded, parts = encode_value(value, self.shell, self.numpy)
        if self.shell.failure is not None:
            raise self.shell.failure
        self.shell.remember(value)
        self.flush_figures()
        return (bundle(f'{{"type":"result","seq":{run.seq},"json":{len(encoded)},', parts, encoded),)

    def flush_figures(self):
        if self.figures is not None:
            self.figures.flush()

    def show(self, data, display_id, update):
        """Sends a display, unless a thread of an earlier execution made it."""
        if not self.threads.belongs() or os.getpid() != self.pid:
            return
        run = self.run
        name = quote(str(display_id)[:256]) if display_id is not None else "null"
        update = "true" if update else "false"
        data = bundle(f'{{"type":"display","seq":{run.seq},"id":{name},"update":{update},', parts_of(data))
        if _thread.get_ident() != self.threads.main:
            self.wire.send(data)
        else:
            self.interrupts.shield(self.wire.send, data)

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
            frames = explain(run.seq, error)
        except BaseException as e:
            frames = explain_plainly(run.seq, e)
        return frames, "interrupted" if run.interrupted else "error"

    def leave(self, error):
        """Ends a child that the code forked and that came back here, as an
        interpreter would end."""
        code = 0 if error is None else 1
        try:
            said = ""
            if isinstance(error, SystemExit) and (error.code is None or isinstance(error.code, int)):
                code = (error.code or 0) & 0xff
            elif isinstance(error, SystemExit):
                said = f"{error.code}\n"
            elif error is not None:
                _, _, trace = describe(error)
                said = trace + "\n"
            self.stdout.flush()
            self.stderr.write(said)
            self.stderr.flush()
        finally:
            os._exit(code)

    def answer(self, run, frames, status):
        # Whoever has begun to write ends that first: the watcher makes room.
        waited = self.threads.writing.acquire(timeout=1)
        settled = self.stdout.settle() and self.stderr.settle()
        with self.watcher.lock:
            self.run = None
            if waited:
                self.threads.writing.release()
            self.watcher.end()
            last = run.finish(frames, status)
        self.wire.send(*last)
        if not settled:
            self.streams()

    def clean(self):
        """Makes ready for the next request, after the answer to this one."""
        for stream in (self.stdout, self.stderr):
            if _thread._count() > 1:
                stream.guard(self.threads)
            else:
                stream.trust()
        old = self.out, self.err
        self.pipes()
        for pipe in old:
            self.watcher.adopt(pipe)
        self.interrupts.reset()
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
        self.ended = used()
