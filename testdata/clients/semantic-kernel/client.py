"""SessionsPythonTool of semantic-kernel against a pool.

Its own HTTP client gives up after five seconds, which is too short for a first
call that imports much, on Azure too: so it is given one with a longer limit.
"""

import asyncio
import base64
import json
import os
import sys
import time

from azure.core.credentials import AccessToken
from httpx import AsyncClient
from semantic_kernel import Kernel
from semantic_kernel.core_plugins.sessions_python_tool.sessions_python_plugin import SessionsPythonTool
from semantic_kernel.exceptions.function_exceptions import FunctionExecutionException

NAME = sys.argv[1]  # of a file in the working directory


class Credential:
    """Has the pool's token where programs have one of Microsoft Entra."""

    def get_token(self, *scopes, **kwargs):
        assert scopes == ("https://acasessions.io/.default",), scopes
        return AccessToken(os.environ["POOL_TOKEN"], int(time.time()) + 3600)


async def main():
    tool = SessionsPythonTool(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        credential=Credential(),
        http_client=AsyncClient(timeout=60),
        enable_dangerous_file_uploads=True,
        allowed_upload_directories=["."],
    )
    # As a kernel calls it for a model.
    kernel = Kernel()
    kernel.add_plugin(tool, "sessions")
    executed = await kernel.invoke(plugin_name="sessions", function_name="execute_code", code="print('hello')\n6 * 7")
    answers = {"executed": str(executed.value)}

    await tool.execute_code("```python\nx = 20\n```")
    answers["kept"] = await tool.execute_code("x + 1")
    answers["text"] = await tool.execute_code("'ä' * 3")
    answers["raised"] = await tool.execute_code("1 / 0")
    # The text that the tool makes of an answer has the picture in it.
    shown = await tool.execute_code("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()")
    picture = shown.split("Result:\n")[1].split("\nStdout:")[0]
    # It is a dict's repr.
    answers["image"] = json.loads(picture.replace("'", '"'))["base64_data"]

    uploaded = await tool.upload_file(local_file_path=NAME)
    answers["uploaded"] = [uploaded.filename, uploaded.size_in_bytes, uploaded.full_path]
    answers["listed"] = [[f.filename, f.size_in_bytes] for f in await tool.list_files()]
    data = await tool.download_file(remote_file_name=NAME)
    answers["downloaded"] = base64.b64encode(data.read()).decode()
    answers["missing"] = await refusal(tool.download_file(remote_file_name="missing.txt"))
    await tool.http_client.aclose()
    print(json.dumps(answers))


async def refusal(call):
    try:
        await call
    except FunctionExecutionException as error:
        return error.__cause__.response.status_code
    return None


asyncio.run(main())
