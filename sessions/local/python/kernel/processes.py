"""Kills programs together with everything that they have started."""

from .pristine import __builtins__, os, time

import signal

KILL = signal.SIGKILL
STOP = signal.SIGSTOP
KILL_TIMEOUT = 5  # seconds that killed processes have to end


def kill_family(leader):
    """Kills a child of this process that leads a session of processes, with all
    that it has started, in whatever groups and sessions, and waits for their
    end, but no longer than KILL_TIMEOUT.

    The host kills the interpreter when this takes long. So most of the family
    is stopped at once, in one call: a storm of new processes would slow down
    the search for the others."""
    family = set()
    signal_group(leader, STOP)
    while found := family_of(leader, family) - family:
        signal_all(found, STOP)  # else one could start another and end before it is found
        family |= found
    signal_all(family, KILL)
    wait_for(family, KILL_TIMEOUT)
    for pid in family:
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass  # it is another process's child


def wait_for(pids, timeout):
    """Waits until processes have ended, or for timeout seconds."""
    until = time.monotonic() + timeout
    for pid in pids:
        while read_stat(pid) and time.monotonic() < until:
            time.sleep(0.001)


def signal_group(leader, signum):
    try:
        os.killpg(leader, signum)
    except OSError:
        pass  # it has ended


def signal_all(pids, signum):
    for pid in pids:
        try:
            os.kill(pid, signum)
        except OSError:
            pass  # it has ended


def family_of(leader, known):
    """Returns the processes of the leader's session, the known ones, and the
    descendants of both."""
    parents, family = {}, {leader} | known
    for pid, parent, session in list_processes():
        parents[pid] = parent
        if session == leader:
            family.add(pid)
    size = 0
    while size < len(family):
        size = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return family


def list_processes():
    """Yields the number, the parent and the session of each process that is alive."""
    for name in os.listdir("/proc"):
        if name.isdecimal() and (words := read_stat(name)):
            yield int(name), int(words[1]), int(words[3])


def read_stat(pid):
    """Returns what /proc says of a process that is alive: its state, parent,
    group, session and more. Returns None if it has ended."""
    try:
        fd = os.open(f"/proc/{pid}/stat", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        words = os.read(fd, 4096).rpartition(b")")[2].split()  # its name may have any characters
    except OSError:
        return None
    finally:
        os.close(fd)
    return None if words[0] in b"ZX" else words
