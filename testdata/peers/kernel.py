"""A bare IPython kernel through jupyter_client: the reference without any server.

This module runs in the environment that requirements-jupyter.txt describes.
"""

import subprocess
import threading
import time

from jupyter_client.manager import KernelManager

from mcp_client import Answer, Failed


class Kernel:
    """A kernel process, with the methods of mcp_client.Conversation.

    Each thread that calls has a client of its own, because a client's sockets
    belong to one thread.
    """

    def __init__(self, env, cwd, timeout=60):
        self._manager = KernelManager(kernel_name="python3")
        self._manager.start_kernel(env=env, cwd=cwd, stderr=subprocess.DEVNULL)
        self._timeout = timeout
        self._local = threading.local()
        self._lock = threading.Lock()
        self._clients = []
        try:
            self._client()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self):
        return self._manager.provisioner.pid

    def call(self, code):
        """Runs code and returns its Answer."""
        client = self._client()
        content, error = [], False
        request = client.execute(code)
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                message = client.get_iopub_msg(timeout=max(0.01, deadline - time.monotonic()))
            except Exception as err:
                raise Failed(f"the kernel did not answer: {err!r}") from None
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, body = message["msg_type"], message["content"]
            if kind == "status" and body["execution_state"] == "idle":
                break
            if kind == "stream":
                content.append({"type": "text", "text": body["text"]})
            elif kind in ("execute_result", "display_data"):
                content.extend(_blocks(body["data"]))
            elif kind == "error":
                error = True
                content.append({"type": "text", "text": body["evalue"]})
        return Answer({"content": content, "isError": error})

    def close(self):
        """Ends the kernel."""
        for client in self._clients:
            client.stop_channels()
        self._manager.shutdown_kernel(now=True)
        self._manager.cleanup_resources()

    def _client(self):
        client = getattr(self._local, "client", None)
        if client is None:
            client = self._manager.blocking_client()
            client.start_channels()
            with self._lock:
                self._clients.append(client)
            client.wait_for_ready(timeout=self._timeout)
            self._local.client = client
        return client


def _blocks(data):
    if "image/png" in data:
        return [{"type": "image", "data": data["image/png"]}]
    return [{"type": "text", "text": data.get("text/plain", "")}]
