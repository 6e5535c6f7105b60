/** Copies the store as it is at one moment, while its controller goes on writing. */
import { closeSync, openSync } from "node:fs";
import { backup, DatabaseSync } from "node:sqlite";
import { CodedError } from "#shared/base/coded-error.ts";
import { storeFailure } from "./store-error.ts";

const busyTimeoutMs = 2_000;
const stepPages = 1_000;

/** Is told how far a copy has come. */
export interface CopyObserver {
  /** In pages; called between steps, while others may write. */
  copied(done: number, total: number): void;
}

/** Copies into a new file and checks the copy; throws SP-805 where it is damaged, SP-802 where it is no controller's. */
export async function copyStore(
  from: string,
  to: string,
  observer: CopyObserver,
): Promise<{ readonly trustDomain: string }> {
  try {
    closeSync(openSync(to, "wx", 0o600));
    await copyPages(from, to, observer);
    return checkCopy(to, from);
  } catch (error) {
    const { code, params } = storeFailure(error, "copying the store", to);
    throw new CodedError(code, params, { cause: error });
  }
}

async function copyPages(from: string, to: string, observer: CopyObserver): Promise<void> {
  const source = new DatabaseSync(from, { readOnly: true, timeout: busyTimeoutMs });
  try {
    // Reading holds the moment and stops no writer; without it each write would begin the copy anew.
    source.exec("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1");
    await backup(source, to, {
      rate: stepPages,
      progress: ({ totalPages, remainingPages }) => {
        observer.copied(totalPages - remainingPages, totalPages);
      },
    });
  } finally {
    source.close();
  }
}

function checkCopy(path: string, from: string): { readonly trustDomain: string } {
  const copy = new DatabaseSync(path);
  try {
    // One file, without the two that a shared log needs.
    copy.exec("PRAGMA journal_mode = DELETE");
    const { quick_check: found } = copy.prepare("PRAGMA quick_check(1)").get() ?? {};
    if (found !== "ok") throw new CodedError("SP-805", { file: from, why: String(found) });
    const known = copy.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'setting'").get();
    const row = known && copy.prepare("SELECT body FROM setting WHERE key = 'trustDomain'").get();
    if (row === undefined) {
      throw new CodedError("SP-802", { directory: from, why: "its settings are not complete" });
    }
    return { trustDomain: JSON.parse(String(row["body"])) as string };
  } finally {
    copy.close();
  }
}
