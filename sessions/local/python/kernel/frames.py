"""The conversation with the host, and the descriptors that it goes over.

Descriptor 0 brings frames from the host, descriptor 1 takes frames to it and
descriptor 2 takes diagnostics. All three are moved to private numbers at once;
what runs in the session sees /dev/null on 0 and pipes of the kernel on 1 and 2.

A frame is

     0        4        8          8+h           8+h+p
     +--------+--------+-----------+-------------+
     | h      | p      | header    | payload     |
     +--------+--------+-----------+-------------+
       uint32   uint32   JSON        bytes           (big-endian)

and a conversation is

    host                                kernel
      | hello                             |
      |---------------------------------->|  also after a restore: new random seeds,
      |               ready {protocol, …} |  working directory back to DIR
      |<----------------------------------|
      | execute {seq} + code              |
      |---------------------------------->|
      |       stream {seq, name} + bytes  |  any number, also of
      |<----------------------------------|  display {seq, id, update, parts} + bytes
      | interrupt {seq}                   |
      |- - - - - - - - - - - - - - - - - >|  KeyboardInterrupt in the code; ignored
      |                                   |  unless seq is the one that runs
      |  result {seq, json, parts} + bytes|  the value of the last expression
      |      error {seq, sizes} + bytes   |  or the exception
      |  tail {seq, name} + bytes         |  the end of a stream that was cut
      |  done {seq, status, stdout, …}    |
      |<----------------------------------|
      | command {seq} + JSON              |
      |---------------------------------->|  a program; then as after execute, without
      |                                   |  displays and results
      | rest {seq}                        |
      |---------------------------------->|  gives back what memory it can
      |         resting {seq, quiet, cpu} |
      |<----------------------------------|
      | end of input                      |
      |---------------------------------->|  the process ends

DIR is the session's folder. parts is a list of [MIME type, size]; the payload
holds the parts one after the other. In result, json is the size of the JSON
value that precedes them. sizes are those of the exception's name and text; the
rest of the payload is the traceback. status is "ok", "error" or "interrupted";
interrupted beside it says whether an interrupt came while the code ran, which
it may have caught. Every interrupt of the execution raises KeyboardInterrupt again.
quiet says that nothing is left running which the host would keep from its work
by stopping the processes; cpu is the processor time taken since the request
before was done with, in ns.
The payload of command is {"shell": line} or {"args": [program, argument, …]},
and in either case "stdin"; done has exit for it, the program's exit status.
A stream's entry in done is [bytes written, name of the file that holds them all
below DIR or ""].
"""

from .pristine import __builtins__, fcntl, os, pack, parse, unpack

import threading

PROTOCOL = 1
MAX_FRAME = 64 << 10  # payload of a stream frame
MAX_DISPLAY = 48 << 20  # payload of a display or result frame


def frame(header, payload=b""):
    head = header.encode("ascii")
    return b"".join((pack(len(head), len(payload)), head, payload))


class Wire:
    """The two descriptors to the host."""

    def __init__(self, base):
        self.base = base
        self.inbound = self.private(0)
        self.outbound = self.private(1)
        self.diagnostics = self.private(2)
        self.null = self.private(os.open("/dev/null", os.O_RDWR), close=True)
        for fd in (0, 1, 2):
            os.dup2(self.null, fd)
        self.buffer = bytearray()
        self.lock = threading.Lock()  # guards outbound

    def private(self, fd, close=False):
        """Moves fd to a high number, where code that closes or writes to
        the low ones does not meet it."""
        moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, self.base)
        if close:
            os.close(fd)
        return moved

    def send(self, *frames):
        data = frames[0] if len(frames) == 1 else b"".join(frames)
        with self.lock:
            n = os.write(self.outbound, data)
            if n < len(data):
                rest = memoryview(data)[n:]
                while rest:
                    rest = rest[os.write(self.outbound, rest):]

    def fill(self):
        """Reads what has come; the end of input is the end of the process."""
        data = os.read(self.inbound, MAX_FRAME)  # small enough to come from the heap
        if not data:
            os._exit(0)
        self.buffer += data

    def take(self):
        """Returns the next complete frame in the buffer, or None."""
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

    def receive(self):
        while True:
            got = self.take()
            if got:
                return got
            self.fill()
