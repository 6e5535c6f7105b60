/**
 * What survives a restart of the agent: `state.json`, what the user last wanted, `owner.json`, whose the
 * sign-in is, and `verdict.json`, what the controller last said.
 */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { verdict } from "#shared/protocol/controller-message.ts";
import type { Owner } from "../../core/local/signed-in.ts";
import type { Recalled } from "../../core/tunnel/tunnel.ts";
import type { Memory } from "../../ports.ts";
import { parseJson } from "../json-text.ts";
import { readIfThere, setAside, writeAtomic, writeFailure } from "./atomic-file.ts";
import { lateWriter, type Told } from "./late-writer.ts";
import type { Wait } from "./try-again.ts";

const wishFile = "state.json";
const ownerFile = "owner.json";
const verdictFile = "verdict.json";
const wishContent = z.object({
  schema: z.literal("sallyport.state/1"),
  wish: z.enum(["up", "down"]),
});
const ownerContent = z.object({
  schema: z.literal("sallyport.owner/1"),
  uid: z.int().min(0),
  user: z.string().max(64),
  authAt: z.int(),
});
const verdictContent = z.object({
  schema: z.literal("sallyport.verdict/1"),
  device: z.string().max(64),
  bootId: z.string().max(64),
  lostAt: z.int().min(0).nullable(),
  verdict,
  judged: z.record(z.string().max(64), z.boolean()).default({}),
});

/** Returns what was wanted; a file that cannot be read is set aside and reported (SP-305). */
export function readWish(directory: string): { wish: "up" | "down"; trouble: ErrorRef | null } {
  const { content, trouble } = readContent(join(directory, wishFile), wishContent);
  return { wish: content?.wish ?? "up", trouble };
}

/** Returns whose the sign-in is; a file that cannot be read is set aside and reported (SP-305). */
export function readOwner(directory: string): { owner: Owner | null; trouble: ErrorRef | null } {
  const { content, trouble } = readContent(join(directory, ownerFile), ownerContent);
  if (content === null) return { owner: null, trouble };
  const { schema: _, ...owner } = content;
  return { owner, trouble };
}

/** Returns what the controller last said; a file that cannot be read is set aside and reported (SP-305). */
export function readVerdict(directory: string): {
  recalled: Recalled | null;
  trouble: ErrorRef | null;
} {
  const { content, trouble } = readContent(join(directory, verdictFile), verdictContent);
  if (content === null) return { recalled: null, trouble };
  const { schema: _, ...recalled } = content;
  return { recalled, trouble };
}

/** Returns the writer of the files, which hears of each; what a full disk refuses is written later. */
export function openMemory(
  directory: string,
  told: { readonly wish: Told; readonly owner: Told; readonly verdict: Told },
  wait?: Wait,
): Memory {
  const saveWish = (wish: "up" | "down"): void => {
    const text = `${JSON.stringify({ schema: "sallyport.state/1", wish })}\n`;
    writeAtomic(join(directory, wishFile), text);
  };
  const keepOwner = (owner: Owner | null): void => {
    const path = join(directory, ownerFile);
    if (owner === null) return rmSync(path, { force: true });
    writeAtomic(path, `${JSON.stringify({ schema: "sallyport.owner/1", ...owner })}\n`);
  };
  const keepVerdict = (recalled: Recalled | null): void =>
    replaceVerdict(join(directory, verdictFile), recalled);
  return {
    saveWish: lateWriter(saveWish, told.wish, wait),
    keepOwner: lateWriter(keepOwner, told.owner, wait),
    keepVerdict: lateWriter(keepVerdict, told.verdict, wait),
  };
}

/** Without fsync: a configuration may wait behind it, and it is worth nothing to another boot. */
function replaceVerdict(path: string, recalled: Recalled | null): void {
  if (recalled === null) return rmSync(path, { force: true });
  const text = `${JSON.stringify({ schema: "sallyport.verdict/1", ...recalled })}\n`;
  try {
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (error) {
    rmSync(`${path}.new`, { force: true });
    throw writeFailure(path, error);
  }
}

function readContent<T>(
  path: string,
  schema: z.ZodType<T>,
): { content: T | null; trouble: ErrorRef | null } {
  const text = readIfThere(path);
  if (text === null) return { content: null, trouble: null };
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return { content: parsed.data, trouble: null };
  const trouble = { code: "SP-305", params: { file: path, aside: setAside(path) } } as const;
  return { content: null, trouble };
}
