/**
 * Brings a controller back from a backup into a folder without one. The store gets its name last, so a
 * restore that was cut short leaves nothing that could be served.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { CodedError } from "#shared/base/coded-error.ts";
import { fileErrorOf } from "#shared/base/file-error.ts";
import { makeId } from "#shared/base/id.ts";
import { type DecisionLog, openDecisionLog, plainText } from "../io/audit/decision-log.ts";
import { makeDurable } from "../io/backup/durable.ts";
import type { BackupManifest } from "../io/backup/manifest.ts";
import { checkBackup, takeFile } from "../io/backup/read-backup.ts";
import { lockDirectory } from "../io/directory/directory-lock.ts";
import type { Places } from "../io/directory/places.ts";
import { readKeyFile } from "../io/keys/key-file.ts";
import { openKeyRing } from "../io/keys/key-ring.ts";
import { writeNewFile } from "../io/keys/new-file.ts";
import { makeSealing } from "../io/keys/sealing.ts";
import type { HeldCounts } from "../io/store/operations/restore.ts";
import { openStore, type StoreThreads } from "../io/store/store-threads.ts";
import { makeToken, tokenHash } from "../io/token/token.ts";
import { storedSettings } from "./settings.ts";

/** What is to be restored, and where. */
export interface RestoreOrder {
  readonly backup: string;
  readonly places: Places;
  /** Why nobody was shut out since the backup was made; null holds everybody. */
  readonly asItWas: string | null;
  readonly nowAt: number;
}

/** What was restored. */
export interface RestoreResult {
  readonly directory: string;
  readonly madeAt: string;
  readonly trustDomain: string;
  readonly tokenFile: string;
  readonly held: HeldCounts;
}

/**
 * Restores; throws SP-810 where the folder holds a controller or a part of one, SP-812 for a backup that
 * is not sound, SP-806 for one of a newer version, SP-803 or SP-804 without its key-encryption key.
 */
export async function restoreController(order: RestoreOrder): Promise<RestoreResult> {
  const { backup, places } = order;
  // Before the folder is made: without its key nothing of a backup can be believed or used.
  const manifest = await checkBackup(backup, makeSealing(readKeyFile(places.keyFile)));
  const lock = lockDirectory(places.directory);
  try {
    if (filesOf(places).some((path) => existsSync(path))) {
      throw new CodedError("SP-810", { directory: places.directory });
    }
    try {
      return await bringBack(order, manifest);
    } catch (error) {
      for (const path of filesOf(places)) rmSync(path, { recursive: true, force: true });
      const known = error instanceof CodedError ? null : fileErrorOf(error, places.directory);
      throw known === null ? error : new CodedError(known.code, known.params, { cause: error });
    }
  } finally {
    lock.release();
  }
}

function filesOf(places: Places): readonly string[] {
  const store = [places.database, storeOnTheWay(places)];
  const besides = ["-wal", "-shm", "-journal"];
  return [
    ...store.flatMap((path) => [path, ...besides.map((end) => `${path}${end}`)]),
    places.decisionLog,
    places.rootCertificate,
    places.rootKey,
    places.auditKey,
    places.token,
    places.beginning,
  ];
}

function storeOnTheWay(places: Places): string {
  return `${places.database}.restoring`;
}

async function bringBack(order: RestoreOrder, manifest: BackupManifest): Promise<RestoreResult> {
  const { places, backup } = order;
  const path = storeOnTheWay(places);
  const store = basename(places.database);
  mkdirSync(places.decisionLog, { mode: 0o700 });
  for (const file of manifest.files) {
    await takeFile(backup, file, file.name === store ? path : join(places.directory, file.name));
  }
  const token = makeToken();
  const held = await holdStore(path, { order, manifest, token });
  writeNewFile(places.token, `${token}\n`);
  makeDurable(places.decisionLog);
  makeDurable(path);
  renameSync(path, places.database);
  makeDurable(places.directory);
  const { madeAt, trustDomain } = manifest;
  return { directory: places.directory, madeAt, trustDomain, tokenFile: places.token, held };
}

interface HoldOrder {
  readonly order: RestoreOrder;
  readonly manifest: BackupManifest;
  readonly token: string;
}

/** Opening migrates; what is held is in the decision log too, which goes on where the backup's ends. */
async function holdStore(path: string, parts: HoldOrder): Promise<HeldCounts> {
  let log: DecisionLog | null = null;
  const store = await openStore(path, {
    metrics: { observe: () => undefined },
    audited: async (entries) =>
      log?.append(entries.map((body) => ({ kind: "audit" as const, body: plainText(body) }))),
  });
  try {
    log = await openLog(store, parts.order);
    return await store.write("setting.restore", restorationOf(parts));
  } finally {
    await store.close();
    await log?.close();
  }
}

async function openLog(
  store: StoreThreads,
  { backup, places, nowAt }: RestoreOrder,
): Promise<DecisionLog> {
  const settings = storedSettings.safeParse(await store.read("setting.list", undefined));
  if (!settings.success) {
    throw new CodedError("SP-812", { folder: backup, why: "its settings are not complete" });
  }
  const sealing = makeSealing(readKeyFile(places.keyFile));
  const keys = openKeyRing(sealing, await store.read("key.list", undefined));
  return openDecisionLog({
    directory: places.decisionLog,
    clock: { nowAt: () => nowAt },
    auditKey: keys.audit,
    checkpointed: () => undefined,
  });
}

function restorationOf({ order, manifest, token }: HoldOrder) {
  const { asItWas, nowAt } = order;
  return {
    epoch: randomBytes(16).toString("hex"),
    hold: asItWas === null,
    token: {
      id: makeId("tok", nowAt, randomBytes(10)),
      name: "root",
      admin: { id: makeId("adm", nowAt, randomBytes(10)), name: "root" },
      role: "admin" as const,
      tokenHash: tokenHash(token),
      expiresAt: null,
    },
    audit: {
      at: nowAt,
      actor: "restore",
      action: "restore" as const,
      subject: manifest.trustDomain,
      body: { madeAt: manifest.madeAt, reason: asItWas },
    },
  };
}
