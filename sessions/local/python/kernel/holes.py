"""Fills the free memory between the objects of a new interpreter. What a session makes
is then in pages of its own beside each other, instead of in holes of pages that all
sessions could share."""

from .pristine import __builtins__

import bisect
import ctypes

LARGEST_OBJECT = 512  # bytes: the most that Python's own allocator takes from its pools
STEP = 16  # bytes between the sizes of pieces
MOST = 64 << 20  # bytes to fill, at most
# Bytes that an allocator may take from elsewhere before there are no holes of a size:
# Python's own looks last at some of its pools of 16 KiB.
ELSEWHERE = 32 << 10


def fill_holes(memory):
    """Takes all free memory between the start and end of each of these mappings, in
    ascending order, from the allocators of Python and of the C library. It is never
    given back."""
    libc = ctypes.CDLL(None)
    allocate, free = ctypes.pythonapi.PyObject_Malloc, ctypes.pythonapi.PyObject_Free
    fill(range(LARGEST_OBJECT, 0, -STEP), allocate, free, memory)
    if not hasattr(libc, "mallinfo2"):  # another C library
        return
    libc.malloc_trim(ctypes.c_size_t(0))
    below = [(start, min(end, top_of_heap(libc))) for start, end in memory]
    sizes = [1 << n for n in range(16, 10, -1)] + list(range(1024 - STEP, STEP // 2, -STEP))
    fill(sizes, libc.malloc, libc.free, below)


def fill(sizes, allocate, free, memory):
    """Takes pieces of each size until an allocator takes them from somewhere else only."""
    allocate = ctypes.PYFUNCTYPE(ctypes.c_void_p, ctypes.c_size_t)(ctypes.cast(allocate, ctypes.c_void_p).value)
    free = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(ctypes.cast(free, ctypes.c_void_p).value)
    starts = [start for start, _ in memory]
    filled = 0
    for size in sizes:
        elsewhere = []
        while filled < MOST and len(elsewhere) * size <= ELSEWHERE:
            address = allocate(size)
            if not address:
                break
            i = bisect.bisect(starts, address) - 1
            if i >= 0 and address < memory[i][1]:
                filled += size
                continue
            elsewhere.append(address)
        for address in elsewhere:
            free(address)


class Mallinfo(ctypes.Structure):
    """struct mallinfo2 of the GNU C library, 2.33 and later."""
    _fields_ = [(name, ctypes.c_size_t) for name in (
        "arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]


def top_of_heap(libc):
    """Returns where the part of the C library's heap begins that was never used: what
    is taken from there is no hole."""
    libc.mallinfo2.restype = Mallinfo
    libc.sbrk.restype = ctypes.c_void_p
    return libc.sbrk(ctypes.c_ssize_t(0)) - libc.mallinfo2().keepcost
