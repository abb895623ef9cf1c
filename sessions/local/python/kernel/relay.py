"""Connections from the sandbox's loopback to the host: the sandbox has no network.

The relay takes connections at a port of 127.0.0.1, from all programs of the session,
and passes on what comes in them as frames, which the host answers as a proxy would:

    host                                kernel
      |                         open {id}|  a connection was made
      |<---------------------------------|
      |          data {id} + bytes, both ways; at most a window that the
      |<-------------------------------->|  other end has not used
      |       credit {id, n}, both ways  |  n bytes were used
      |<-------------------------------->|
      |          eof {id}, both ways     |  nothing more is written
      |<-------------------------------->|
      |          close {id}, both ways   |  neither read nor written any more
      |<-------------------------------->|

Whoever receives frames, the main thread between executions or the watcher, hands them
to receive; the relay's own thread does all else. It uses no module that code replaces.
"""

from .pristine import __builtins__, os, select

import errno
import threading
from _socket import AF_INET, SHUT_WR, SO_REUSEADDR, SOCK_CLOEXEC, SOCK_STREAM, SOL_SOCKET, socket

from .frames import frame

HOST = "127.0.0.1"
WINDOW = 256 << 10  # as the host has it
CHUNK = 64 << 10
MAX_STREAMS = 32
KINDS = frozenset(("data", "eof", "close", "credit"))


class Stream:
    """A connection of the session's code."""

    def __init__(self, number, sock):
        self.id = number
        self.sock = sock
        self.fd = sock.fileno()
        self.credit = WINDOW  # bytes that may be sent to the host
        self.pending = bytearray()  # what the code has not taken yet
        self.used = 0  # bytes that it took, for which no credit was given yet
        self.at_end = False  # the code writes nothing more
        self.ending = False  # the host writes nothing more
        self.closing = False  # nor reads, once pending is written
        self.events = 0


class Relay(threading.Thread):
    """The thread that takes connections. close_in_child must be called in forks."""

    kinds = KINDS

    def __init__(self, wire, port, fail):
        super().__init__(daemon=True, name="relay")
        self.wire = wire
        self.fail = fail
        self.lock = threading.RLock()  # guards all below
        self.streams = {}  # by id
        self.by_fd = {}
        self.last = 0
        self.full = False  # no more connections are taken
        listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(64)
        self.listener = self.hidden(listener.detach())
        epoll = select.epoll(flags=select.EPOLL_CLOEXEC)
        self.epoll_fd = wire.hide(epoll.fileno())
        epoll.close()
        self.epoll = select.epoll.fromfd(self.epoll_fd)
        self.epoll.register(self.listener.fileno(), select.EPOLLIN)

    def hidden(self, fd):
        """Returns a socket for a descriptor, under a number that code does not close."""
        sock = socket(fileno=self.wire.hide(fd, close=True))
        sock.setblocking(False)
        return sock

    def descriptors(self):
        return self.listener.fileno(), self.epoll_fd

    def close_in_child(self):
        """Gives up the connections in a forked child, which are the parent's."""
        for stream in self.streams.values():
            try:
                os.close(stream.fd)
            except OSError:
                pass
        self.streams, self.by_fd, self.lock = {}, {}, threading.RLock()

    def is_idle(self):
        return not self.streams

    def run(self):
        while True:
            try:
                events = self.epoll.poll()
                for fd, what in events:
                    with self.lock:
                        self.handle(fd, what)
            except BaseException as e:
                self.fail(e)

    def handle(self, fd, what):
        if fd == self.listener.fileno():
            self.accept()
            return
        stream = self.by_fd.get(fd)
        if stream is None:
            return
        if what & select.EPOLLOUT:
            self.write(stream)
        if stream.id in self.streams and what & (select.EPOLLIN | select.EPOLLHUP | select.EPOLLERR):
            self.read(stream, what)

    def accept(self):
        try:
            fd, _ = self.listener._accept()
        except OSError:
            return
        self.last += 1
        stream = Stream(self.last, self.hidden(fd))
        self.streams[stream.id] = self.by_fd[stream.fd] = stream
        self.send("open", stream)
        self.watch(stream)
        if len(self.streams) >= MAX_STREAMS:
            self.full = True
            self.epoll.modify(self.listener.fileno(), 0)

    def watch(self, stream):
        """Waits for what can be done with a connection."""
        wanted = 0
        if stream.credit > 0 and not stream.at_end and not stream.closing:
            wanted |= select.EPOLLIN
        if stream.pending:
            wanted |= select.EPOLLOUT
        if wanted != stream.events:
            if not stream.events:
                self.epoll.register(stream.fd, wanted)
            elif wanted:
                self.epoll.modify(stream.fd, wanted)
            else:
                self.epoll.unregister(stream.fd)
            stream.events = wanted

    def read(self, stream, what):
        if stream.at_end or stream.credit <= 0 or stream.closing:
            if what & (select.EPOLLHUP | select.EPOLLERR):
                self.close(stream, tell=True)
            return
        try:
            data = stream.sock.recv(min(CHUNK, stream.credit))
        except OSError as e:
            if e.errno not in (errno.EAGAIN, errno.EINTR):
                self.close(stream, tell=True)
            return
        if data:
            stream.credit -= len(data)
            self.send("data", stream, data)
        else:
            stream.at_end = True
            self.send("eof", stream)
        self.watch(stream)

    def write(self, stream):
        """Writes what the code takes, and gives the host credit for that."""
        try:
            while stream.pending:
                n = stream.sock.send(stream.pending)
                del stream.pending[:n]
                stream.used += n
        except OSError as e:
            if e.errno not in (errno.EAGAIN, errno.EINTR):
                self.close(stream, tell=True)
                return
        if stream.closing:
            if not stream.pending:
                self.close(stream)
                return
        elif stream.used >= WINDOW // 4:
            self.send("credit", stream, n=stream.used)
            stream.used = 0
        if stream.ending and not stream.pending:
            self.shut(stream)
        self.watch(stream)

    def shut(self, stream):
        stream.ending = False
        try:
            stream.sock.shutdown(SHUT_WR)
        except OSError:
            pass

    def send(self, kind, stream, data=b"", n=None):
        more = "" if n is None else f',"n":{n}'
        self.wire.send(frame(f'{{"type":"{kind}","id":{stream.id}{more}}}', data))

    def close(self, stream, tell=False):
        if self.streams.pop(stream.id, None) is None:
            return
        del self.by_fd[stream.fd]
        if stream.events:
            self.epoll.unregister(stream.fd)
        stream.sock.close()
        if tell:
            self.send("close", stream)
        if self.full:
            self.full = False
            self.epoll.modify(self.listener.fileno(), select.EPOLLIN)

    def receive(self, header, payload):
        """Acts on a frame of the host."""
        with self.lock:
            stream = self.streams.get(header.get("id"))
            if stream is None:
                return  # the code has closed it meanwhile
            kind = header["type"]
            if kind == "data":
                stream.pending += payload
                self.write(stream)
            elif kind == "credit":
                stream.credit += header["n"]
                self.watch(stream)
            elif kind == "eof":
                stream.ending = True
                self.write(stream)
            elif kind == "close":
                stream.closing = True
                self.write(stream)

    def reset(self):
        """Ends all connections: those of the host are gone while a session slept."""
        with self.lock:
            for stream in list(self.streams.values()):
                self.close(stream)
