/**
 * The controller's store in memory: a write is durable after a while and all at once; what was not
 * durable when the controller crashed is gone. It can stall and it can refuse.
 */
import { CodedError } from "#shared/base/coded-error.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type {
  EventRow,
  HeldFact,
  StoredState,
  StoreWrite,
  WriteResult,
} from "../../controller/core/row.ts";
import type { Store } from "../../controller/ports/store.ts";
import type { Random } from "./random.ts";
import type { Timeline } from "./timeline.ts";

/** How the disk behaves. */
export type Disk = "well" | "stalled" | "full";

/** Tables that survive a crash, and the port over them. */
export interface MemoryStore {
  readonly store: Store;
  readonly events: ReadonlyMap<string, EventRow>;
  readonly grants: ReadonlyMap<string, GrantClaims>;
  setDisk(disk: Disk): void;
  /** Loses what is under way; the answers never come. */
  crash(): void;
}

/** Returns a store that starts from records. */
export function makeMemoryStore(
  initial: StoredState,
  world: { readonly timeline: Timeline; readonly random: Random },
): MemoryStore {
  const events = new Map<string, EventRow>();
  const facts = new Map<string, { device: string; held: HeldFact }>();
  const grants = new Map<string, GrantClaims>();
  const gatewayOf = new Map<string, { device: string; gateway: string }>();
  const ended = new Set<string>();
  let disk: Disk = "well";
  let generation = 0;
  let waiting: (() => void)[] = [];

  const commit = (writes: readonly StoreWrite[]): WriteResult => {
    const conflicts: { device: string; epoch: string; seq: number }[] = [];
    for (const write of writes) {
      if (write.kind === "event") {
        const name = eventName(write.row);
        const known = events.get(name);
        if (known === undefined) events.set(name, write.row);
        else if (known.digest !== write.row.digest) conflicts.push(write.row);
      } else if (write.kind === "fact") {
        const { device, held } = write;
        facts.set(`${device} ${held.fact.signal}`, { device, held });
      } else if (write.kind === "grant") {
        grants.set(write.row.claims.jti, write.row.claims);
        gatewayOf.set(write.row.claims.jti, write.row);
      } else if (write.kind === "grantEnd") ended.add(write.jti);
    }
    return { conflicts };
  };
  const write = (writes: readonly StoreWrite[]): Promise<WriteResult> =>
    new Promise((resolve, reject) => {
      const born = generation;
      const attempt = (): void => {
        if (born !== generation) return;
        if (disk === "full") reject(new CodedError("SP-404", { file: "controller.db" }));
        else if (disk === "stalled") waiting.push(attempt);
        else resolve(commit(writes));
      };
      world.timeline.after(world.random.between(1, 25), attempt);
    });
  return {
    store: {
      write,
      load: () =>
        Promise.resolve({
          ...initial,
          facts: [...facts.values()],
          grants: [...grants.values()]
            .filter((claims) => !ended.has(claims.jti))
            .map((claims) => ({
              ...(gatewayOf.get(claims.jti) ?? { device: "", gateway: "" }),
              claims,
            })),
          ledgers: ledgersOf([...events.values()]),
        }),
    },
    events,
    grants,
    setDisk(next) {
      disk = next;
      if (next !== "stalled") for (const attempt of waiting.splice(0)) attempt();
    },
    crash() {
      generation += 1;
      waiting = [];
    },
  };
}

/** Returns the one name of an event. */
export function eventName(row: { device: string; epoch: string; seq: number }): string {
  return `${row.device} ${row.epoch} ${row.seq}`;
}

function ledgersOf(events: readonly EventRow[]): StoredState["ledgers"] {
  const epochs = new Map<string, EventRow[]>();
  for (const row of events) {
    const key = `${row.device} ${row.epoch}`;
    epochs.set(key, [...(epochs.get(key) ?? []), row]);
  }
  return [...epochs.values()].flatMap((rows) => {
    const bySeq = new Map(rows.map((row) => [row.seq, row]));
    let last: EventRow | undefined;
    for (let seq = 1; bySeq.has(seq); seq++) last = bySeq.get(seq);
    return last === undefined ? [] : [last];
  });
}
