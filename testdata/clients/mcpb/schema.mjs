// Checks a file against a JSON schema, and says what is wrong with it.
// Usage: node schema.mjs SCHEMA FILE
import { readFileSync } from "node:fs";
import Ajv from "ajv";
import formats from "ajv-formats";

const [schema, file] = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")));
const ajv = new Ajv({ allErrors: true, strict: false });
formats(ajv);
if (!ajv.validate(schema, file)) {
  console.error(ajv.errorsText(null, { separator: "\n" }));
  process.exit(1);
}
