"""Compiles a cell to steps: its statements, and the expression whose value it has."""

from .pristine import __builtins__

import __future__
import ast
import linecache

from IPython.core.displayhook import DisplayHook

FUTURE = 0
for _name in __future__.all_feature_names:
    FUTURE |= getattr(__future__, _name).compiler_flag
# PyCF_ALLOW_INCOMPLETE_INPUT and PyCF_DONT_IMPLY_DEDENT of codeop, which asks
# whether more lines follow. None do.
INTERACTIVE = 0x4000 | 0x200
COROUTINE = 0x80  # inspect.CO_COROUTINE
TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class Cell:
    """A compiled cell: steps are code objects to evaluate in order, future the
    flags of the __future__ imports among them. has_value tells whether the last
    step is an expression whose value is the cell's."""

    def __init__(self, source, tree, name, flags):
        body = tree.body
        last = body[-1] if body and isinstance(body[-1], ast.Expr) else None
        self.has_value = last is not None and not ends_in_semicolon(source)
        if self.has_value:
            body.pop()
        self.steps, self.future = [], 0
        flags |= TOP_LEVEL_AWAIT
        if body:
            code = compile(tree, name, "exec", flags, True)
            self.future = code.co_flags & FUTURE
            self.steps.append(code)
        if self.has_value:
            self.steps.append(compile(ast.Expression(last.value), name, "eval", flags | self.future, True))

    def awaits(self):
        """Reports whether the cell awaits something at its top level."""
        return any(map(is_coroutine, self.steps))

    def evaluate(self, global_ns, local_ns):
        """Runs the cell and returns the value of its last step."""
        value = None
        for step in self.steps:
            value = eval(step, global_ns, local_ns)
        return value

    async def evaluate_in_loop(self, global_ns, local_ns):
        """Does as evaluate, and awaits. All of the cell runs in the loop: what
        precedes an await may create the tasks that it awaits."""
        value = None
        for step in self.steps:
            value = eval(step, global_ns, local_ns)
            if is_coroutine(step):
                value = await value
        return value


def is_coroutine(code):
    return code.co_flags & COROUTINE


def ends_in_semicolon(source):
    """Reports whether a cell ends in a semicolon, so that its value is not shown."""
    tail = source.rstrip()[-1000:]
    if ";" not in tail:
        return False
    return tail.endswith(";") or DisplayHook.semicolon_at_end_of_expression(source)


def remember_source(name, source):
    """Lets tracebacks show the lines of a cell."""
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
