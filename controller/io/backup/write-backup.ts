/**
 * Writes a backup: a folder under a temporary name that gets its own when all of it is on the disk.
 * The key-encryption key is not in it: who finds a backup opens none of the sealed keys.
 */
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import { listDayFiles } from "../audit/day-file.ts";
import type { Places } from "../directory/places.ts";
import { readKeyFile } from "../keys/key-file.ts";
import { writeNewFile } from "../keys/new-file.ts";
import { makeSealing } from "../keys/sealing.ts";
import { type CopyObserver, copyStore } from "../store/copy-store.ts";
import { copyDurably, makeDurable } from "./durable.ts";
import {
  type BackupFile,
  type BackupManifest,
  digestOf,
  manifestName,
  manifestOf,
} from "./manifest.ts";

/** What is to be written, and where. */
export interface BackupOrder extends CopyObserver {
  readonly places: Places;
  /** A folder that is not there yet. */
  readonly target: string;
  readonly controllerVersion: string;
  nowAt(): number;
}

/** Writes the backup; throws SP-705 where something is there already, SP-802 where no controller is, SP-804 without its key. */
export async function writeBackup(order: BackupOrder): Promise<BackupManifest> {
  const { places, target } = order;
  refuseExisting(target);
  if (!existsSync(places.database)) {
    throw new CodedError("SP-802", { directory: places.directory, why: "there is no store" });
  }
  const partial = `${target}.partial`;
  refuseExisting(partial);
  try {
    const manifest = await writeInto(partial, order);
    refuseExisting(target);
    renameSync(partial, target);
    makeDurable(dirname(target));
    return manifest;
  } catch (error) {
    rmSync(partial, { recursive: true, force: true });
    const known = error instanceof CodedError ? null : fileErrorOf(error, target);
    throw known === null ? error : new CodedError(known.code, known.params, { cause: error });
  }
}

function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  const why = `\`${path}\` is there already, and nothing was changed; name a folder that is not`;
  throw new CodedError("SP-705", { why });
}

async function writeInto(folder: string, order: BackupOrder): Promise<BackupManifest> {
  const { places, controllerVersion } = order;
  const sealing = makeSealing(readKeyFile(places.keyFile));
  const log = basename(places.decisionLog);
  mkdirSync(join(folder, log), { recursive: true, mode: 0o700 });
  const madeAt = new Date(order.nowAt()).toISOString();
  const store = join(folder, basename(places.database));
  const { trustDomain } = await copyStore(places.database, store, order);
  makeDurable(store);
  for (const path of [places.rootCertificate, places.auditKey]) {
    copyDurably(path, join(folder, basename(path)));
  }
  // After the store, so that each decision that it holds is in the log too.
  for (const name of listDayFiles(places.decisionLog)) {
    copyDurably(join(places.decisionLog, name), join(folder, log, name));
  }
  const names = [places.database, places.rootCertificate, places.auditKey].map((path) =>
    basename(path),
  );
  const days = listDayFiles(join(folder, log)).map((name) => `${log}/${name}`);
  const files: BackupFile[] = [];
  for (const name of [...names, ...days]) {
    files.push({ name, ...(await digestOf(join(folder, name))) });
  }
  const manifest = manifestOf({ madeAt, controllerVersion, trustDomain, files }, sealing);
  writeNewFile(join(folder, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
  for (const path of [join(folder, log), folder]) makeDurable(path);
  return manifest;
}
