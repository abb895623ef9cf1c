"""ACADynamicSessionsCodeExecutor of autogen-ext against a pool.

Its first call asks pkg_resources for the packages of the session. The name of
the file must be of letters and digits: others are percent-encoded by aiohttp, and
so the executor does not find again what it has uploaded, here or on Azure
(aio-libs/aiohttp#3910, #4075).
"""

import asyncio
import base64
import json
import os
import pathlib
import sys
import time

from autogen_core import CancellationToken
from autogen_core.code_executor import CodeBlock, with_requirements
from autogen_ext.code_executors.azure import ACADynamicSessionsCodeExecutor
from azure.core.credentials import AccessToken

NAME = sys.argv[1]  # of a file in the working directory


class Credential:
    """Has the pool's token where programs have one of Microsoft Entra."""

    def get_token(self, *scopes, **kwargs):
        assert scopes == ("https://dynamicsessions.io/.default",), scopes
        return AccessToken(os.environ["POOL_TOKEN"], int(time.time()) + 3600)


@with_requirements(python_packages=["numpy"], global_imports=["numpy"])
def total(values: list[float]) -> float:
    """The sum of the values."""
    return float(numpy.sum(values))  # noqa: F821


async def main():
    executor = ACADynamicSessionsCodeExecutor(
        pool_management_endpoint=os.environ["POOL_ENDPOINT"],
        credential=Credential(),
        functions=[total],
        work_dir=".",
    )
    await executor.start()

    async def run(*blocks):
        done = await executor.execute_code_blocks(
            [CodeBlock(code=code, language="python") for code in blocks], CancellationToken())
        return [done.exit_code, done.output]

    answers = {
        "executed": await run("print('hello')\n6 * 7"),
        "blocks": await run("x = 20", "print(x)", "x + 1"),
        "kept": await run("x + 1"),
        "function": await run("total([20, 22.5])"),
        "folder": await run("import os\nos.getcwd()"),
        "text": await run("'ä' * 3"),
        "raised": await run("1 / 0"),
    }
    packages = await executor.get_available_packages(CancellationToken())
    answers["packages"] = sorted(packages & {"numpy", "pandas", "matplotlib", "setuptools"})

    # The output has the picture as the text of a dict.
    _, shown = await run("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()")
    answers["image"] = json.loads(shown[shown.index("{"):].replace("'", '"'))["base64_data"]

    await executor.upload_files([NAME], CancellationToken())
    answers["listed"] = await executor.get_file_list(CancellationToken())
    pathlib.Path(NAME).unlink()
    await executor.download_files([NAME], CancellationToken())
    answers["downloaded"] = base64.b64encode(pathlib.Path(NAME).read_bytes()).decode()

    answers["cancelled"] = await cancelled(executor)
    answers["after"] = await run("x + 2")
    await executor.restart()
    answers["restarted"] = await run("'x' in globals()")
    await executor.stop()
    print(json.dumps(answers))


async def cancelled(executor):
    """Whether a cancelled call ends at once: it hangs up."""
    token = CancellationToken()
    code = "import time\nprint('begun')\ntime.sleep(100)"
    call = asyncio.create_task(executor.execute_code_blocks([CodeBlock(code=code, language="python")], token))
    await asyncio.sleep(1)
    token.cancel()
    began = time.monotonic()
    try:
        await call
    except asyncio.CancelledError:
        return time.monotonic() - began < 5
    return False


asyncio.run(main())
