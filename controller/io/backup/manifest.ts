/** What a backup says of itself: who made it when, and the digest of each of its files, under a seal. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { z } from "zod";
import { canonicalJson } from "#shared/base/canonical-json.ts";
import type { Sealing } from "../keys/sealing.ts";

const schema = "sallyport.backup/1";
const filesMax = 10_000;

/** Where the manifest stands inside a backup. */
export const manifestName = "manifest.json";

/** A closed list of names, so that no manifest leads outside its folder. */
const fileName = z
  .string()
  .regex(
    /^(controller\.db|root\.pem|audit-key\.json|decisions\/decisions-\d{4}-\d\d-\d\d\.jsonl)$/,
  );

/** The file `manifest.json` of a backup. */
export const backupManifest = z.strictObject({
  schema: z.literal(schema),
  madeAt: z.iso.datetime(),
  controllerVersion: z.string().max(64),
  trustDomain: z.string().max(100),
  files: z
    .array(
      z.strictObject({
        name: fileName,
        bytes: z.int().min(0),
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(filesMax),
  /** Under the key-encryption key: the digest of all else in here. */
  seal: z
    .string()
    .regex(/^[\w-]+$/)
    .max(256),
});

/** The file `manifest.json` of a backup. */
export type BackupManifest = z.infer<typeof backupManifest>;

/** A file of a backup. */
export type BackupFile = BackupManifest["files"][number];

/** What a backup says of itself before it is sealed. */
type Said = Omit<BackupManifest, "seal">;

const place = { table: "backup", id: manifestName } as const;

/** Returns the manifest of these files, sealed: nobody without the key makes or changes one. */
export function manifestOf(made: Omit<Said, "schema">, sealing: Sealing): BackupManifest {
  const said: Said = { schema, ...made };
  return { ...said, seal: sealing.seal(place, digestOfSaid(said)).toString("base64url") };
}

/** Tells whether a manifest says what was sealed; throws SP-803 where another key sealed it, or none. */
export function isAsSealed({ seal, ...said }: BackupManifest, sealing: Sealing): boolean {
  return sealing.open(place, Buffer.from(seal, "base64url")).equals(digestOfSaid(said));
}

function digestOfSaid(said: Said): Buffer {
  return createHash("sha256").update(canonicalJson(said)).digest();
}

/** Reads a file to its end; returns its size and digest. */
export async function digestOf(path: string): Promise<Omit<BackupFile, "name">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
