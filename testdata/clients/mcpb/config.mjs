// Prints the command that a client derives from the manifest of an MCP bundle, with
// the package by which Claude Desktop does so.
// Usage: node config.mjs FOLDER USER_CONFIG, with the settings as JSON
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";

const [folder, userConfig] = process.argv.slice(2);
const config = await getMcpConfigForManifest({
  manifest: JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8")),
  extensionPath: folder,
  systemDirs: {},
  userConfig: JSON.parse(userConfig),
  pathSeparator: "/",
});
console.log(JSON.stringify(config));
