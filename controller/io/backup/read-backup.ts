/** Reads a backup: nothing of it is believed before its manifest is as it was sealed, and each file as that tells. */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Sealing } from "../keys/sealing.ts";
import { copyDurably } from "./durable.ts";
import {
  type BackupFile,
  type BackupManifest,
  backupManifest,
  digestOf,
  isAsSealed,
  manifestName,
} from "./manifest.ts";

const manifestBytesMax = 4 << 20;
const needed = ["controller.db", "root.pem", "audit-key.json"];

/** Returns the manifest of a sound backup; throws SP-812 for any other, SP-803 where another key sealed it. */
export async function checkBackup(folder: string, sealing: Sealing): Promise<BackupManifest> {
  const refuse = refuserOf(folder);
  const manifest = readManifest(folder, refuse);
  if (!isAsSealed(manifest, sealing)) throw refuse(`its ${manifestName} is not as it was written`);
  const absent = needed.find((name) => !manifest.files.some((file) => file.name === name));
  if (absent !== undefined) throw refuse(`its manifest names no ${absent}`);
  for (const file of manifest.files) {
    const path = join(folder, file.name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
      throw refuse(`${file.name} is missing`);
    }
    await requireAsTold(path, file, refuse);
  }
  return manifest;
}

/** Copies a file of a checked backup; throws SP-812 unless the copy is what its manifest tells. */
export async function takeFile(folder: string, file: BackupFile, target: string): Promise<void> {
  copyDurably(join(folder, file.name), target);
  // Whoever keeps the backup may hand out other bytes than those that were checked.
  await requireAsTold(target, file, refuserOf(folder));
}

type Refuse = (why: string, cause?: unknown) => CodedError;

function refuserOf(folder: string): Refuse {
  return (why, cause) => new CodedError("SP-812", { folder, why }, { cause });
}

async function requireAsTold(path: string, told: BackupFile, refuse: Refuse): Promise<void> {
  const found = await digestOf(path);
  if (found.bytes !== told.bytes || found.sha256 !== told.sha256) {
    throw refuse(`${told.name} is not as it was written`);
  }
}

function readManifest(folder: string, refuse: Refuse): BackupManifest {
  const path = join(folder, manifestName);
  const size = lstatSync(path, { throwIfNoEntry: false })?.size;
  if (size === undefined) throw refuse(`it has no ${manifestName}`);
  if (size > manifestBytesMax) throw refuse(`its ${manifestName} is too large`);
  try {
    return backupManifest.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch (cause) {
    throw refuse(`its ${manifestName} is none that this version reads`, cause);
  }
}
