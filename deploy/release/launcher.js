#!/usr/bin/env node
// Starts the program that npm has installed for this system, with the same arguments,
// streams and signals, and ends as it does.
"use strict";
const { spawn } = require("node:child_process");
const { constants } = require("node:os");

const { name } = require("./package.json");
const installed = `${name}-${process.platform}-${process.arch}`;
const file = process.platform === "win32" ? "dynamic-sessions-mcp.exe" : "dynamic-sessions-mcp";

let program;
try {
  program = require.resolve(`${installed}/bin/${file}`);
} catch {
  console.error(
    `dynamic-sessions-mcp: the package ${installed} is not installed. ` +
      `Install ${name} again without --omit=optional and --no-optional; if there is no such package, ` +
      `this system (${process.platform}, ${process.arch}) is not supported.`,
  );
  process.exit(1);
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => child.kill(signal));
}
child.on("error", (error) => {
  console.error(`dynamic-sessions-mcp: ${program} cannot be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (code, signal) => process.exit(signal ? 128 + constants.signals[signal] : code));
