/**
 * What waits to go out on one link. Removals overtake everything; a grant that a removal or narrowing
 * overtakes is thrown away, so that it cannot open again what was closed. Grant messages are numbered
 * when they go out, counted from the snapshot of this connection.
 */
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";

/** A signed grant with what is needed to replace or drop it while it waits. */
export interface SignedGrant {
  readonly jti: string;
  readonly subject: string;
  readonly jws: string;
}

/** One thing to send. */
export type OutboxEntry =
  | { readonly kind: "message"; readonly message: ControllerMessage }
  | {
      readonly kind: "grants";
      readonly add: readonly SignedGrant[];
      readonly remove: readonly string[];
    }
  | {
      readonly kind: "snapshot";
      readonly epoch: string;
      readonly hash: string;
      readonly grants: readonly SignedGrant[];
    };

/** The queue of one link. */
export interface Outbox {
  readonly urgent: OutboxEntry[];
  readonly normal: OutboxEntry[];
  /** Ids that a numbered message or a snapshot told the gateway to hold, by the `ref` of its `applied`. */
  readonly sent: Map<string, readonly string[]>;
  n: number;
  /** The socket holds back more than it should. */
  congested: boolean;
  /** Something that must go first is still being made. */
  held: boolean;
}

const entriesMax = 4_096;
const sentMax = 10_000;
const partBytes = 64 * 1024;
const frameBytes = 192 * 1024;
const addMax = 32;
const removeMax = 1_024;

/** Returns an empty queue. */
export function newOutbox(): Outbox {
  return { urgent: [], normal: [], sent: new Map(), n: 0, congested: false, held: false };
}

/** Puts an entry into the queue; false when the link is too slow and must be closed. */
export function enqueue(outbox: Outbox, entry: OutboxEntry, urgent: boolean): boolean {
  // A snapshot that still waits names what was true before; nothing may overtake it.
  const overtakes = urgent && !outbox.normal.some(({ kind }) => kind === "snapshot");
  if (overtakes && entry.kind === "grants") dropOvertaken(outbox, entry);
  (overtakes ? outbox.urgent : outbox.normal).push(entry);
  return outbox.urgent.length + outbox.normal.length <= entriesMax;
}

/** Sends what the socket takes; `send` returns false once it is congested. */
export function flush(outbox: Outbox, send: (message: ControllerMessage) => boolean): void {
  while (!outbox.congested && !outbox.held) {
    const entry = outbox.urgent.shift() ?? outbox.normal.shift();
    if (entry === undefined) return;
    for (const message of framesOf(outbox, entry)) {
      // Frames of one entry belong together; the socket keeps them even when it is congested.
      if (!send(message)) outbox.congested = true;
    }
  }
}

/** Takes the ids that `ref` of an `applied` stands for, or null; each is taken once. */
export function takeSent(outbox: Outbox, ref: string): readonly string[] | null {
  const sent = outbox.sent.get(ref);
  outbox.sent.delete(ref);
  return sent ?? null;
}

function dropOvertaken(
  outbox: Outbox,
  urgent: { readonly add: readonly SignedGrant[]; readonly remove: readonly string[] },
): void {
  const jtis = new Set(urgent.remove);
  const subjects = new Set(urgent.add.map((grant) => grant.subject));
  const stays = (grant: SignedGrant) => !jtis.has(grant.jti) && !subjects.has(grant.subject);
  outbox.normal.forEach((entry, index) => {
    if (entry.kind === "message" || entry.kind === "snapshot") return;
    const add = entry.add.filter(stays);
    if (add.length !== entry.add.length) outbox.normal[index] = { ...entry, add };
  });
}

function framesOf(outbox: Outbox, entry: OutboxEntry): readonly ControllerMessage[] {
  switch (entry.kind) {
    case "message":
      return [entry.message];
    case "grants":
      return grantFrames(outbox, entry);
    case "snapshot":
      return snapshotFrames(outbox, entry);
  }
}

function grantFrames(
  outbox: Outbox,
  entry: Extract<OutboxEntry, { kind: "grants" }>,
): readonly ControllerMessage[] {
  const frames: ControllerMessage[] = [];
  const number = (jtis: readonly string[]): number => {
    outbox.n += 1;
    if (outbox.sent.size < sentMax) outbox.sent.set(String(outbox.n), jtis);
    return outbox.n;
  };
  for (let from = 0; from < entry.remove.length; from += removeMax) {
    const remove = entry.remove.slice(from, from + removeMax);
    frames.push({ kind: "grants", n: number([]), add: [], remove });
  }
  for (const part of partsOf(entry.add, { bytes: frameBytes, count: addMax })) {
    const jtis = part.map(({ jti }) => jti);
    const add = part.map(({ jws }) => jws);
    frames.push({ kind: "grants", n: number(jtis), add, remove: [] });
  }
  return frames;
}

function snapshotFrames(
  outbox: Outbox,
  { epoch, hash, grants }: Extract<OutboxEntry, { kind: "snapshot" }>,
): readonly ControllerMessage[] {
  outbox.n = 0;
  outbox.sent.clear();
  outbox.sent.set(
    hash,
    grants.map(({ jti }) => jti),
  );
  const parts = partsOf(grants, { bytes: partBytes, count: 1_024 });
  const all = parts.length === 0 ? [[]] : parts;
  return all.map((part, index) => ({
    kind: "snapshot",
    epoch,
    part: index + 1,
    parts: all.length,
    hash,
    grants: part.map(({ jws }) => jws),
  }));
}

function partsOf(
  grants: readonly SignedGrant[],
  limit: { readonly bytes: number; readonly count: number },
): readonly (readonly SignedGrant[])[] {
  const parts: SignedGrant[][] = [];
  let current: SignedGrant[] = [];
  let bytes = 0;
  for (const grant of grants) {
    const full = bytes + grant.jws.length > limit.bytes || current.length >= limit.count;
    if (full && current.length > 0) {
      parts.push(current);
      current = [];
      bytes = 0;
    }
    current.push(grant);
    bytes += grant.jws.length;
  }
  if (current.length > 0) parts.push(current);
  return parts;
}
