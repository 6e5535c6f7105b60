// The code blocks of README.md's first real installation, so that what people read is what is run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clone } from "../lab/program-path.ts";

function installationBlocks(): readonly string[] {
  const text = readFileSync(join(clone, "README.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith("A first real installation"));
  return [...(section ?? "").matchAll(/^( *)```\w*\n([^]*?)^ *```$/gm)].map(
    ([, indentation = "", block = ""]) => block.replaceAll(new RegExp(`^${indentation}`, "gm"), ""),
  );
}

/** Returns the only block that holds a text; throws when the README no longer has it. */
export function blockWith(part: string): string {
  const found = installationBlocks().filter((block) => block.includes(part));
  if (found.length === 1 && found[0] !== undefined) return found[0];
  throw new Error(`README.md has ${found.length} blocks with \`${part}\``);
}
