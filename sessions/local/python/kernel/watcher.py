"""The thread that looks after an execution that takes its time."""

from .pristine import __builtins__, os, select, time

import signal
import threading

from .pipe import PIPE_SIZE

STREAM_AFTER = 0.01  # seconds until output is sent before the code has ended
COALESCE = 0.02  # seconds between two readings of a slow stream


class Watcher(threading.Thread):
    """The one thread beside the main one. It sleeps unless an execution takes
    longer than STREAM_AFTER; then it sends output as it comes and waits for
    interrupts. It also empties the pipes that children of earlier executions
    still hold."""

    def __init__(self, kernel):
        super().__init__(daemon=True, name="kernel")
        self.kernel = kernel
        self.lock = threading.Lock()  # guards run, watching, orphans, the pipes and wire.buffer while run is set
        self.run_now = None
        self.watching = False
        self.orphans = {}
        private = kernel.wire.private
        self.epoll = select.epoll(flags=select.EPOLL_CLOEXEC)
        self.epoll_fd = private(self.epoll.fileno())
        self.epoll.close()
        self.epoll = select.epoll.fromfd(self.epoll_fd)
        self.timer = -1
        if hasattr(os, "timerfd_create"):
            flags = os.TFD_NONBLOCK | os.TFD_CLOEXEC
            self.timer = private(os.timerfd_create(time.CLOCK_MONOTONIC, flags=flags), close=True)
            self.epoll.register(self.timer, select.EPOLLIN)

    def begin(self, run):
        self.run_now = run
        if self.timer >= 0:
            os.timerfd_settime(self.timer, initial=STREAM_AFTER)
        else:
            with self.lock:
                self.watch(run)

    def end(self):
        """Called with the lock held."""
        run, self.run_now = self.run_now, None
        if self.watching:
            self.watching = False
            for fd in (run.out.read, run.err.read, self.kernel.wire.inbound):
                self.forget(fd)
        elif self.timer >= 0:
            os.timerfd_settime(self.timer, initial=0)

    def watch(self, run):
        self.watching = True
        for fd in (run.out.read, run.err.read, self.kernel.wire.inbound):
            self.epoll.register(fd, select.EPOLLIN)
        self.interrupts(run)

    def forget(self, fd):
        try:
            self.epoll.unregister(fd)
        except (OSError, ValueError):
            pass

    def adopt(self, pipe):
        """Takes a pipe whose execution is over."""
        poll = select.poll()
        poll.register(pipe.read, 0)
        if poll.poll(0):  # without asking for more: POLLHUP or POLLERR
            os.close(pipe.read)
            return
        with self.lock:
            self.orphans[pipe.read] = pipe
            self.epoll.register(pipe.read, select.EPOLLIN)

    def run(self):
        pause = time.sleep
        while True:
            try:
                events = self.epoll.poll()
                with self.lock:
                    busy = self.handle([fd for fd, _ in events])
            except BaseException as e:
                self.kernel.fail(e)
            if not busy:
                pause(COALESCE)

    def handle(self, ready):
        """Returns whether a pipe was so full that it should be read again at once."""
        run, busy = self.run_now, False
        for fd in ready:
            if fd == self.timer:
                try:
                    os.read(fd, 8)
                except BlockingIOError:
                    continue
                if run and not self.watching:
                    self.watch(run)
                    busy = True
            elif fd in self.orphans:
                self.discard(fd)
            elif run and fd == self.kernel.wire.inbound:
                self.interrupts(run)
            elif run and fd in (run.out.read, run.err.read):
                busy |= run.pump(fd) >= (32 << 10)
        return busy

    def discard(self, fd):
        try:
            gone = os.read(fd, PIPE_SIZE) == b""
        except BlockingIOError:
            return
        if gone:
            self.forget(fd)
            os.close(fd)
            del self.orphans[fd]

    def interrupts(self, run):
        """Acts on the frames that have come while code runs."""
        wire = self.kernel.wire
        poll = select.poll()
        poll.register(wire.inbound, select.POLLIN)
        if poll.poll(0):
            wire.fill()
        while True:
            got = wire.take()
            if not got:
                return
            header, _ = got
            if header.get("type") == "interrupt" and header.get("seq") == run.seq:
                run.interrupted = True
                run.reached |= self.kernel.interrupts.allowed
                signal.pthread_kill(self.kernel.threads.main, signal.SIGINT)
