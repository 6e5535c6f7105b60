/** What a backup says of itself: who made it when, and the digest of each of its files. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { z } from "zod";

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
});

/** The file `manifest.json` of a backup. */
export type BackupManifest = z.infer<typeof backupManifest>;

/** A file of a backup. */
export type BackupFile = BackupManifest["files"][number];

/** Returns the manifest of these files. */
export function manifestOf(made: Omit<BackupManifest, "schema">): BackupManifest {
  return { schema, ...made };
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
