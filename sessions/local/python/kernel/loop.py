"""The main thread of the kernel: it takes requests one at a time and answers them."""

from .pristine import __builtins__, gc, os, parse, quote

import faulthandler
import sys
import threading
import traceback

from .artists import is_drawing
from .between import Between
from .commands import Command
from .contents import Contents
from .displays import Displays
from .environment import preload, set_variables
from .eventloop import cancel_tasks, has_work
from .exits import send_before_exit
from .forks import exit_child, flush_before_programs, separate_forks
from .forms import Forms
from .frames import PROTOCOL, Wire, frame
from .given import Given
from .heap import NotShared, share
from .hints import Hints
from .idle import IdleReporter
from .interrupts import Interrupts
from .late import Late
from .locales import add_locales
from .network import note_on_output
from .offline.pip.real import installed_paths
from .offlinepip import replace_pip
from .openfiles import OpenFiles
from .output import Output
from .ownpackages import find_own_packages
from .relay import KINDS, Relay
from .run import Run
from .seeds import renew, renew_generators
from .shell import Shell
from .spills import Spills
from .stdin import NoInput, refuse_prompts
from .threads import Threads
from .tracebacks import Tracebacks, explain_plainly
from .userfiles import UserFiles
from .values import bundle, encode_value
from .watcher import Watcher


class Kernel:
    """The session: it owns the parts that requests share, and runs them."""

    def __init__(self, options):
        self.options = options
        self.pid = os.getpid()
        self.run = None  # the run under way
        self.wire = Wire()
        faulthandler.enable(self.wire.diagnostics)
        self.spills = Spills(options.data, options.max_spill, self.wire.hide)
        self.threads = Threads(own=2 if options.relay else 1)
        self.interrupts = Interrupts()
        self.tracebacks = Tracebacks(Hints(options))
        self.stdin = NoInput()
        self.user_files = UserFiles()
        self.late = Late()
        self.output = Output(self.wire, self.interrupts, self.late)
        self.watcher = self.output.watcher = Watcher(self.wire, self.interrupts, self.late, self.fail)
        self.relay = self.watcher.relay = Relay(self.wire, options.relay, self.fail) if options.relay else None
        self.output.open_pipes()
        self.open_shell()
        self.replace_functions()
        self.watcher.start()
        if self.relay:
            self.relay.start()
        self.threads.guard_when_started(self.output)
        self.idle = IdleReporter(self.shell, self.relay, self.threads.own)
        self.between = Between(self.shell, self.wire, self.watcher, self.threads, self.interrupts, self.tracebacks)
        self.open_files = OpenFiles()
        self.given = Given(self.wire.report)
        gc.collect()
        gc.freeze()

    def open_shell(self):
        """Prepares the environment, IPython and the libraries for the first cell."""
        set_variables(self.options)
        find_own_packages(self.options, installed_paths())
        replace_pip(self.options)
        refuse_prompts()
        forms = Forms(self.options.data, self.options.image_pixels)
        displays = Displays(self.output, self.threads, self.interrupts, forms)
        self.shell = Shell.instance(displays, self.interrupts, self.tracebacks)
        self.shell.kernel = self
        self.numpy, self.figures = preload(self.options, self.shell, self.wire.report)
        self.shell.finish_setup()
        self.contents = Contents(self.shell.user_ns, self.shell.own_names.has, [entry for entry in sys.path if entry != self.options.data])

    def replace_functions(self):
        """Wraps what code may call that would harm the kernel or lose output."""
        self.interrupts.install()
        threading.excepthook = self.tracebacks.print_thread
        add_locales()
        host = self.wire.inbound, self.wire.outbound, self.watcher.epoll_fd, self.watcher.timer
        if self.relay:
            host += self.relay.descriptors()
            os.register_at_fork(after_in_child=self.relay.close_in_child)
        separate_forks(self.output, host)
        flush_before_programs(self.output)
        send_before_exit(self.pid, self.output.send_all)

    def serve(self):
        """Answers requests until the host closes its end."""
        try:
            while True:
                self.open_files.catch_up(self.wire)
                self.between.serve()
                header, payload = self.wire.receive()
                if self.relay and header.get("type") in KINDS:
                    self.relay.receive(header, payload)
                else:
                    self.answer(header, payload)
        except BaseException as e:
            self.fail(e)

    def fail(self, error):
        """Ends the process over an error of the kernel itself."""
        try:
            text = traceback.format_exc()
        except BaseException:
            text = f"{type(error).__name__} at line {error.__traceback__.tb_lineno}\n"
        try:
            self.wire.report(text)
        finally:
            os._exit(70)

    def answer(self, header, payload):
        kind = header.get("type")
        self.user_files.take_back()
        if kind == "execute":
            self.execute(header["seq"], header.get("run", 0), payload)
        elif kind == "command":
            self.run_command(header["seq"], header.get("run", 0), payload)
        elif kind == "idle":
            self.report_idle(header["seq"], header.get("release"))
        elif kind == "share":
            self.share(header["seq"], header["written"], header["mapped"])
        elif kind == "hello":
            if self.relay:
                self.relay.reset()
            if not header.get("resume"):
                self.renew()
            elif header.get("reseed"):
                self.reseed()
            if self.relay:
                self.given.take(header.get("environment", {}), payload.decode())
            self.send_ready()

    def renew(self):
        """Makes the session new, as several come from one snapshot: each draws
        random numbers of its own, and begins in its data folder."""
        renew(self.numpy)
        # What libraries printed while they were imported is nobody's output.
        os.write(self.wire.diagnostics, self.output.take())
        try:
            os.chdir(self.options.data)
        except OSError as e:
            self.wire.report(f"cannot enter the data folder: {e}\n")

    def reseed(self):
        """Has the session draw other random numbers than it did the last time that it
        was as it is now."""
        try:
            renew(self.numpy)
            renew_generators(self.numpy)
        except Exception as e:
            self.wire.report(f"cannot draw new random numbers: {type(e).__name__}\n")

    def send_ready(self):
        version = quote(sys.version.split()[0])
        self.wire.send(frame(f'{{"type":"ready","protocol":{PROTOCOL},"python":{version},"pid":{self.pid}}}'))

    def report_idle(self, seq, release):
        if release:
            self.user_files.release()
        self.wire.send(self.idle.report(seq))
        self.idle.request_finished()

    def share(self, seq, written, mapped):
        """Moves the interpreter's memory into a file that all sessions map."""
        size, reason = 0, ""
        try:
            size = share(written, mapped, self.shell)
        except NotShared as e:
            reason = str(e)
        self.wire.send(frame(f'{{"type":"shared","seq":{seq},"size":{size},"reason":{quote(reason)}}}'))

    def execute(self, seq, number, payload):
        """Runs a cell and sends what comes of it."""
        run = self.begin(seq, number)
        error = None
        result = ()
        try:
            try:
                result = self.run_cell(run, payload)
            except BaseException as e:
                error = e
            frames, status = self.outcome(run, result, error)
            self.interrupts.allowed = False
        except BaseException as e:  # an interrupt that came too late for the above
            self.interrupts.allowed = False
            frames, status = explain_plainly(run.seq, e), "interrupted" if run.interrupted else "error"
            error = e
        if os.getpid() != self.pid:
            exit_child(self.output, error, self.tracebacks)
        error = result = None
        self.open_files.flush(self.shell.user_ns)
        self.finish(run, frames, status)
        self.reset()

    def run_cell(self, run, payload):
        """Runs a cell and returns the frames for its value. Interrupts are allowed
        from here on."""
        self.interrupts.allowed = True
        if run.interrupted:  # by a signal that came before they were
            raise KeyboardInterrupt
        value = self.shell.run_payload(payload)
        if value is None:
            self.flush_figures()
            return ()
        encoded, parts = encode_value(value, self.shell, self.numpy)
        if is_drawing(value):
            parts = [part for part in parts if part[0] != "text/plain"]
        if self.shell.failure is not None:
            raise self.shell.failure
        self.shell.remember_value(value)
        self.flush_figures()
        return (bundle(f'{{"type":"result","seq":{run.seq},"json":{len(encoded)},', parts, encoded),)

    def flush_figures(self):
        if self.figures is not None:
            self.figures.flush()
        self.shell.displays.close()

    def outcome(self, run, result, error):
        """Returns the frames that say how a cell ended, and the status."""
        if error is None:
            return result, "ok"
        if not isinstance(error, KeyboardInterrupt) and not run.interrupted:
            try:
                self.flush_figures()
            except Exception:
                pass  # the first error is the one to report
        try:
            frames = self.tracebacks.explain(run.seq, error)
        except BaseException as e:
            frames = explain_plainly(run.seq, e)
        return frames, "interrupted" if run.interrupted else "error"

    def run_command(self, seq, number, payload):
        """Runs a program and sends what comes of it."""
        run = self.begin(seq, number)
        frames, status = (), "ok"
        try:
            request, _ = parse(payload.decode(), 0)
            run.exit = Command(request, self.interrupts, self.wire.null).execute(run)
        except BaseException as e:  # an interrupt above all
            self.interrupts.allowed = False
            frames, status = self.tracebacks.explain(seq, e), "interrupted" if run.interrupted else "error"
        self.finish(run, frames, status)
        self.reset()

    def begin(self, seq, number):
        """Makes a run the one under way, and undoes what code did to the streams."""
        run = Run(seq, self.output, self.spills, self.options.max_output, note_on_output if self.options.offline else None)
        sys.stdin = sys.__stdin__ = self.stdin
        self.output.bind()
        self.shell.renew_loop()
        if self.threads.note_survivors() or self.output.guarded():
            written = self.output.take()  # to the descriptors, by whom is not known
            if not self.threads.origin.stopped:
                self.late.add(None, written)
        self.threads.begin(seq, number)
        for pipe in self.output.pipes:
            pipe.origin = self.threads.origin
        if frames := self.late_frames(last=False):
            self.wire.send(*frames)
        self.run = run
        self.watcher.begin(run)
        self.output.turns.begin()
        self.user_files.report_lost()
        return run

    def finish(self, run, frames, status):
        """Ends a run and sends its last frames."""
        run.contents = self.describe_contents()
        # A thread that has begun to write finishes first: the watcher makes room.
        waited = self.threads.writing.acquire(timeout=1)
        drained = self.output.drain()
        with self.watcher.lock:
            self.run = None
            self.threads.end()
            if waited:
                self.threads.writing.release()
            self.watcher.end()
            last = run.finish(frames, status)
        if run.interrupted:
            self.stop_rest()
        self.wire.send(*self.late_frames(last=True), *last)
        if not drained:
            self.output.open_streams()

    def late_frames(self, last):
        """Returns the frames for what earlier executions wrote and showed after their
        end, if this one has a number: the answers to others are for programs, which
        would not see it. last says that there are no more for this one."""
        origin = self.threads.origin
        if not origin.number:
            return []
        frames = []
        for number, total, data, pictures, left_out in self.late.take(last):
            head = f'"seq":{origin.seq},"run":{number},'
            frames += [bundle(f'{{"type":"late_display",{head}', forms) for forms in pictures]
            frames.append(frame(f'{{"type":"late",{head}"total":{total},"left_out":{left_out}}}', data))
        return frames

    def stop_rest(self):
        """Ends the tasks of an execution that was stopped, and drops what is left of it."""
        origin = self.threads.origin
        try:
            cancel_tasks(self.shell, lambda task: self.threads.of(task) is origin)
        except Exception:
            pass  # the code has replaced what that needs
        self.late.stop(origin)

    def describe_contents(self):
        """Returns what the code has in its namespace, as JSON, "null" if that fails."""
        try:
            return self.contents.describe()
        except BaseException:
            return "null"

    def reset(self):
        """Prepares for the next request, after the answer to this one."""
        self.output.reset(self.threads, has_work(self.shell))
        for pipe in self.output.open_pipes():
            self.watcher.adopt(pipe)
        self.interrupts.reset()
        with self.watcher.lock:
            self.spills.trim()
        restore_interpreter()
        try:
            if self.figures is not None:
                self.figures.clear()
        except Exception:
            pass  # the code broke matplotlib; it can repair it
        self.idle.request_finished()


def restore_interpreter():
    """Undoes settings of the interpreter that would slow down or stop the kernel."""
    if sys.gettrace() is not None:
        sys.settrace(None)
    if sys.getprofile() is not None:
        sys.setprofile(None)
    if sys.getrecursionlimit() < 1000:
        sys.setrecursionlimit(1000)
