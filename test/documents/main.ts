/** Writes the generated documents (`npm run docs`). */
import { writeFileSync } from "node:fs";
import { documents } from "./documents.ts";

for (const [path, content] of Object.entries(documents)) writeFileSync(path, content);
