/** Reads a decision log from its first line and says where its chain breaks. */
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Jwk } from "#shared/protocol/trust.ts";
import { judgeCheckpoint } from "./checkpoint.ts";
import { type ChainHead, followLine } from "./chain.ts";
import { listDayFiles } from "./day-file.ts";

/** What a log is worth. */
export type LogVerdict =
  | {
      readonly kind: "sound";
      readonly entries: number;
      readonly checkpoints: number;
      readonly head: ChainHead | null;
    }
  | { readonly kind: "broken"; readonly file: string; readonly line: number };

/** Follows chain and checkpoints over all day files; the oldest may be gone, a gap between two is a break. */
export async function verifyLog(directory: string, auditKey: Jwk): Promise<LogVerdict> {
  let head: ChainHead | null = null;
  let entries = 0;
  let checkpoints = 0;
  for (const name of listDayFiles(directory)) {
    let line = 0;
    const lines = createInterface({ input: createReadStream(join(directory, name)) });
    for await (const text of lines) {
      line += 1;
      const next = followLine(head, text);
      const mark = next === null ? "bad" : judgeCheckpoint(text, head, auditKey);
      if (mark === "bad") return { kind: "broken", file: name, line };
      head = next;
      if (mark === "good") checkpoints += 1;
      else entries += 1;
    }
  }
  return { kind: "sound", entries, checkpoints, head };
}
