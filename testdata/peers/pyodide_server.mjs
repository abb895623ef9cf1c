// The least MCP server that puts Pyodide behind one tool, over stdio. It stands
// for Pyodide on Deno in the comparison: what it measures is the runtime, not a
// product. Deno gives it the right to read Pyodide's own files and nothing else.

import { loadPyodide } from "./node_modules/pyodide/pyodide.mjs";

const encoder = new TextEncoder();
const output = Deno.stdout.writable.getWriter();
let printed = [];

const print = (line) => printed.push(line);
// Deno applies Pyodide's source map to the place that Pyodide takes for its own.
const indexURL = new URL("./node_modules/pyodide/", import.meta.url).pathname;
const python = loadPyodide({ indexURL, stdout: print, stderr: print });

async function run(code) {
  const pyodide = await python;
  printed = [];
  let isError = false;
  try {
    const value = await pyodide.runPythonAsync(code);
    if (value !== undefined && value !== null) print(String(value));
  } catch (err) {
    isError = true;
    print(String(err));
  }
  return { content: [{ type: "text", text: printed.join("\n") }], isError };
}

async function answer({ id, method, params }) {
  if (id === undefined) return;
  const message = { jsonrpc: "2.0", id };
  if (method === "initialize") {
    message.result = {
      protocolVersion: params.protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: "pyodide-on-deno", version: "1" },
    };
  } else if (method === "tools/call" && params.name === "run") {
    message.result = await run(params.arguments.code);
  } else {
    message.error = { code: -32601, message: `there is no method ${method}` };
  }
  await output.write(encoder.encode(JSON.stringify(message) + "\n"));
}

let rest = "";
const lines = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
for await (const chunk of lines) {
  const parts = (rest + chunk).split("\n");
  rest = parts.pop();
  for (const line of parts) if (line.trim()) await answer(JSON.parse(line));
}
Deno.exit(0);
