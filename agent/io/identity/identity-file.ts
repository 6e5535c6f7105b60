/** `identity.json` (0600): key, chain and trust of a member; `enrolment.json` of one that still waits. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import { base64url, pem, wireguardKey } from "#shared/protocol/atoms.ts";
import { parseJson } from "../json-text.ts";
import { readIfThere, setAside, writeAtomic } from "../store/atomic-file.ts";

const storedIdentity = z.object({
  schema: z.literal("sallyport.identity/1"),
  id: z.string().max(64),
  role: z.enum(["device", "gateway"]),
  trustDomain: z.string().max(100),
  controllers: z.array(z.string().max(512)).min(1).max(8),
  wgPublicKey: wireguardKey,
  privateKey: pem,
  chain: z.array(pem).min(1).max(4),
  root: pem,
  rootPin: base64url.length(43),
  trust: z.record(z.string(), z.unknown()),
});

const storedDraft = z.object({
  schema: z.literal("sallyport.enrolment/1"),
  /** Exactly one of these two. */
  key: z.string().max(512).optional(),
  /** The key is of device management, which may put another in its place. */
  managed: z.boolean().optional(),
  identity: z
    .object({
      controller: z.string().max(512),
      rootPin: base64url.length(43),
      privateKey: pem,
      chain: z.array(pem).min(1).max(8),
    })
    .optional(),
  privateKey: pem,
  wgPublicKey: wireguardKey,
  root: pem,
});

/** A member's identity with its private key: stays inside io/identity. */
export type StoredIdentity = z.infer<typeof storedIdentity>;
/** An enrolment that waits for approval; holds the enrolment key until it is spent. */
export type StoredDraft = z.infer<typeof storedDraft>;

/** What a file held; one that cannot be read is set aside and reported (SP-302). */
export interface Kept<T> {
  readonly content: T | null;
  readonly trouble: ErrorRef | null;
}

/** Reads `identity.json`. */
export function readIdentity(directory: string): Kept<StoredIdentity> {
  return read(join(directory, "identity.json"), storedIdentity);
}

/** Reads `enrolment.json`. */
export function readDraft(directory: string): Kept<StoredDraft> {
  return read(join(directory, "enrolment.json"), storedDraft);
}

/** Writes `identity.json` and removes the enrolment key with its draft. */
export function writeIdentity(directory: string, identity: StoredIdentity): void {
  writeAtomic(join(directory, "identity.json"), `${JSON.stringify(identity, null, 2)}\n`);
  removeDraft(directory);
}

/** Writes `enrolment.json`. */
export function writeDraft(directory: string, draft: StoredDraft): void {
  writeAtomic(join(directory, "enrolment.json"), `${JSON.stringify(draft)}\n`);
}

/** Removes `enrolment.json`, and with it the enrolment key. */
export function removeDraft(directory: string): void {
  rmSync(join(directory, "enrolment.json"), { force: true });
}

/** Removes all that made this machine a member. */
export function removeIdentity(directory: string): void {
  rmSync(join(directory, "identity.json"), { force: true });
  removeDraft(directory);
}

function read<T>(path: string, schema: z.ZodType<T>): Kept<T> {
  const text = readIfThere(path);
  if (text === null) return { content: null, trouble: null };
  const parsed = schema.safeParse(parseJson(text));
  if (parsed.success) return { content: parsed.data, trouble: null };
  return {
    content: null,
    trouble: { code: "SP-302", params: { file: path, aside: setAside(path) } },
  };
}
