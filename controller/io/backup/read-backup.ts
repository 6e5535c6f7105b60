/** Reads a backup: nothing of it is believed before its manifest is as it was sealed, and each file as that tells. */
import { lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Sealing } from "../keys/sealing.ts";
import {
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
  const refuse = (why: string, cause?: unknown) =>
    new CodedError("SP-812", { folder, why }, { cause });
  const manifest = readManifest(folder, refuse);
  if (!isAsSealed(manifest, sealing)) throw refuse(`its ${manifestName} is not as it was written`);
  const absent = needed.find((name) => !manifest.files.some((file) => file.name === name));
  if (absent !== undefined) throw refuse(`its manifest names no ${absent}`);
  for (const { name, bytes, sha256 } of manifest.files) {
    const path = join(folder, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() !== true) {
      throw refuse(`${name} is missing`);
    }
    const found = await digestOf(path);
    if (found.bytes !== bytes || found.sha256 !== sha256) {
      throw refuse(`${name} is not as it was written`);
    }
  }
  return manifest;
}

function readManifest(
  folder: string,
  refuse: (why: string, cause?: unknown) => CodedError,
): BackupManifest {
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
