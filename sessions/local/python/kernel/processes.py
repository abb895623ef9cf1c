"""The processes of programs that are to end, and of what those have started."""

from .pristine import __builtins__, os, time

import signal

KILL = signal.SIGKILL
STOP = signal.SIGSTOP
PATIENCE = 5  # seconds


def kill_family(leader):
    """Kills a child of this process that leads a session of processes, and what
    it has started, in whatever groups and sessions that is, and waits for their
    end. One that the system cannot end has some seconds.

    Whoever waits for this kills the interpreter when it takes long. So most of
    them are stopped at once, in one call: a storm of new processes would slow
    down the search for the rest."""
    family = set()
    send_group(leader, STOP)
    while found := family_of(leader, family) - family:
        send(found, STOP)  # else a process could start another and be gone before it is found
        family |= found
    send(family, KILL)
    wait_for(family, PATIENCE)
    for pid in family:
        try:
            os.waitpid(pid, os.WNOHANG)
        except OSError:
            pass  # it is another's child


def wait_for(pids, patience):
    """Waits for the end of processes, each of which is looked at until it has
    ended, and no other."""
    until = time.monotonic() + patience
    for pid in pids:
        while state(pid) and time.monotonic() < until:
            time.sleep(0.001)


def send_group(leader, signum):
    try:
        os.killpg(leader, signum)
    except OSError:
        pass  # it has ended


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
        if name.isdecimal() and (words := state(name)):
            yield int(name), int(words[1]), int(words[3])


def state(pid):
    """Returns what the system says of a process that lives: its state, its
    parent, its group, its session and more. Of one that has ended it is None."""
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
