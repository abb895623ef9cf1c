"""The peers: how a session of each is started, and how it is asked to run code."""

import json
import os
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import install
import memory
from mcp_client import Conversation, Failed

HOST = "127.0.0.1"


class Session:
    """A new conversation with a peer, in processes of its own."""

    def __init__(self, peer):
        self._run = peer.ask
        self._conversation = peer.start()
        self.close = self._conversation.close
        self.roots = [self._conversation.pid]

    def run(self, code):
        """Runs code and returns the Answer."""
        return self._run(self._conversation, code)

    def memory(self):
        """Returns the bytes that the session's processes cost."""
        return memory.cost(memory.tree(self.roots))


class Server:
    """A peer that speaks MCP over stdio: one process per conversation."""

    expression = "6 * 7"
    note = ""

    def __init__(self, name, command, tool, argument, place, env=None, **more):
        self.name, self.command, self.place = name, [str(c) for c in command], place
        self.tool, self.argument = tool, argument
        self.env = dict(place.env, **(env or {}))
        self.arguments = more.pop("arguments", {})
        self.__dict__.update(more)

    def open(self):
        return Session(self)

    def start(self):
        return Conversation(self.command, self.env, str(self.place.work))

    def ask(self, conversation, code):
        return conversation.call(self.tool, dict(self.arguments, **{self.argument: code}))

    def tidy(self):
        """Ends what closed conversations have left behind."""

    def close(self):
        """Ends what the peer's conversations share."""


class BareKernel(Server):
    """ipykernel through jupyter_client, without a server in between."""

    def __init__(self, name, place, **more):
        super().__init__(name, [], "", "", place, **more)

    def start(self):
        from kernel import Kernel  # needs the environment variables of place
        return Kernel(self.env, str(self.place.work))

    def ask(self, conversation, code):
        return conversation.call(code)


class JupyterSession(Session):
    """A conversation whose kernel is a child of the Jupyter server they share."""

    def memory(self):
        kernel = int(self.run("import os; print(os.getpid())").text)
        return memory.cost(memory.tree(self.roots + [kernel]))


class Jupyter(Server):
    """jupyter-mcp-server, with one Jupyter server on loopback behind all its conversations."""

    def __init__(self, name, python, place, **more):
        self._token = secrets.token_hex(16)
        with socket.socket() as s:
            s.bind((HOST, 0))
            self._url = f"http://{HOST}:{s.getsockname()[1]}"
        super().__init__(
            name, [python.parent / "jupyter-mcp-server", "--transport", "stdio", "--jupyterlab", "False",
                   "--code-sandbox-url", self._url],
            "execute_code", "code", place, env={"CODE_SANDBOX_TOKEN": self._token}, **more)
        self._python, self._server = str(python), None

    def open(self):
        if self._server is None:
            self._start_server()
        return JupyterSession(self)

    def tidy(self):
        for kernel in self._api("GET", "kernels") if self._server else []:
            self._api("DELETE", f"kernels/{kernel['id']}")

    def close(self):
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(10)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()

    def _start_server(self):
        port = self._url.rpartition(":")[2]
        self._server = subprocess.Popen(
            [self._python, "-m", "jupyter_server", "--allow-root", f"--ServerApp.ip={HOST}",
             f"--ServerApp.port={port}", "--ServerApp.port_retries=0", "--ServerApp.open_browser=False",
             f"--ServerApp.root_dir={self.place.work}"],
            env=dict(self.place.env, JUPYTER_TOKEN=self._token), cwd=str(self.place.work), start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self._server.poll() is None:
            try:
                self._api("GET", "kernels")
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise Failed("the Jupyter server did not start")
        cost = memory.cost(memory.tree([self._server.pid])) / 1e6
        self.note += f" The Jupyter server that all sessions share is not counted; alone it costs {cost:.0f} MB."

    def _api(self, method, path):
        request = urllib.request.Request(
            f"{self._url}/api/{path}", method=method, headers={"Authorization": f"token {self._token}"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=30) as answer:
            return json.loads(answer.read() or b"null")


class Place:
    """Where the peers are installed and where they work: a home of their own, soon deleted."""

    def __init__(self, folder, work):
        self.folder, self.work = folder, work
        for name in ("home", "tmp", "runtime"):
            (work / name).mkdir(parents=True)
        self.env = {
            "PATH": os.pathsep.join([str(install.node(folder)), str(install.deno(folder)), "/usr/bin", "/bin"]),
            "HOME": str(work / "home"), "TMPDIR": str(work / "tmp"), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "JUPYTER_RUNTIME_DIR": str(work / "runtime"), "JUPYTER_NO_CONFIG": "1",
            "DENO_DIR": str(folder / "deno-cache"), "DENO_NO_UPDATE_CHECK": "1",
        }
        # jupyter_client, which runs in this process, writes its connection files there.
        os.environ["JUPYTER_RUNTIME_DIR"] = self.env["JUPYTER_RUNTIME_DIR"]

    def pinned(self, environment, package):
        wanted = package.replace("_", "-").lower() + "=="
        for line in (install.HERE / f"requirements-{environment}.txt").read_text().splitlines():
            if line.replace("_", "-").lower().startswith(wanted):
                return line.partition("==")[2]
        raise KeyError(package)

    def package(self, name):
        packages = json.loads((install.HERE / "package-lock.json").read_text())["packages"]
        return packages[f"node_modules/{name}"]["version"]


def ours(binary, cache_dir, place):
    """Returns the server under test; cache_dir is where it keeps its interpreter."""
    words = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout.split()
    return Server(
        f"**{words[0]}**", [binary, "serve", "--log-level", "error", "--cache-dir", cache_dir],
        "run_python", "code", place,
        note="The server, the process that starts its sandboxes, the gVisor sandbox, and any spare one that is ready.")


def peers(place):
    """Returns what ours is compared with."""
    folder = place.folder
    python = {name: folder / name / "bin" / "python" for name in install.ENVIRONMENTS}
    modules = folder / "node_modules"
    interpreter = python["interpreter"].parent
    return [
        BareKernel(f"ipykernel {place.pinned('jupyter', 'ipykernel')}", place,
                   note="The kernel alone, driven by jupyter_client in the measuring process: no server, no sandbox."),
        Jupyter(f"jupyter-mcp-server {place.pinned('jupyter', 'jupyter_mcp_server')}", python["jupyter"], place,
                note="The server and its kernel. No sandbox."),
        Server(f"mcp-python-interpreter {place.pinned('interpreter', 'mcp-python-interpreter')}",
               [interpreter / "mcp-python-interpreter", "--dir", place.work / "interpreter"],
               "run_python_code", "code", place,
               note="The code runs inside the server's own process. No sandbox."),
        Server(f"mcp-server-code-runner {place.package('mcp-server-code-runner')}",
               [install.node(folder) / "node", modules / "mcp-server-code-runner" / "dist" / "cli.js"],
               "run-code", "code", place, arguments={"languageId": "python"}, expression="print(6 * 7)",
               env={"PATH": os.pathsep.join([str(interpreter), place.env["PATH"]])},
               note="Each call starts a new Python, so an idle session is Node alone. No sandbox."),
        Server(f"Pyodide {place.package('pyodide')} on Deno {place.package('deno')}",
               [install.deno(folder) / "deno", "run", "--quiet", "--no-prompt", "--no-config", "--no-lock",
                f"--allow-read={folder}", folder / "pyodide_server.mjs"],
               "run", "code", place,
               note="A loop of ours around Pyodide, not a product. Its numpy, pandas and matplotlib are on a CDN,"
                    " not on npm."),
        Server(f"mcp-run-python {place.pinned('run-python', 'mcp-run-python')}",
               [python["run-python"].parent / "mcp-run-python", "stdio"],
               "run_python_code", "python_code", place, expression="6 * 7",
               note="Pyodide on Deno as Pydantic packages it. It downloads from jsr.io and a CDN when it starts."),
    ]


def clear(work):
    shutil.rmtree(work, ignore_errors=True)
