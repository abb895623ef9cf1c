"""IPython without a terminal: how a cell is compiled and run."""

from .pristine import __builtins__, os

import __future__
import ast
import asyncio
import builtins
import linecache
import signal
import subprocess
import sys
import tempfile

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

from .eventloop import begin_tasks
from .displays import Hook, Publisher
from .magics import SessionMagics
from .offlinepip import PipCall
from .pictures import Formulas, Pictures
from .processes import kill_family
from .values import PLAIN

FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag
# PyCF_ALLOW_INCOMPLETE_INPUT and PyCF_DONT_IMPLY_DEDENT of codeop, which wants
# to know whether more lines follow. None do.
INTERACTIVE = 0x4000 | 0x200
# Where an expression begins: "ls -la" and "ls > x", "cat .x" and "ls [a-c]".
BEGINNINGS = {ast.BinOp: "left", ast.Compare: "left", ast.Attribute: "value", ast.Subscript: "value"}
PARSE = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


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
        formatters = self.display_formatter.formatters
        formatters["image/png"] = Pictures(parent=self.display_formatter)
        formatters["text/latex"] = Formulas(parent=self.display_formatter)
        for mime in ("image/jpeg", "application/pdf"):
            formatters[mime].enabled = False
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

    def enable_matplotlib(self, gui=None):
        """What %matplotlib and %pylab do. Figures are shown in the answer, by
        the kernel, whatever is named: nothing else can show them."""
        from matplotlib_inline.backend_inline import flush_figures
        enabled = super().enable_matplotlib("inline")
        while flush_figures in self.events.callbacks["post_execute"]:
            self.events.unregister("post_execute", flush_figures)
        return enabled

    # Errors that IPython and its magics would print become the outcome.

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if self.failure is None and error is not None:
            self.failure = error

    def showsyntaxerror(self, *args, **kwargs):
        self.showtraceback()

    showindentationerror = showsyntaxerror

    def child(self, command, input=None, **kwargs):
        """Runs a program, which an interrupt ends with all that it has started."""
        stdin = subprocess.DEVNULL if input is None else subprocess.PIPE
        process = subprocess.Popen(command, stdin=stdin, start_new_session=True, **kwargs)
        process._sigint_wait_secs = 0
        try:
            process.communicate(input)
        except BaseException as e:
            while process.returncode is None:
                try:
                    self.kernel.interrupts.shield(end, process)
                except KeyboardInterrupt:
                    pass  # one more
            raise e.with_traceback(None)
        return process.returncode

    def system_plain(self, cmd):
        cmd = self.var_expand(cmd, depth=1)
        if self.kernel.no_pip and (call := PipCall.of(cmd)):
            text = call.text()
            if call.rest:
                self.user_ns["_exit_code"] = self.child(call.rest, input=text.encode(), shell=True)
            else:
                print(text, end="")
                self.user_ns["_exit_code"] = 0
            return
        self.user_ns["_exit_code"] = self.child(cmd, shell=True)

    system = system_plain

    def getoutput(self, cmd, split=True, depth=0):
        call = self.kernel.no_pip and PipCall.of(self.var_expand(cmd, depth=depth + 1))
        if not call:
            return super().getoutput(cmd, split=split, depth=depth + 1)
        text = call.text()
        if call.rest:
            text = subprocess.run(call.rest, input=text, stdout=subprocess.PIPE, shell=True, text=True).stdout
        return SList(text.splitlines()) if split else text

    def source_tree(self, source, name):
        """Parses a cell. What is Python already needs no transformation,
        unless it is the name of a magic."""
        flags = PARSE | self.compile.flags & ~INTERACTIVE
        custom = self.input_transformers_post or len(self.input_transformers_cleanup) > self.cleanups
        if not custom:
            try:
                tree = compile(source, name, "exec", flags, True)
                if not self.may_be_magic(source, tree.body):
                    return source, tree
            except SyntaxError:
                pass
        # IPython looks for the names of magics in cells of one line.
        line = source.strip("\r\n")
        source = self.transform_cell(source if "\n" in line else line)
        return source, compile(source, name, "exec", flags, True)

    def may_be_magic(self, source, body):
        """Reports whether a cell of one line begins with a name that is unknown,
        as "ls -la" does, which is a difference to Python. IPython then looks
        whether it is that of a magic."""
        if not body or type(body[0]) is not ast.Expr or len(source.strip("\r\n").splitlines()) != 1:
            return False
        node = body[0].value
        while type(node) in BEGINNINGS:
            node = getattr(node, BEGINNINGS[type(node)])
        return type(node) is ast.Name and node.id not in self.user_ns and not hasattr(builtins, node.id)

    def renew_loop(self):
        """asyncio.run leaves none behind, and code may close it."""
        try:
            if self.loop is None or self.loop.is_closed():
                self.loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self.loop)
        except Exception:
            pass  # then await says what is wrong

    def cell(self, payload):
        """Runs the code as far as it is the session's own doing."""
        self.failure = None
        trigger = self.events.trigger
        try:
            source = payload.decode()
            trigger("pre_execute")
            if self.events.callbacks["pre_run_cell"]:
                trigger("pre_run_cell", ExecutionInfo(source, False, False, True, ""))
            try:
                value = self.run(source)
            except SystemExit as e:
                value = None
                if e.code not in (None, 0):
                    raise
            begin_tasks(self.loop)
            if self.failure is not None:
                raise self.failure
            return value
        finally:
            trigger("post_execute")

    def run(self, source):
        """Runs a cell and returns the value of its last expression."""
        if not source:
            return None  # as the host does to bring in the pages that a run touches; it is no cell
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
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | self.compile.flags & ~INTERACTIVE
        if body:
            code = compile(tree, name, "exec", flags, True)
            self.compile.flags |= code.co_flags & FUTURE
            flags |= code.co_flags & FUTURE
        if last is not None:
            expression = compile(ast.Expression(last.value), name, "eval", flags, True)
        steps = ([code] if body else []) + ([expression] if last is not None else [])
        if any(map(awaits, steps)):
            value = self.wait(self.evaluate_in_loop(steps))
        else:
            for step in steps:
                value = eval(step, self.user_global_ns, self.user_ns)
        if last is None:
            return None
        if isinstance(value, Exit):
            value()
        return value

    async def evaluate_in_loop(self, steps):
        """Runs all of a cell that awaits something: what comes before that may
        make the tasks which are awaited."""
        for step in steps:
            value = eval(step, self.user_global_ns, self.user_ns)
            if awaits(step):
                value = await value
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


def awaits(code):
    return code.co_flags & 0x80  # inspect.CO_COROUTINE


class Exit:
    """exit and quit: end the cell, not the session."""

    def __call__(self, code=0):
        raise SystemExit(code)

    def __repr__(self):
        return "exit() ends the cell; the session goes on"


def end(process):
    """Kills a program and what it has started."""
    kill_family(process.pid)
    process.returncode = -signal.SIGKILL  # it was waited for
