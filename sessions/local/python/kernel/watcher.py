"""The thread that sends output and receives interrupts while an execution takes its time."""

from .pristine import __builtins__, os, select, time

import threading

from .pipe import PIPE_SIZE

STREAM_AFTER = 0.01  # seconds until output is sent before the code has ended
COALESCE = 0.02  # seconds between two reads of a slow stream
BUSY = 32 << 10  # bytes of one read after which the next follows at once


class Watcher(threading.Thread):
    """The kernel's thread beside the main one (and the relay's). It sleeps unless an
    execution takes longer than STREAM_AFTER; then it sends output as it comes
    and receives interrupts. It also empties the pipes that children of earlier
    executions still hold, and receives requests while the main thread runs the event
    loop between executions."""

    relay = None  # takes the frames of streams

    def __init__(self, wire, interrupts, late, fail):
        super().__init__(daemon=True, name="kernel")
        self.wire = wire
        self.interrupts = interrupts
        self.late = late  # what children of earlier executions write
        self.fail = fail  # ends the process over an error of the kernel
        # Guards current, watching, orphans and the pipes, and wire.buffer while current or
        # request_came is set.
        self.lock = threading.Lock()
        self.current = None  # the run under way
        self.watching = False
        self.request_came = None  # is called when a request comes between executions
        self.orphans = {}  # pipes of earlier executions by reader
        self.open_epoll()
        self.open_timer()

    def open_epoll(self):
        epoll = select.epoll(flags=select.EPOLL_CLOEXEC)
        self.epoll_fd = self.wire.hide(epoll.fileno())
        epoll.close()
        self.epoll = select.epoll.fromfd(self.epoll_fd)

    def open_timer(self):
        self.timer = -1
        if hasattr(os, "timerfd_create"):
            flags = os.TFD_NONBLOCK | os.TFD_CLOEXEC
            self.timer = self.wire.hide(os.timerfd_create(time.CLOCK_MONOTONIC, flags=flags), close=True)
            self.epoll.register(self.timer, select.EPOLLIN)

    def begin(self, run):
        """Watches a run once it has taken a while."""
        self.current = run
        if self.timer >= 0:
            os.timerfd_settime(self.timer, initial=STREAM_AFTER)
        else:
            with self.lock:
                self.watch(run)

    def end(self):
        """Ends begin. Called with the lock held."""
        run, self.current = self.current, None
        if self.watching:
            self.watching = False
            for fd in (*run.readers, self.wire.inbound):
                self.forget(fd)
        elif self.timer >= 0:
            os.timerfd_settime(self.timer, initial=0)

    def begin_between(self, request_came):
        """Receives requests until end_between. request_came is called for each, and may
        be called once more than there are."""
        with self.lock:
            self.request_came = request_came
            self.epoll.register(self.wire.inbound, select.EPOLLIN)
            self.sort_requests()

    def end_between(self):
        with self.lock:
            self.request_came = None
            self.forget(self.wire.inbound)

    def send(self, *readers):
        """Sends what is in pipes of the run under way, from any thread."""
        if not self.lock.acquire(timeout=1):
            return  # a handler or a finalizer that writes while this thread sends
        try:
            if self.current is not None:
                for reader in readers:
                    self.current.pump(reader, PIPE_SIZE)
                self.current.last = None
        finally:
            self.lock.release()

    def watch(self, run):
        self.watching = True
        for fd in (*run.readers, self.wire.inbound):
            self.epoll.register(fd, select.EPOLLIN)
        self.receive_interrupts(run)

    def forget(self, fd):
        try:
            self.epoll.unregister(fd)
        except (OSError, ValueError):
            pass  # it was forgotten before

    def adopt(self, pipe):
        """Takes over a pipe whose execution is over."""
        if pipe.closed():
            os.close(pipe.reader)
            return
        with self.lock:
            self.orphans[pipe.reader] = pipe
            self.epoll.register(pipe.reader, select.EPOLLIN)

    def run(self):
        pause = time.sleep
        while True:
            try:
                events = self.epoll.poll(None if self.idle() else COALESCE)
                with self.lock:
                    busy = self.handle([fd for fd, _ in events])
                    if self.current is not None:
                        self.current.pump_blocks()
            except BaseException as e:
                self.fail(e)
            if not busy:
                pause(COALESCE)

    def idle(self):
        """Reports whether nothing is collected that has to be sent after a while."""
        run = self.current
        return run is None or not run.collecting()

    def handle(self, ready):
        """Handles descriptors that can be read. Returns whether a pipe was so full
        that it should be read again at once."""
        run, busy = self.current, False
        for fd in run.in_order(ready) if run else ready:
            if fd == self.timer:
                busy |= self.handle_timer(run)
            elif fd in self.orphans:
                self.empty_orphan(fd)
            elif run and fd == self.wire.inbound:
                busy |= self.receive_interrupts(run)
            elif self.request_came is not None and fd == self.wire.inbound:
                busy |= self.receive_requests()
            elif run and fd in run.readers:
                busy |= self.pump(run, fd)
        return busy

    def handle_timer(self, run):
        try:
            os.read(self.timer, 8)
        except BlockingIOError:
            return False
        if not run or self.watching:
            return False
        self.watch(run)
        return True

    def pump(self, run, reader):
        sent = run.pump(reader)
        if not sent and run.at_end(reader):
            self.forget(reader)
        return sent >= BUSY

    def empty_orphan(self, reader):
        try:
            data = os.read(reader, PIPE_SIZE)
        except BlockingIOError:
            return
        self.late.add(self.orphans[reader].origin, data)
        if not data:
            self.forget(reader)
            os.close(reader)
            del self.orphans[reader]

    def receive_interrupts(self, run):
        """Acts on the frames that have come while code runs. Returns whether some are
        likely to follow at once: those of streams."""
        busy = False
        poll = select.poll()
        poll.register(self.wire.inbound, select.POLLIN)
        if poll.poll(0):
            self.wire.fill_buffer()
            busy = self.relay is not None and not self.relay.is_idle()
        while received := self.wire.next_frame():
            header, payload = received
            if header.get("type") == "interrupt" and header.get("seq") == run.seq:
                self.interrupts.send(run)
            elif self.relay and header.get("type") in self.relay.kinds:
                self.relay.receive(header, payload)
        return busy

    def receive_requests(self):
        """Receives the frames that have come between executions. Returns what
        receive_interrupts does."""
        self.wire.fill_buffer()
        busy = self.relay is not None and not self.relay.is_idle()
        self.sort_requests()
        return busy

    def sort_requests(self):
        """Acts on frames that were received between executions. An interrupt is for a
        request that the main thread has not taken: what it runs keeps it from that."""
        while received := self.wire.next_frame():
            kind = received[0].get("type")
            if kind == "interrupt":
                self.interrupts.send_to_loop()
            elif self.relay and kind in self.relay.kinds:
                self.relay.receive(*received)
            else:
                self.wire.received.append(received)
        if self.wire.received:
            self.request_came()
