"""The protocol between host and kernel, and the descriptors that carry it.

The kernel reads frames from descriptor 0, writes frames to descriptor 1 and
writes diagnostics to descriptor 2. It moves all three to private numbers first;
code in the session sees /dev/null on 0 and the kernel's pipes on 1 and 2.

A frame is

     0        4        8          8+h           8+h+p
     +--------+--------+-----------+-------------+
     | h      | p      | header    | payload     |
     +--------+--------+-----------+-------------+
       uint32   uint32   JSON        bytes           (big-endian)

and a conversation is

    host                                kernel
      | hello {environment} + PEM         |
      |---------------------------------->|  also after a restore: new random seeds,
      |               ready {protocol, …} |  working directory back to DIR; with resume
      |                                   |  neither, with reseed too new random seeds;
      |                                   |  see given
      |<----------------------------------|
      | execute {seq, run} + code         |
      |---------------------------------->|
      |  late_display {seq, run, parts}   |  what earlier executions showed since their
      |                        + bytes    |  end, and then what they wrote
      |<----------------------------------|  late {seq, run, total, left_out} + bytes
      |       stream {seq, name} + bytes  |  any number, also of
      |<----------------------------------|  display {seq, id, update, parts} + bytes
      |                                   |  and clear {seq, wait}: forget all of it
      | interrupt {seq}                   |
      |- - - - - - - - - - - - - - - - - >|  KeyboardInterrupt in the code; ignored
      |                                   |  unless seq is the one that runs
      |  result {seq, json, parts} + bytes|  the value of the last expression
      |      error {seq, sizes} + bytes   |  or the exception
      |  tail {seq, name} + bytes         |  the end of a stream that was cut
      |  done {seq, status, stdout, …}    |
      |<----------------------------------|
      | command {seq} + JSON              |
      |---------------------------------->|  runs a program; the answer is that of
      |                                   |  execute, without displays and a result
      | idle {seq, release}               |
      |---------------------------------->|  returns unused memory to the system
      |      idle_report {seq, idle, …}   |
      |<----------------------------------|
      | share {seq, written, mapped}      |
      |---------------------------------->|  moves the memory of a new interpreter to a
      |       shared {seq, size, reason}  |  file, which is named twice: see heap
      |<----------------------------------|
      | end of input                      |
      |---------------------------------->|  the process ends

DIR is the session's folder. parts is a list of [MIME type, size]; the payload
holds the parts one after the other. In result, json is the size of the JSON
value that precedes them. sizes are those of the exception's name and message;
the rest of the payload is the traceback. status is "ok", "error" or
"interrupted"; the field interrupted says whether an interrupt arrived while the
code ran, which may have caught it. Each interrupt of an execution raises
KeyboardInterrupt again.

run is the number by which people know an execution, or 0. late has the end of what
threads, tasks and children of one wrote when it had ended, of total bytes, and how many
displays before those of late_display there were; it comes at the beginning of an execution
and before its last frames.

idle is true if no thread, task, process or timer of the code is left that would stop
working when the host stops the session's processes; tasks is true if a task of asyncio
is; cpu is the processor time in ns that the process has used since it finished the
previous request. With release the kernel lets go of the user's files until the next
request: the session is about to fall asleep.

The payload of command is {"shell": line} or {"args": [program, argument, …]},
each with "stdin". In done, exit is the program's exit status, and stdout and
stderr are [bytes written, path of the file with all of them below DIR or "",
line ends written]. contents says what the code has in its namespace: named is a list
of [name, type, [size, …]], and more how many others there are.

The frames of both streams, of displays and clear are in the order in which the
code wrote, displayed and cleared. An empty stream frame tells the place of what
is not sent. With wait, clear takes effect before the next of them.
"""

from .pristine import __builtins__, fcntl, os, pack, parse, select, unpack

import resource
import threading

from .text import utf8

PROTOCOL = 1
MAX_FRAME = 64 << 10  # payload of a stream frame
MAX_DISPLAY = 48 << 20  # payload of a display or result frame


def frame(header, payload=b""):
    """Returns a frame with a header, which is JSON already."""
    head = header.encode("ascii")
    return b"".join((pack(len(head), len(payload)), head, payload))


class Wire:
    """The descriptors that lead to the host."""

    def __init__(self):
        self.base = lowest_private()
        self.inbound = self.hide(0)
        self.outbound = self.hide(1)
        self.diagnostics = self.hide(2)
        self.null = self.hide(os.open("/dev/null", os.O_RDWR), close=True)
        self.restore_standard()
        self.buffer = bytearray()
        self.received = []  # frames that the watcher has received for the main thread
        self.lock = threading.Lock()  # guards outbound

    def hide(self, fd, close=False):
        """Copies fd to a high number, out of the way of code that closes or
        writes to low ones, and returns that. close also closes the original."""
        try:
            return fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self.base)
        finally:
            if close:
                os.close(fd)

    def restore_standard(self):
        """Puts /dev/null on descriptors 0, 1 and 2."""
        for fd in (0, 1, 2):
            os.dup2(self.null, fd)

    def report(self, text):
        """Writes a line to the diagnostics."""
        os.write(self.diagnostics, utf8(text))

    def send(self, *frames):
        """Writes frames to the host, with no other thread's between them."""
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        with self.lock:
            n = os.write(self.outbound, data)
            if n < len(data):
                rest = memoryview(data)[n:]
                while rest:
                    rest = rest[os.write(self.outbound, rest):]

    def receive(self):
        """Waits for the next frame and returns its header and payload."""
        while True:
            received = self.received.pop(0) if self.received else self.next_frame()
            if received:
                return received
            self.fill_buffer()

    def has_input(self, seconds):
        """Waits so long for something to receive, and reports whether there is."""
        if self.buffer or self.received:
            return True
        poll = select.poll()  # select takes no number as high as this one
        poll.register(self.inbound, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def fill_buffer(self):
        """Reads what has arrived. The process ends when its input does."""
        data = os.read(self.inbound, MAX_FRAME)  # small enough to be allocated on the heap
        if not data:
            os._exit(0)
        self.buffer += data

    def next_frame(self):
        """Removes the next complete frame from the buffer and returns its header
        and payload, or returns None."""
        buffer = self.buffer
        if len(buffer) < 8:
            return None
        h, p = unpack(buffer)
        end = 8 + h + p
        if len(buffer) < end:
            return None
        header, _ = parse(buffer[8:8 + h].decode(), 0)
        payload = bytes(buffer[8 + h:end])
        del buffer[:end]
        return header, payload


def lowest_private():
    """Returns the lowest number for private descriptors: near the limit of open
    files, which code seldom reaches, but not above 4096."""
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return max(64, min(soft if soft > 0 else 4096, 4096) - 128)
