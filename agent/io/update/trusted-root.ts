/**
 * Where the trust in updates begins: the root metadata that root, or the package, put on this machine,
 * and what TUF has learned by rotation since then.
 */
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { Metadata, MetadataKind, type Root } from "@tufjs/models";
import { CodedError } from "#shared/base/coded-error.ts";
import { readIfThere, writeAtomic } from "../store/atomic-file.ts";
import { keepRoot, keptRoot } from "./root-history.ts";

type RootMetadata = Metadata<Root>;

/** A root and the bytes that its signatures came with. */
interface FoundRoot {
  readonly root: RootMetadata;
  readonly text: string;
}

/**
 * Prepares `root.json` for the client; throws SP-425 unless root alone can have written the file. A file
 * that root has changed begins anew, but where it leads to what was learned: keys that were rotated out
 * stay out. One with a lower version that does not lead there is refused.
 */
export function trustRoot(rootFile: string, metadata: string): void {
  const anchor = anchorOf(rootFile);
  const [kept, begun] = [join(metadata, "root.json"), join(metadata, "anchor.json")];
  const learned = rootOf(readIfThere(kept));
  const former = rootOf(readIfThere(begun));
  if (learned !== null && former !== null && isSame(former.root, anchor.root)) return;
  const reached = newestFrom(anchor, metadata, learned);
  const [leadsTo, had] = [reached.root.signed.version, learned?.root.signed.version ?? 0];
  if (leadsTo < had) {
    const what = `\`${rootFile}\` leads to version ${leadsTo} of the root, ${had} was learned`;
    throw new Error(`${what}; to begin anew all the same, remove \`${metadata}\``);
  }
  keepRoot(metadata, anchor.root.signed.version, anchor.text);
  if (learned === null || !isSame(reached.root, learned.root)) writeAtomic(kept, reached.text);
  writeAtomic(begun, anchor.text);
}

function anchorOf(rootFile: string): FoundRoot {
  const text = readOwn(rootFile);
  const anchor = rootOf(text);
  if (anchor === null || !vouchesFor(anchor.root, anchor.root)) {
    throw new Error(`\`${rootFile}\` is no root metadata that its own keys have signed`);
  }
  return anchor;
}

function readOwn(rootFile: string): string {
  const found = statSync(rootFile, { throwIfNoEntry: false });
  const ours = found?.uid === 0 || found?.uid === process.geteuid?.();
  if (found === undefined || !ours || (found.mode & 0o022) !== 0) {
    throw new CodedError("SP-425", { file: rootFile });
  }
  return readFileSync(rootFile, "utf8");
}

/** Null where there is none, or a part of one that a power cut left. */
function rootOf(text: string | null): FoundRoot | null {
  if (text === null) return null;
  try {
    return { root: Metadata.fromJSON(MetadataKind.Root, JSON.parse(text)), text };
  } catch {
    return null;
  }
}

function isSame(one: RootMetadata, other: RootMetadata): boolean {
  return isDeepStrictEqual(one.signed.toJSON(), other.signed.toJSON());
}

/** Follows the rotations that this machine has seen, each signed by the former keys and by its own. */
function newestFrom(anchor: FoundRoot, metadata: string, learned: FoundRoot | null): FoundRoot {
  let at = anchor;
  for (;;) {
    const version = at.root.signed.version + 1;
    const known = [rootOf(keptRoot(metadata, version)), learned];
    const next = known.find((found) => found !== null && isNext(at.root, found.root));
    if (next === undefined || next === null) return at;
    at = next;
  }
}

function isNext(from: RootMetadata, to: RootMetadata): boolean {
  const follows = to.signed.version === from.signed.version + 1;
  return follows && vouchesFor(from, to) && vouchesFor(to, to);
}

/** Tells whether enough keys of the one have signed the other. */
function vouchesFor(one: RootMetadata, other: RootMetadata): boolean {
  try {
    one.verifyDelegate("root", other);
    return true;
  } catch {
    return false;
  }
}
