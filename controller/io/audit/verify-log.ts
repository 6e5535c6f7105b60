/** Reads a decision log from its first line and says where its chain breaks. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type ChainHead, followLine } from "./chain.ts";
import { listDayFiles } from "./day-file.ts";

/** What a log is worth. */
export type LogVerdict =
  | { readonly kind: "sound"; readonly entries: number; readonly head: ChainHead | null }
  | { readonly kind: "broken"; readonly file: string; readonly line: number };

/** Follows the chain over all day files; older files may be gone, a gap between two is a break. */
export async function verifyLog(directory: string): Promise<LogVerdict> {
  let head: ChainHead | null = null;
  let entries = 0;
  for (const name of listDayFiles(directory)) {
    let line = 0;
    const lines = createInterface({ input: createReadStream(join(directory, name)) });
    for await (const text of lines) {
      line += 1;
      head = followLine(head, text);
      if (head === null) return { kind: "broken", file: name, line };
      entries += 1;
    }
  }
  return { kind: "sound", entries, head };
}
