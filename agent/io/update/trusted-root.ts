/**
 * Where the trust in updates begins: the root metadata that root, or the package, put on this machine,
 * and what TUF has learned by rotation since then.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Metadata, MetadataKind, type Root } from "@tufjs/models";
import { CodedError } from "#shared/base/coded-error.ts";
import { readIfThere, writeAtomic } from "../store/atomic-file.ts";

/**
 * Prepares `root.json` for the client; throws SP-425 unless root alone can have written the file. A file
 * that root has changed begins anew, but where it vouches for what was learned: keys that were rotated
 * out stay out.
 */
export function trustRoot(rootFile: string, metadata: string): void {
  const anchor = readOwn(rootFile);
  const [kept, begun] = [join(metadata, "root.json"), join(metadata, "anchor.json")];
  const learned = rootOf(readIfThere(kept));
  if (learned !== null && readIfThere(begun) === anchor) return;
  if (learned === null || !vouchesFor(rootOf(anchor), learned)) writeAtomic(kept, anchor);
  writeAtomic(begun, anchor);
}

function readOwn(rootFile: string): string {
  const found = statSync(rootFile, { throwIfNoEntry: false });
  const ours = found?.uid === 0 || found?.uid === process.geteuid?.();
  if (found === undefined || !ours || (found.mode & 0o022) !== 0) {
    throw new CodedError("SP-425", { file: rootFile });
  }
  return readFileSync(rootFile, "utf8");
}

type RootMetadata = Metadata<Root>;

/** Null where there is none, or a part of one that a power cut left. */
function rootOf(text: string | null): RootMetadata | null {
  if (text === null) return null;
  try {
    return Metadata.fromJSON(MetadataKind.Root, JSON.parse(text));
  } catch {
    return null;
  }
}

/** Tells whether the keys of the one have signed the other, which is no older. */
function vouchesFor(anchor: RootMetadata | null, learned: RootMetadata): boolean {
  if (anchor === null || learned.signed.version < anchor.signed.version) return false;
  try {
    anchor.verifyDelegate("root", learned);
    return true;
  } catch {
    return false;
  }
}
