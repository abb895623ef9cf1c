"""What a tree of processes costs in memory, from /proc.

The measure is the proportional set size: a page that n processes map counts
1/n for each. Sandboxes keep their memory in files without a name (memfd), of
which not all pages need to be mapped: those that are not are added.
"""

import ctypes
import os
import platform

# kcmp(2) has no function in the C library.
_KCMP = {"x86_64": 312, "aarch64": 272}
_KCMP_VM = 1


def tree(roots):
    """Returns the process identifiers of roots and all their descendants."""
    children = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                parent = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
        children.setdefault(parent, []).append(int(name))
    found, open_ = set(), list(roots)
    while open_:
        pid = open_.pop()
        if pid not in found:
            found.add(pid)
            open_.extend(children.get(pid, []))
    return found


def cost(pids):
    """Returns the bytes that the processes cost together."""
    total, shared, files = 0, 0, {}
    for pid in _spaces(pids):
        try:
            with open(f"/proc/{pid}/smaps_rollup") as f:
                fields = dict(line.split(":", 1) for line in f if line.endswith("kB\n"))
        except OSError:
            continue
        total += _bytes(fields, "Pss")
        shared += _bytes(fields, "Pss_Shmem")
    for pid in pids:
        files.update(_memory_files(pid))
    return total + max(0, sum(files.values()) - shared)


def _spaces(pids):
    """Returns one process of each address space: a sandbox's processes can have one in common."""
    chosen = []
    for pid in sorted(pids):
        if not any(_same_space(pid, other) for other in chosen):
            chosen.append(pid)
    return chosen


def _same_space(a, b):
    return ctypes.CDLL(None).syscall(_KCMP[platform.machine()], a, b, _KCMP_VM, 0, 0) == 0


def _bytes(fields, name):
    return int(fields.get(name, "0 kB").split()[0]) * 1024


def _memory_files(pid):
    """Returns the sizes of the memory files that a process has open, by identity."""
    found = {}
    folder = f"/proc/{pid}/fd"
    try:
        names = os.listdir(folder)
    except OSError:
        return found
    for name in names:
        try:
            if os.readlink(f"{folder}/{name}").startswith("/memfd:"):
                stat = os.stat(f"{folder}/{name}")
                found[stat.st_dev, stat.st_ino] = stat.st_blocks * 512
        except OSError:
            continue
    return found
