"""SessionsPythonREPLTool of langchain-azure-dynamic-sessions against a pool."""

import base64
import json
import os
import sys
import time

import requests
from langchain_azure_dynamic_sessions import SessionsPythonREPLTool

NAME = sys.argv[1]  # of a file in the working directory


def main():
    token = os.environ["POOL_TOKEN"]
    tool = SessionsPythonREPLTool(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        access_token_provider=lambda: token,
    )
    answers = {
        "executed": json.loads(tool.invoke("print('hello')\n6 * 7")),
        "fenced": json.loads(tool.invoke("```python\nx = 20\n```")),
        "kept": json.loads(tool.invoke("x + 1")),
        "text": json.loads(tool.invoke("'ä' * 3")),
        "none": json.loads(tool.invoke("None")),
        "raised": json.loads(tool.invoke("1 / 0")),
    }
    # A call by a model: the text is for it, the artifact has the picture.
    message = tool.invoke({
        "type": "tool_call", "id": "1", "name": tool.name,
        "args": {"python_code": "import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()"},
    })
    answers["shown"] = json.loads(message.content)["result"]
    answers["image"] = message.artifact["result"]["base64_data"]

    uploaded = tool.upload_file(local_file_path=NAME)
    answers["uploaded"] = [uploaded.filename, uploaded.size_in_bytes, uploaded.full_path]
    with open(NAME, "rb") as data:
        tool.upload_file(data=data, remote_file_path="copy.bin")
    answers["seen"] = json.loads(tool.invoke("open('/mnt/data/copy.bin', 'rb').read(4)"))["result"]
    answers["listed"] = [[f.filename, f.size_in_bytes] for f in tool.list_files()]
    answers["downloaded"] = base64.b64encode(tool.download_file(remote_file_path=NAME).read()).decode()
    answers["missing"] = refusal(lambda: tool.download_file(remote_file_path="missing.txt"))
    answers["deleted"] = deleted(tool)
    print(json.dumps(answers))


def deleted(tool):
    """Whether the session is a new one, without the files, after its deletion."""
    session = tool.session_id
    tool.delete_session()  # in a thread of the tool's own; it takes another session
    tool.session_id = session
    end = time.monotonic() + 10
    while tool.list_files():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return "NameError" in json.loads(tool.invoke("x"))["stderr"]


def refusal(call):
    try:
        call()
    except requests.HTTPError as error:
        return error.response.status_code
    return None


main()
