"""Moves the memory of a new interpreter into a file that all sessions map.

Every session begins as a copy of one interpreter, and most of what that one has
imported is never written to again. In a checkpoint each session has its own copy of
it, which takes time to read and memory to hold. What is mapped from a file is in
neither: all sessions share the file's pages in the host's page cache, and each has
copies of those that it has written to.

To copy a page when it is first written to takes tens of microseconds, so what
sessions write to soon stays where it is. A child of the interpreter finds that out: it
moves all of its own memory, rehearses what sessions do, and tells which pages were
copied. A page counts as written to also if its content is the same afterwards. Before
that the memory is arranged so that there are few such pages: code that is often run is
in one place, nothing counts the references to objects, and no holes are between them.
"""

from .pristine import __builtins__, gc, os

import ctypes
import mmap
import platform
import struct

from .children import Failed, call
from .holes import fill_holes
from .hotcode import gather, list_hot_code
from .immortal import make_immortal
from .rehearsal import rehearse

PAGE = mmap.PAGESIZE
PIECE = 128 << 10  # the most bytes of one mapping: gVisor copies what is left of it when a page is first written to
SHORTEST = 12 * PAGE  # the fewest bytes: each mapping has a cost of its own, when it is restored and first touched
WRITABLE = mmap.PROT_READ | mmap.PROT_WRITE
SECONDS = 75  # of a rehearsal, which takes one or two on a machine that has nothing else to do
# gVisor copies single pages, and not all of a mapping, of what can be executed.
PAGE_BY_PAGE = WRITABLE | mmap.PROT_EXEC

# move(pieces, writer, reader, access) in machine code, since nothing may change a
# piece between the moment when it is written and that when it is mapped: no thread of
# Python runs while the function holds the interpreter's lock, and the function uses
# only registers and its stack.
#
#     for address, size in pieces, up to address 0:
#         if all zero: madvise(address, size, MADV_DONTNEED)
#         elif pwrite(writer, address, size, offset) != size: break
#         elif mmap(address, size, access, MAP_PRIVATE|MAP_FIXED, reader, offset) != address: break
#         else: offset += size
#     return offset
#
# Wherever it stops, all memory has the content that it had.
MOVE = {
    "x86_64": bytes.fromhex(
        "5355415441554156"                                            # push rbx; push rbp; push r12; push r13; push r14
        "4889fb4989f44989d54989ce"                                    # mov rbx, rdi; mov r12, rsi; mov r13, rdx; mov r14, rcx
        "31edfc"                                                      # xor ebp, ebp; cld
        "488b3b4885ff746a"                                            # next: mov rdi, [rbx]; test rdi, rdi; jz done
        "488b4b0848c1e90331c0f348af7515"                              # mov rcx, [rbx+8]; shr rcx, 3; xor eax, eax; repe scasq; jne used
        "b81c000000488b3b488b7308ba040000000f05"                      # mov eax, 28; mov rdi, [rbx]; mov rsi, [rbx+8]; mov edx, 4; syscall
        "eb40"                                                        # jmp more
        "b8120000004c89e7488b33488b53084989ea0f05"                    # used: mov eax, 18; mov rdi, r12; mov rsi, [rbx]; mov rdx, [rbx+8]; mov r10, rbp; syscall
        "483b4308752c"                                                # cmp rax, [rbx+8]; jne done
        "b809000000488b3b488b73084c89f241ba120000004d89e84989e90f05"  # mov eax, 9; mov rdi, [rbx]; mov rsi, [rbx+8]; mov rdx, r14; mov r10d, 18; mov r8, r13; mov r9, rbp; syscall
        "483b03750a"                                                  # cmp rax, [rbx]; jne done
        "48036b08"                                                    # add rbp, [rbx+8]
        "4883c310eb8e"                                                # more: add rbx, 16; jmp next
        "4889e8415e415d415c5d5bc3"                                    # done: mov rax, rbp; pop r14; pop r13; pop r12; pop rbp; pop rbx; ret
    ),
    "aarch64": bytes.fromhex(
        "f353bda9f55b01a9f71300f9"                                  # stp x19, x20, [sp, -48]!; stp x21, x22, [sp, 16]; str x23, [sp, 32]
        "f30300aaf40301aaf50302aaf60303aa170080d2"                  # mov x19, x0; mov x20, x1; mov x21, x2; mov x22, x3; mov x23, 0
        "692a40a9090400b42a010a8b"                                  # next: ldp x9, x10, [x19]; cbz x9, done; add x10, x9, x10
        "2b8540f80b0100b53f010aeba3ffff54"                          # scan: ldr x11, [x9], 8; cbnz x11, used; cmp x9, x10; b.lo scan
        "281d80d2600640a9820080d2010000d4"                          # mov x8, 233; ldp x0, x1, [x19]; mov x2, 4; svc 0
        "14000014"                                                  # b more
        "880880d2e00314aa610a40a9e30317aa010000d4"                  # used: mov x8, 68; mov x0, x20; ldp x1, x2, [x19]; mov x3, x23; svc 0
        "692a40a91f000aebc1010054"                                  # ldp x9, x10, [x19]; cmp x0, x10; b.ne done
        "c81b80d2600640a9e20316aa430280d2e40315aae50317aa010000d4"  # mov x8, 222; ldp x0, x1, [x19]; mov x2, x22; mov x3, 18; mov x4, x21; mov x5, x23; svc 0
        "692a40a91f0009eb81000054"                                  # ldp x9, x10, [x19]; cmp x0, x9; b.ne done
        "f7020a8b"                                                  # add x23, x23, x10
        "73420091e0ffff17"                                          # more: add x19, x19, 16; b next
        "e00317aaf71340f9f55b41a9f353c3a8c0035fd6"                  # done: mov x0, x23; ldr x23, [sp, 32]; ldp x21, x22, [sp, 16]; ldp x19, x20, [sp], 48; ret
    ),
}


class NotShared(Exception):
    """Says why the memory stays where it is."""


def share(written, mapped, shell):
    """Moves the memory of this interpreter, which has run nothing yet, into the file
    mapped. The same file is named written where it can be written to. Returns how
    many bytes were moved. Raises NotShared, with all memory as it was."""
    if platform.machine() not in MOVE:
        raise NotShared(f"not on {platform.machine()}")
    try:
        arrange(shell)
        keep = set(rehearsed_pages(written + ".rehearsal", mapped + ".rehearsal", shell))
        return move(split(list_memory(), keep), written, mapped, WRITABLE)
    except (Failed, OSError) as e:
        raise NotShared(str(e)) from None


def arrange(shell):
    """Arranges memory so that sessions write to few of its pages."""
    fill_holes(list_memory())
    gc.unfreeze()
    try:
        gather(call(list_hot_code, lambda: rehearse(shell), seconds=SECONDS))
        gc.collect()
        make_immortal()
    finally:
        gc.freeze()
    fill_holes(list_memory())


def rehearsed_pages(written, mapped, shell):
    """Returns the pages that a rehearsal in a child writes to."""
    try:
        pages = call(rehearse_and_list, written, mapped, shell, seconds=SECONDS)
    finally:
        if os.path.exists(written):
            os.unlink(written)
    return [page for page, in struct.iter_unpack("Q", pages)]


def rehearse_and_list(written, mapped, shell):
    """Moves all memory of this child and returns the pages that a rehearsal writes to.
    To have a mapping of its own for each page, every second one loses the right to be
    executed."""
    move(split(list_memory(), ()), written, mapped, PAGE_BY_PAGE)
    mprotect = ctypes.CDLL(None).mprotect
    for start, end, *_ in [m for m in list_mappings() if m[3] == mapped]:
        for page in range(start, end, 2 * PAGE):
            mprotect(ctypes.c_void_p(page), ctypes.c_size_t(PAGE), WRITABLE)
    rehearse(shell)
    pages = []
    for start, end, copied in list_copied(mapped):
        if copied:
            pages += range(start, end, PAGE)
    return struct.pack(f"{len(pages)}Q", *pages)


def list_memory():
    """Returns start and end of the private memory that threads have not as their
    stacks, which begin after a page that nobody may touch."""
    memory, guard = [], None
    for start, end, access, name in list_mappings():
        if access == "rw-p" and name in ("", "[heap]") and guard != start:
            memory.append((start, end))
        guard = end if access == "---p" else None
    return memory


def list_mappings():
    """Returns start, end, access and name of each mapping of this process."""
    mappings = []
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        for line in file.read().splitlines():
            place, access, _, _, _, *name = line.split(None, 5)
            start, end = place.split("-")
            mappings.append((int(start, 16), int(end, 16), access, name[0] if name else ""))
    return mappings


def list_copied(mapped):
    """Yields start and end of each mapping of the file, and how many kilobytes of it
    have been copied."""
    with open("/proc/self/smaps", encoding="utf-8", errors="replace") as file:
        for line in file:
            word, *rest = line.split()
            if word == "Anonymous:" and name == [mapped]:
                yield start, end, int(rest[0])
            elif "-" in word:
                start, end = (int(n, 16) for n in word.split("-"))
                name = rest[4:]


def split(memory, keep):
    """Returns address and size of the pieces of memory between the pages to keep. They
    descend, while their places in the file ascend, so that no two become one mapping."""
    pieces = []
    for start, end in memory:
        piece = start
        for page in range(start, end + PAGE, PAGE):
            if page == end or page in keep or page % PIECE == 0:
                if page - piece >= SHORTEST:
                    pieces.append((piece, page - piece))
                piece = page + PAGE if page in keep else page
    return pieces[::-1]


def move(pieces, written, mapped, access):
    """Moves pieces of memory into a new file, and returns its size."""
    writer = os.open(written, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        # gVisor remembers the size that the file has when it is first opened.
        os.ftruncate(writer, sum(size for _, size in pieces))
        reader = os.open(mapped, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = call_move(pieces, writer, reader, access)
        finally:
            os.close(reader)
        os.ftruncate(writer, size)
        return size
    finally:
        os.close(writer)


def call_move(pieces, writer, reader, access):
    table = struct.pack(f"{2 * len(pieces) + 2}Q", *(number for piece in pieces for number in piece), 0, 0)
    program = MOVE[platform.machine()]
    with mmap.mmap(-1, len(table)) as data, mmap.mmap(-1, len(program)) as text:
        data.write(table)
        text.write(program)
        at, entry = (ctypes.c_char.from_buffer(m) for m in (data, text))
        try:
            ctypes.CDLL(None).mprotect(ctypes.byref(entry), ctypes.c_size_t(PAGE), mmap.PROT_READ | mmap.PROT_EXEC)
            function = ctypes.PYFUNCTYPE(ctypes.c_size_t, ctypes.c_void_p, ctypes.c_long, ctypes.c_long, ctypes.c_long)
            return function(ctypes.addressof(entry))(ctypes.addressof(at), writer, reader, access)
        finally:
            del at, entry
