"""IPython without a terminal: how a cell is transformed and run."""

from .pristine import __builtins__

import ast
import asyncio
import builtins
import subprocess
import sys
import tempfile

from IPython.core.interactiveshell import ExecutionInfo, InteractiveShell
from IPython.utils.text import SList
from traitlets.config import Config

from .cells import INTERACTIVE, TOP_LEVEL_AWAIT, Cell, remember_source
from .displays import Hook, Publisher
from .eventloop import lend_loop, run_coroutine, start_tasks
from .forms import SessionFormatter
from .magics import SessionMagics
from .network import note_on_exit
from .offlinepip import PipCall
from .ownnames import OwnNames
from .patience import Patience
from .pictures import FormulaFormatter, PictureFormatter
from .plaintext import TextFormatter, register_deferred, register_printers
from .programs import run_program
from .values import PLAIN

# The part with which an expression begins: of "ls -la" and "ls > x", of "cat .x"
# and of "ls [a-c]".
BEGINNINGS = {ast.BinOp: "left", ast.Compare: "left", ast.Attribute: "value", ast.Subscript: "value"}
PARSE = ast.PyCF_ONLY_AST | TOP_LEVEL_AWAIT


class Shell(InteractiveShell):
    """IPython without a terminal, a history or colours.

    displays sends displays, interrupts are those of the session, and tracebacks has
    the last error."""

    kernel = None  # where libraries look for the kernel
    displayhook_class = Hook
    display_pub_class = Publisher

    def __init__(self, displays, interrupts, tracebacks):
        self.displays = displays
        self.interrupts = interrupts
        self.tracebacks = tracebacks
        self.failure = None
        self.loop = None
        self.all_tasks = None  # see lend_loop
        self.cell_number = 0
        config = Config()
        config.HistoryManager.enabled = False
        config.HistoryManager.hist_file = ":memory:"
        super().__init__(config=config, colors="nocolor", cache_size=0, xmode="Plain",
                         ipython_dir=tempfile.mkdtemp(prefix="ipython-"))
        self.builtin_trap.__enter__()
        self.register_magics(SessionMagics(self))
        self.set_hook("show_in_pager", self.print_page, 10)
        self.select_formatters()

    own_names = None  # once all libraries are loaded

    def init_user_ns(self):
        """Fills the namespace of the code, also for %reset."""
        super().init_user_ns()
        for name in ("exit", "quit"):
            self.user_ns[name] = self.user_ns_hidden[name] = Exit()
        if self.own_names is not None:
            self.own_names.note()

    def init_display_formatter(self):
        self.display_formatter = SessionFormatter(self.displays.forms, Patience(), self.is_drawn, parent=self)
        self.configurables.append(self.display_formatter)

    def is_drawn(self, kind):
        """Reports whether the kernel itself draws values of a type."""
        return any(each in self.pictures.fixed for each in kind.__mro__)

    def select_formatters(self):
        formatters = self.display_formatter.formatters
        self.pictures = formatters["image/png"] = PictureFormatter(parent=self.display_formatter)
        formatters["text/latex"] = FormulaFormatter(parent=self.display_formatter)
        for mime in ("image/jpeg", "application/pdf"):
            formatters[mime].enabled = False
        self.plain = formatters["text/plain"] = TextFormatter(parent=self.display_formatter)
        register_printers(self.plain.type_printers)
        register_deferred(self.plain.deferred_printers)
        self.printers = {kind: self.plain.type_printers.get(kind) for kind in PLAIN}

    def finish_setup(self):
        """Called once, when all libraries are loaded: what code changes from now
        on is its own."""
        self.cleanup_count = len(self.input_transformers_cleanup)
        self.own_names = OwnNames(self)
        self.own_names.note()
        self.own_names.hide()
        self.renew_loop()
        lend_loop(self)

    def shows_plainly(self, kind):
        """Reports whether values of a plain type are shown by their repr: the code
        has neither registered a printer nor set a precision."""
        plain = self.plain
        return plain.type_printers.get(kind) is self.printers[kind] and plain.float_format == "%r"

    def print_page(self, shell, text, *args, **kwargs):
        print(text.get("text/plain", "") if isinstance(text, dict) else text)

    def ask_exit(self):
        raise SystemExit(0)

    def enable_gui(self, gui=None):
        pass

    def enable_matplotlib(self, gui=None):
        """What %matplotlib and %pylab do. Figures go into the answer whatever is
        named: nothing else can show them."""
        from matplotlib_inline.backend_inline import flush_figures
        enabled = super().enable_matplotlib("inline")
        while flush_figures in self.events.callbacks["post_execute"]:
            self.events.unregister("post_execute", flush_figures)
        return enabled

    # Errors that IPython and its magics would print are the outcome of the cell.

    def showtraceback(self, exc_tuple=None, *args, **kwargs):
        error = exc_tuple[1] if exc_tuple else sys.exc_info()[1]
        if self.failure is None and error is not None:
            self.failure = error

    def showsyntaxerror(self, *args, **kwargs):
        self.showtraceback()

    showindentationerror = showsyntaxerror

    def run_program(self, command, **kwargs):
        """Runs a program whose output has its place in that of the code."""
        self.displays.output.send_all()
        try:
            return run_program(command, self.interrupts, **kwargs)
        finally:
            self.displays.output.send_all()

    def system_plain(self, cmd):
        """Runs a line of the shell, as ! does."""
        cmd = self.var_expand(cmd, depth=1)
        call = self.pip_call(cmd)
        code = self.user_ns["_exit_code"] = self.print_pip(call) if call else self.run_program(cmd, shell=True)
        if code:
            print(f"[exit status {code}]" if code > 0 else f"[ended by signal {-code}]", file=sys.stderr)
            if self.tracebacks.hints.options.offline and (note := note_on_exit(cmd, code)):
                print(note, file=sys.stderr)

    system = system_plain

    def getoutput(self, cmd, split=True, depth=0):
        """Returns the output of a line of the shell, as !! does."""
        call = self.pip_call(self.var_expand(cmd, depth=depth + 1))
        if not call:
            return super().getoutput(cmd, split=split, depth=depth + 1)
        text = call.run()
        if call.rest:
            text = subprocess.run(call.rest, input=text, stdout=subprocess.PIPE, shell=True, text=True).stdout
        return SList(text.splitlines()) if split else text

    def pip_call(self, line):
        """Returns the call of pip at the beginning of a line, if the replacement
        answers it by itself, and None otherwise."""
        call = PipCall.parse(line)
        return call if call and not call.needs_program() else None

    def print_pip(self, call):
        """Prints what a call of pip prints, by way of what follows it on the line,
        and returns the exit status."""
        text = call.run()
        if call.rest:
            return self.run_program(call.rest, input=text.encode(), shell=True)
        print(text, end="")
        return 0

    def parse_cell(self, source, name):
        """Returns the source of a cell as Python, and its tree. What is Python
        already needs no transformation, unless it is the name of a magic."""
        flags = PARSE | self.compile.flags & ~INTERACTIVE
        custom = self.input_transformers_post or len(self.input_transformers_cleanup) > self.cleanup_count
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
        """Reports whether a cell of one line begins with an unknown name, as "ls -la"
        does, which is a difference in Python. IPython then looks whether there
        is a magic of that name."""
        if not body or type(body[0]) is not ast.Expr or len(source.strip("\r\n").splitlines()) != 1:
            return False
        node = body[0].value
        while type(node) in BEGINNINGS:
            node = getattr(node, BEGINNINGS[type(node)])
        return type(node) is ast.Name and node.id not in self.user_ns and not hasattr(builtins, node.id)

    def renew_loop(self):
        """Makes the session's loop the current one: asyncio.run leaves none, and
        code may close it."""
        try:
            if self.loop is None or self.loop.is_closed():
                self.loop = asyncio.new_event_loop()
                self.loop.set_exception_handler(self.tracebacks.print_task)
            asyncio.set_event_loop(self.loop)
        except Exception:
            pass  # await says what is wrong

    def run_payload(self, payload):
        """Runs the cell in a request with the hooks that code has registered, and
        returns its value."""
        self.failure = None
        trigger = self.events.trigger
        try:
            source = payload.decode()
            trigger("pre_execute")
            if self.events.callbacks["pre_run_cell"]:
                trigger("pre_run_cell", ExecutionInfo(source, False, False, True, ""))
            try:
                value = self.run_source(source)
            except SystemExit as e:
                value = None
                if e.code not in (None, 0):
                    raise
            start_tasks(self.loop)
            if self.failure is not None:
                raise self.failure
            return value
        finally:
            trigger("post_execute")

    def run_source(self, source):
        """Runs a cell and returns the value of its last expression."""
        if not source:
            return None  # the host's way to load the memory that a cell uses; it is not counted
        cell = self.compile_source(source)
        value = self.evaluate(cell)
        if not cell.has_value:
            return None
        if isinstance(value, Exit):
            value()
        return value

    def compile_source(self, source):
        """Returns the next cell. Tracebacks show its source, also if it is no Python."""
        self.cell_number += 1
        name = f"<cell {self.cell_number}>"
        remember_source(name, source)
        source, tree = self.parse_cell(source, name)
        if self.ast_transformers:
            tree = self.transform_ast(tree)
        remember_source(name, source)
        cell = Cell(source, tree, name, self.compile.flags & ~INTERACTIVE)
        self.compile.flags |= cell.future
        return cell

    def evaluate(self, cell):
        if cell.awaits():
            coroutine = cell.evaluate_in_loop(self.user_global_ns, self.user_ns)
            return run_coroutine(self.loop, coroutine)
        return cell.evaluate(self.user_global_ns, self.user_ns)

    def remember_value(self, value):
        """Binds _ and its like, unless the code uses the names itself."""
        ns, hook = self.user_ns, self.displayhook
        if ns.get("_", "") is hook._ and "_" not in vars(builtins):
            hook.___, hook.__, hook._ = hook.__, hook._, value
            ns["___"], ns["__"], ns["_"] = hook.___, hook.__, hook._


class Exit:
    """exit and quit: they end the cell, not the session."""

    def __call__(self, code=0):
        raise SystemExit(code)

    def __repr__(self):
        return "exit() ends the cell; the session continues"
