"""The Azure CLI against a pool: what `az containerapp session code-interpreter`
sends, through the CLI's own client for REST calls.

The commands are in an extension of the CLI that no package registry has. Here are
the calls that it makes (Azure/azure-cli-extensions, src/containerapp, class
SessionCodeInterpreterPreviewClient), made as it makes them: all but the upload by
send_raw_request of azure-cli-core, the upload by requests."""

import base64
import json
import os
import sys

import requests
from azure.cli.core import get_default_cli
from azure.cli.core.util import send_raw_request
from knack.util import CLIError

NAME = sys.argv[1]  # of a file in the working directory
ENDPOINT = os.environ["POOL_ENDPOINT"].rstrip("/")
AUTHORIZATION = "Bearer " + os.environ["POOL_TOKEN"]
SESSION = "azure-cli-session"
VERSION = "2025-02-02-preview"


class CodeInterpreter:
    def __init__(self):
        self.context = get_default_cli()

    def call(self, command, method, path, body=None):
        # The CLI gets the token itself, of its login, if it is not given one.
        self.context.data["command"] = "containerapp session code-interpreter " + command
        return send_raw_request(self.context, method, ENDPOINT + path, headers=["Authorization=" + AUTHORIZATION],
                                body=body, resource="https://dynamicsessions.io")

    def execute(self, code):
        envelope = {"codeInputType": "inline", "executionType": "synchronous", "timeoutInSeconds": 60, "code": code}
        answer = self.call("execute", "POST", f"/executions?identifier={SESSION}&api-version={VERSION}", json.dumps(envelope))
        return answer.json()

    def upload_file(self, filepath, path=None):
        with open(filepath, "rb") as data:
            answer = requests.post(
                f"{ENDPOINT}/files?{query(path)}identifier={SESSION}&api-version={VERSION}",
                files=[("file", (os.path.basename(filepath), data))], headers={"Authorization": AUTHORIZATION})
        answer.raise_for_status()
        return answer.json()

    def list_files(self, path=""):
        return self.call("list-files", "GET", f"/files?identifier={SESSION}&path={path}&api-version={VERSION}").json()

    def show_file_content(self, filename, path=None):
        return self.of_file("show-file-content", "GET", filename, path, "/content").content

    def show_file_metadata(self, filename, path=None):
        return self.of_file("show-file-metadata", "GET", filename, path).json()

    def delete_file(self, filename, path=None):
        return self.of_file("delete-file", "DELETE", filename, path).status_code

    def of_file(self, command, method, filename, path, rest=""):
        return self.call(command, method, f"/files/{filename}{rest}?{query(path)}identifier={SESSION}&api-version={VERSION}")


def query(path):
    return "" if path is None else f"path={path}&"


def main():
    az = CodeInterpreter()
    executed = az.execute('print("Hello world")')
    answers = {
        "keys": list(executed),
        "executed": [executed["identifier"], executed["executionType"], executed["status"], timeless(executed["result"])],
        "value": timeless(az.execute("6 * 7")["result"]),
        "raised": failed(az.execute("1 / 0")),
        "image": az.execute("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()")["result"]["executionResult"]["base64_data"],
        "empty": az.list_files(),
        "uploaded": undated(az.upload_file(NAME)),
        "downloaded": base64.b64encode(az.show_file_content(NAME)).decode(),
        "root": in_path(az, "/"),
    }
    az.execute("import os\nos.makedirs('sub')")
    answers["folder"] = in_path(az, "sub")
    if in_path(az, "/mnt/data/sub") != answers["folder"]:
        raise AssertionError("a whole path is another folder")
    answers["missing"] = refusal(lambda: az.show_file_content("missing.txt"))
    answers["deleted"] = [az.delete_file(NAME), [file["name"] for file in az.list_files("/")["value"]]]
    print(json.dumps(answers))


def in_path(az, path):
    """The commands' own test, with --path."""
    with open("cert.txt", "w") as data:
        data.write("testing")
    return {
        "uploaded": undated(az.upload_file("cert.txt", path)),
        "listed": [file["name"] for file in az.list_files(path)["value"]],
        "content": az.show_file_content("cert.txt", path).decode(),
        "metadata": undated(az.show_file_metadata("cert.txt", path)),
        "deleted": az.delete_file("cert.txt", path),
        "after": [file["name"] for file in az.list_files(path)["value"]],
    }


def timeless(result):
    result["executionTimeInMilliseconds"] = isinstance(result["executionTimeInMilliseconds"], int)
    return result


def undated(file):
    file["lastModifiedAt"] = len(file["lastModifiedAt"])
    return file


def failed(answer):
    return [answer["status"], answer["result"]["stderr"]]


def refusal(call):
    try:
        call()
    except CLIError as error:
        return str(error).split("(")[0]
    return None


main()
