/** Writes the JSON Schema of cluster files for editors. Run after `tsc -b`: node build-schema.mjs */
import { toJsonSchema } from "@valibot/to-json-schema";
import { writeFileSync } from "node:fs";
import { clusterFileSchema } from "./dist/environment/cluster-file/schema.js";

const schema = toJsonSchema(clusterFileSchema, { target: "draft-07" });
writeFileSync(new URL("dist/cluster.schema.json", import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
