import { existsSync } from "node:fs";
import { CodedError } from "#shared/base/coded-error.ts";
import type { Places } from "./places.ts";

/**
 * Returns SP-805 where a folder has a controller's own files and its store knows of none: making
 * another one there would take the root key that every device believes. Null where there was none.
 */
export function lostStore(places: Places): CodedError | null {
  const { beginning, rootKey, rootCertificate, auditKey, token, database } = places;
  // An `init` that was cut short leaves such files, and the word that it had begun.
  if (existsSync(beginning)) return null;
  const left = [rootKey, rootCertificate, auditKey, token].find((path) => existsSync(path));
  if (left === undefined) return null;
  const why = `it holds no controller, but \`${left}\` is there`;
  return new CodedError("SP-805", { file: database, why });
}
