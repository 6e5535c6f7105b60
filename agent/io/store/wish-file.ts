/** `state.json`: what the user last wanted, kept across restarts. */
import { join } from "node:path";
import { z } from "zod";
import { CodedError, type ErrorRef } from "#shared/base/coded-error.ts";
import type { Memory } from "../../ports.ts";
import { parseJson } from "../json-text.ts";
import { readIfThere, setAside, writeAtomic } from "./atomic-file.ts";

const content = z.object({ schema: z.literal("sallyport.state/1"), wish: z.enum(["up", "down"]) });

/** Returns what was wanted; a file that cannot be read is set aside and reported (SP-305). */
export function readWish(directory: string): { wish: "up" | "down"; trouble: ErrorRef | null } {
  const path = join(directory, "state.json");
  const text = readIfThere(path);
  if (text === null) return { wish: "up", trouble: null };
  const parsed = content.safeParse(parseJson(text));
  if (parsed.success) return { wish: parsed.data.wish, trouble: null };
  return {
    wish: "up",
    trouble: { code: "SP-305", params: { file: path, aside: setAside(path) } },
  };
}

/** Returns the writer of `state.json`; a failed write is told, not thrown. */
export function openMemory(directory: string, failed: (error: ErrorRef) => void): Memory {
  const path = join(directory, "state.json");
  return {
    saveWish: (wish) => {
      try {
        writeAtomic(path, `${JSON.stringify({ schema: "sallyport.state/1", wish })}\n`);
      } catch (error) {
        if (!(error instanceof CodedError)) throw error;
        failed({ code: error.code, params: error.params });
      }
    },
  };
}
