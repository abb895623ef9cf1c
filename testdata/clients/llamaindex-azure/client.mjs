// AzureDynamicSessionTool of @llamaindex/azure against a pool. It calls the
// oldest of the routes, python/execute.

import fs from "node:fs/promises";
import { openAsBlob } from "node:fs";
import { AzureDynamicSessionTool } from "@llamaindex/azure";

const name = process.argv[2]; // of a file in the working directory

// The tool writes what it does to standard output, which is for the answers.
console.log = () => {};

const tool = new AzureDynamicSessionTool({
  poolManagementEndpoint: process.env.POOL_ENDPOINT,
  azureADTokenProvider: async () => process.env.POOL_TOKEN,
});

const run = async (code) => {
  const { result, stdout, stderr, status } = await tool.call({ code });
  return { result, stdout, stderr, status };
};

const answers = {
  executed: await run("print('hello')\n6 * 7"),
  assigned: await run("x = 20"),
  kept: await run("x + 1"),
  text: await run("'ä' * 3"),
  raised: await run("1 / 0"),
};

// The picture goes to a file, whose path the model gets. The tool adds the
// file's name twice, once as if it were a folder.
const shown = await run("import matplotlib.pyplot as plt\nplt.plot([1, 2, 3])\nplt.show()");
const picture = await fs.readFile(shown.result.slice(0, shown.result.lastIndexOf("/")));
answers.image = picture.toString("base64");

const uploaded = await tool.uploadFile({ data: await openAsBlob(name), remoteFilename: name });
answers.uploaded = [uploaded.filename, uploaded.size];
answers.listed = (await tool.listFiles()).map((file) => [file.filename, file.size]);
const stream = await tool.downloadFile({ remoteFilename: name });
answers.downloaded = Buffer.from(await new Response(stream).arrayBuffer()).toString("base64");

process.stdout.write(JSON.stringify(answers) + "\n");
