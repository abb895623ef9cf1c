"""What to do about an error, in one line below its traceback: only what is true of
this error in this session.

    network      there is none
    modules      a module that is missing
    paths        a file that is missing
    columns      a column of a table that is missing
    encodings    the encoding of a text
    limits       the session's memory and disk
    successors   names that newer versions of a library have replaced
"""

from .pristine import __builtins__

from .columns import explain_column
from .encodings import explain_encoding
from .limits import explain_limit
from .modules import explain_module
from .network import explain_network
from .paths import explain_path
from .successors import explain_name

MAX_RELATED = 30  # errors of a chain that are looked at
MAX_HINT = 400  # characters


class Hint:
    """A line below a traceback. replaces is a message in place of the error's own
    and of what led to it, or "": the hint says all of it."""

    def __init__(self, text, replaces=""):
        self.text = text if len(text) <= MAX_HINT else text[:MAX_HINT] + " …"
        self.replaces = replaces


class Hints:
    """Finds hints in a session, of which options has the settings."""

    def __init__(self, options):
        self.options = options

    def find(self, error):
        """Returns the Hint for an error, or None. What fails while it looks is no
        error of the code's."""
        try:
            related = related_errors(error)
            if (self.options.offline or self.options.relay) and (found := explain_network(related, self.options.relay)):
                return Hint(*found)
            for explain in (explain_name, explain_module, explain_column, explain_encoding, explain_path, explain_limit):
                for one in related:
                    if text := explain(one, self.options):
                        return Hint(text)
        except Exception:
            pass
        return None


def related_errors(error):
    """Returns an error, what caused it, and what it is a group of."""
    related, waiting = [], [error]
    while waiting and len(related) < MAX_RELATED:
        one = waiting.pop(0)
        if one is None or any(one is other for other in related):
            continue
        related.append(one)
        waiting += [one.__cause__, one.__context__]
        members = getattr(one, "exceptions", ())  # of an exception group
        waiting += [member for member in members if isinstance(member, BaseException)] if isinstance(members, tuple) else []
    return related
