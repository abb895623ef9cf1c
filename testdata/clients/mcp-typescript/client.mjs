// Speaks MCP with the official TypeScript SDK, as lines of JSON on standard input
// say: {"id", "do", "conversation", …}, any number of things at once. What comes
// of each is printed as {"id", "result"}, {"id", "error"} or {"id", "progress"}.
import { createInterface } from "node:readline";
import { Client, SSEClientTransport, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";

const conversations = new Map();
const cancels = new Map();

function say(line) {
  process.stdout.write(JSON.stringify(line) + "\n");
}

async function open({ url, transport, token }) {
  const options = { requestInit: { headers: { Authorization: `Bearer ${token}` } } };
  const line = transport === "sse"
    ? new SSEClientTransport(new URL(url), options)
    : new StreamableHTTPClientTransport(new URL(url), options);
  const mode = transport === "modern" ? { pin: "2026-07-28" } : "legacy";
  const client = new Client({ name: "scenarios", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(line);
  return { client, line, version: client.getNegotiatedProtocolVersion() };
}

async function act(request) {
  if (request.do === "open") {
    const conversation = await open(request);
    conversations.set(request.conversation, conversation);
    return { version: conversation.version };
  }
  const { client, line } = conversations.get(request.conversation);
  const abort = new AbortController();
  cancels.set(request.id, abort);
  const options = { signal: abort.signal, timeout: 180_000 };
  if (request.progress) {
    options.onprogress = (progress) => say({ id: request.id, progress });
  }
  try {
    switch (request.do) {
      case "tools":
        return await client.listTools();
      case "call":
        return await client.callTool({ name: request.tool, arguments: request.arguments }, options);
      case "read":
        return await client.readResource({ uri: request.uri }, options);
      case "close":
        conversations.delete(request.conversation);
        await line.terminateSession?.();
        await client.close();
        return {};
    }
  } finally {
    cancels.delete(request.id);
  }
  throw new Error(`${request.do}: not known`);
}

for await (const text of createInterface({ input: process.stdin })) {
  const request = JSON.parse(text);
  if (request.do === "cancel") {
    cancels.get(request.call)?.abort();
    continue;
  }
  act(request).then(
    (result) => say({ id: request.id, result }),
    (error) => say({ id: request.id, error: String(error?.message || error) }),
  );
}
