"""Speaks MCP with the official Python SDK, as lines of JSON on standard input say:
{"id", "do", "conversation", ...}, any number of things at once. What comes of each
is printed as {"id", "result"}, {"id", "error"} or {"id", "progress"}.
"""

import asyncio
import json
import sys

import httpx2
from mcp import Client
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client


class Conversation:
    """A client, which wants to be opened and closed by the same task."""

    def __init__(self, url, transport, token):
        self.url, self.transport, self.token = url, transport, token
        self.opened = asyncio.get_running_loop().create_future()
        self.closing = asyncio.Event()
        self.task = asyncio.create_task(self.live())

    async def live(self):
        headers = {"Authorization": "Bearer " + self.token}
        mode = "2026-07-28" if self.transport == "modern" else "legacy"
        try:
            if self.transport == "sse":
                async with Client(sse_client(self.url, headers=headers), mode=mode) as client:
                    await self.wait(client)
                return
            async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=300)) as http:
                async with Client(streamable_http_client(self.url, http_client=http), mode=mode) as client:
                    await self.wait(client)
        except Exception as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error)

    async def wait(self, client):
        self.opened.set_result(client)
        await self.closing.wait()

    async def close(self):
        self.closing.set()
        await self.task


def say(**line):
    print(json.dumps(line), flush=True)


def plain(result):
    return result.model_dump(by_alias=True, mode="json", exclude_none=True)


async def act(conversations, request):
    number, name = request["id"], request["conversation"]
    if request["do"] == "open":
        conversation = Conversation(request["url"], request["transport"], request["token"])
        client = await conversation.opened
        conversations[name] = conversation
        return {"version": client.protocol_version}
    client = conversations[name].opened.result()

    async def report(progress, total, message):
        say(id=number, progress={"progress": progress, "message": message})

    match request["do"]:
        case "tools":
            return plain(await client.list_tools())
        case "call":
            reports = report if request["progress"] else None
            return plain(await client.call_tool(request["tool"], request["arguments"], progress_callback=reports))
        case "read":
            return plain(await client.read_resource(request["uri"]))
        case "close":
            await conversations.pop(name).close()
            return {}
    raise ValueError(request["do"] + ": not known")


async def perform(conversations, request):
    try:
        say(id=request["id"], result=await act(conversations, request))
    except asyncio.CancelledError:
        say(id=request["id"], error="cancelled")
    except Exception as error:
        say(id=request["id"], error=f"{type(error).__name__}: {error}")


async def main():
    conversations, tasks = {}, {}
    while text := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(text)
        if request["do"] == "cancel":
            if task := tasks.get(request["call"]):
                task.cancel()
            continue
        task = asyncio.create_task(perform(conversations, request))
        tasks[request["id"]] = task
        task.add_done_callback(lambda _, number=request["id"]: tasks.pop(number))
    await asyncio.gather(*tasks.values())


asyncio.run(main())
