"""Tells errors, and output, that say in whatever words that there is no network."""

from .pristine import __builtins__, os

import errno
import re
import socket

MAX_TEXT = 16 << 10  # characters of a message that are searched
LONG = 100  # characters of a message that are shown as they are
UNRESOLVED = {getattr(socket, name) for name in ("EAI_AGAIN", "EAI_NONAME", "EAI_NODATA", "EAI_FAIL") if hasattr(socket, name)}
UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
# What resolvers, sockets and clients say.
PHRASES = (
    r"Temporary failure in name resolution|Name or service not known|No address associated with hostname|"
    r"Non-recoverable failure in name resolution|nodename nor servname|Network is unreachable|No route to host|"
    r"Could(?: not|n't) resolve (?:host|proxy)|unable to resolve host|failed to (?:resolve|lookup address)|"
    r"dns error|NameResolutionError|ERR_NAME_NOT_RESOLVED|ERR_INTERNET_DISCONNECTED|error sending request for url|"
    r"Could not establish connection error for HTTP|Failed to download extension|"
    r"couldn't connect to '?https?://|Could not contact DNS servers"
)
SEARCH = re.compile(PHRASES, re.IGNORECASE).search
SEARCH_BYTES = re.compile(PHRASES.encode(), re.IGNORECASE).search

UNREACHED = {("curl", 6), ("wget", 4)}  # programs and their exit status

NO_NETWORK = "No network: the session reaches no other computer. Ask the user to upload what is needed."
ONLY_PROXY = "This session reaches hosts by HTTP and HTTPS alone, through the proxy that HTTPS_PROXY names, and only those that the user has opened with --egress."


def explain_network(errors, proxy=False):
    """Returns a hint, and the message that says what failed, if one of errors comes
    from the missing network; None otherwise. The first is the one that was raised.
    proxy says that some hosts are reached by a proxy."""
    for error in reversed(errors):
        if is_from_network(error):
            return ONLY_PROXY if proxy else hint_for(errors), short_message(errors[0], error)
    return None


def note_on_output(data):
    """Returns a line if programs or libraries have printed that they did not reach
    the network."""
    return NO_NETWORK.encode() if SEARCH_BYTES(data) else b""


def note_on_exit(line, code):
    """Returns a line if a program's exit status says that it did not reach the
    network, which it may have been told not to print."""
    program = os.path.basename((line.split() or [""])[0])
    return NO_NETWORK if (program, code) in UNREACHED else ""


def is_from_network(error):
    if isinstance(error, socket.gaierror):
        return error.errno in UNRESOLVED
    if isinstance(error, OSError) and error.errno in UNREACHABLE:
        return True
    texts = [str(error), *map(as_text, (getattr(error, "stderr", ""), getattr(error, "output", "")))]
    return any(SEARCH(text[:MAX_TEXT]) for text in texts)


def as_text(value):
    if isinstance(value, bytes):
        return value[-MAX_TEXT:].decode("utf-8", "replace")
    return value[-MAX_TEXT:] if isinstance(value, str) else ""


def short_message(raised, cause):
    """Returns the message of the error that was raised, or that of its cause if it
    is long."""
    for error in (raised, cause):
        text = " ".join(str(error).split())
        if len(text) <= LONG:
            return text
    found = SEARCH(text)
    return found[0] if found else text[:LONG] + " …"


def hint_for(errors):
    """Returns the line for errors, with what a library has without a network."""
    modules = {frame_module(tb) for error in errors for tb in walk(error.__traceback__)}
    if any(name.startswith("sklearn.datasets") for name in modules):
        return NO_NETWORK + " The load_… data sets of sklearn.datasets are installed."
    return NO_NETWORK


def walk(tb):
    while tb is not None:
        yield tb
        tb = tb.tb_next


def frame_module(tb):
    return str(tb.tb_frame.f_globals.get("__name__", ""))
