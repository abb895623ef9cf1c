"""The processes of programs that are to end, and of what those have started."""

from .pristine import __builtins__, os, time

import signal

KILL = signal.SIGKILL
STOP = signal.SIGSTOP
PATIENCE = 5  # seconds


def kill_family(leader):
    """Kills a child of this process that leads a session of processes, and what
    it has started, in whatever groups and sessions that is, and waits for their
    end. One that the system cannot end has some seconds."""
    family = set()
    while found := family_of(leader, family) - family:
        send(found, STOP)  # else a process could start another and be gone before it is found
        family |= found
    send(family, KILL)
    until = time.monotonic() + PATIENCE
    while any(pid in family for pid, _, _ in processes()) and time.monotonic() < until:
        time.sleep(0.001)
    for pid in family:
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass  # it is another's child


def send(pids, signum):
    for pid in pids:
        try:
            os.kill(pid, signum)
        except OSError:
            pass  # it has ended


def family_of(leader, known):
    """Returns the processes of the leader's session, and those that come of
    them or of known ones."""
    parents, family = {}, {leader} | known
    for pid, parent, session in processes():
        parents[pid] = parent
        if session == leader:
            family.add(pid)
    size = 0
    while size < len(family):
        size = len(family)
        family |= {pid for pid, parent in parents.items() if parent in family}
    return family


def processes():
    """Yields the number, the parent and the session of each process that lives."""
    for name in os.listdir("/proc"):
        if not name.isdecimal():
            continue
        try:
            fd = os.open(f"/proc/{name}/stat", os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            continue  # it has ended
        try:
            words = os.read(fd, 4096).rpartition(b")")[2].split()  # its name may have any characters
        except OSError:
            continue
        finally:
            os.close(fd)
        if words[0] not in b"ZX":
            yield int(name), int(words[1]), int(words[3])
