"""SessionsBashTool and SessionsBashBackend of langchain-azure-dynamic-sessions
against a pool: LangChain's tool for shell commands, and the sandbox of deepagents."""

import base64
import json
import os
import sys

import requests
from langchain_azure_dynamic_sessions import SessionsBashTool
from langchain_azure_dynamic_sessions.backends.sessions import SessionsBashBackend

NAME = sys.argv[1]  # of a file in the working directory
TOKEN = os.environ["POOL_TOKEN"]


def main():
    tool = SessionsBashTool(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        access_token_provider=lambda: TOKEN,
    )
    answers = {
        "executed": json.loads(tool.invoke("echo hello; echo oops >&2")),
        "fenced": json.loads(tool.invoke("```bash\necho fenced\n```")),
        "failed": json.loads(tool.invoke("exit 3")),
        "unknown": json.loads(tool.invoke("no-such-program"))["exitCode"],
        "long": len(json.loads(tool.invoke("yes | head -c 10000"))["stdout"]),
    }
    uploaded = tool.upload_file(local_file_path=NAME)
    answers["uploaded"] = [uploaded.filename, uploaded.size_in_bytes]
    answers["seen"] = json.loads(tool.invoke(f"cp '/mnt/data/{NAME}' copy.bin && wc -c < copy.bin"))["stdout"]
    answers["listed"] = [[f.filename, f.size_in_bytes] for f in tool.list_files()]
    answers["downloaded"] = base64.b64encode(tool.download_file(remote_file_path="copy.bin").read()).decode()
    answers["missing"] = refusal(lambda: tool.download_file(remote_file_path="missing.txt"))
    answers["sandbox"] = sandbox(tool.session_id)
    print(json.dumps(answers))


def sandbox(session):
    """What an agent of deepagents does with the files of its sandbox."""
    backend = SessionsBashBackend(os.environ["POOL_ENDPOINT"], session_id=session, access_token_provider=lambda: TOKEN)
    path = "/mnt/data/project/notes.txt"
    ran = backend.execute("echo out; echo err >&2; exit 4")
    written = backend.write(path, "alpha\nbeta\n" * 10_000)  # longer than one word of a command may be
    again = backend.write(path, "x")
    small = "/mnt/data/project/small.txt"
    backend.write(small, "alpha\nbeta\n")
    edited = backend.edit(small, "beta", "gamma")
    sent = backend.upload_files([("/mnt/data/sent.txt", b"sent")])
    fetched = backend.download_files(["/mnt/data/sent.txt", "/mnt/data/none.txt"])
    return {
        "ran": [ran.output, ran.exit_code, ran.truncated],
        "written": [written.error, again.error is not None],
        "size": backend.execute(f"wc -c < {path}").output,
        "edited": [edited.error, edited.occurrences],
        "read": backend.read(small),
        "listed": sorted(item["path"] for item in backend.ls_info("/mnt/data/project")),
        "found": sorted(item["path"] for item in backend.glob_info("*.txt", "/mnt/data/project")),
        "sent": [sent[0].error, fetched[0].content.decode(), fetched[1].error],
    }


def refusal(call):
    try:
        call()
    except requests.HTTPError as error:
        return error.response.status_code
    return None


main()
