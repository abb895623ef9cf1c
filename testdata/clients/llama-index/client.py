"""AzureCodeInterpreterToolSpec of llama-index against a pool."""

import base64
import json
import os
import pathlib
import sys
import time

import requests
from azure.core.credentials import AccessToken
from llama_index.tools.azure_code_interpreter import AzureCodeInterpreterToolSpec

NAME = sys.argv[1]  # of a file in the working directory


def main():
    pictures = pathlib.Path("pictures")
    pictures.mkdir()
    spec = AzureCodeInterpreterToolSpec(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        local_save_path=str(pictures),
    )
    # What its provider of tokens gives until five minutes before it expires.
    spec.access_token = AccessToken(os.environ["POOL_TOKEN"], int(time.time()) + 3600)

    # As an agent calls it for a model.
    tools = {tool.metadata.name: tool for tool in spec.to_tool_list()}
    executed = tools["code_interpreter"](python_code="print('hello')\n6 * 7").raw_output
    answers = {"executed": properties(executed)}
    spec.code_interpreter("```python\nx = 20\n```")
    answers["kept"] = properties(spec.code_interpreter("x + 1"))
    answers["text"] = properties(spec.code_interpreter("'ä' * 3"))
    answers["raised"] = properties(spec.code_interpreter("1 / 0"))
    # The picture goes to a file, and the model is told so.
    shown = spec.code_interpreter("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()")
    answers["shown"] = shown["properties"]["result"]
    [picture] = pictures.iterdir()
    answers["image"] = base64.b64encode(picture.read_bytes()).decode()

    answers["uploaded"] = [entry(f) for f in spec.upload_file(local_file_path=NAME)]
    answers["listed"] = [entry(f) for f in tools["list_files"]().raw_output]
    answers["downloaded"] = base64.b64encode(spec.download_file_to_local(f"/mnt/data/{NAME}").read()).decode()
    answers["missing"] = refusal(lambda: spec.download_file_to_local("missing.txt"))
    print(json.dumps(answers))


def properties(answer):
    return {key: answer["properties"][key] for key in ("status", "result", "stdout", "stderr")}


def entry(file):
    return [file.filename, file.size_in_bytes, file.file_full_path]


def refusal(call):
    try:
        call()
    except requests.HTTPError as error:
        return error.response.status_code
    return None


main()
