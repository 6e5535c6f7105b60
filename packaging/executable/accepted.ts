/**
 * Fails unless V8 takes each cache that the warm-up wrote. Run by the very Node and with the very flags of the
 * executable, which would only start slower. Argument: the folder.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Script } from "node:vm";

const [folder = ""] = process.argv.slice(2);
const files = readdirSync(folder).filter((name) => name.endsWith(".cjs"));
const refused = files.filter((file) => {
  const cachedData = readFileSync(join(folder, `${file}.cache`));
  const text = readFileSync(join(folder, file), "utf8");
  return new Script(text, { filename: `./${file}`, cachedData }).cachedDataRejected !== false;
});
if (files.length === 0 || refused.length > 0) {
  throw new Error(`V8 refuses the code cache of ${refused.join(", ") || "no file"}`);
}
