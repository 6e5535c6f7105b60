import { CodedError } from "#shared/base/coded-error.ts";
import type { StoreWrite } from "../../core/row.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Store } from "../../ports/store.ts";
import { type DecisionLog, type LogEntry, plainText } from "../audit/decision-log.ts";
import type { DiskSpace } from "./disk-space.ts";
import type { Sealing } from "../keys/sealing.ts";
import { openGateway } from "./gateway-secret.ts";
import type { StoreThreads } from "./store-threads.ts";

/** What the core's store is made of. */
export interface CoreStoreParts {
  readonly threads: Pick<StoreThreads, "read" | "write">;
  readonly sealing: Sealing;
  readonly log: DecisionLog;
  readonly clock: Pick<Clock, "nowAt">;
  readonly disk: Pick<DiskSpace, "low">;
}

/** Returns the core's store: a write resolves when table and decision log are both durable. */
export function makeCoreStore({ threads, sealing, log, clock, disk }: CoreStoreParts): Store {
  return {
    async load() {
      const state = await threads.read("state.load", clock.nowAt());
      return { ...state, gateways: state.gateways.map((one) => openGateway(sealing, one)) };
    },
    async write(writes) {
      // Only what opens is held back: events and ends of grants are small and must be kept.
      if (disk.low() && writes.some((write) => write.kind === "grant")) {
        throw new CodedError("SP-404", { file: "the state folder" });
      }
      const entries = writes.flatMap(entriesOf);
      const [result] = await Promise.all([
        threads.write("rows.write", writes),
        log.append(entries),
      ]);
      return result;
    },
  };
}

function entriesOf(write: StoreWrite): readonly LogEntry[] {
  if (write.kind === "decision") return [write];
  return write.kind === "decisionSource" ? [{ kind: "source", body: plainText(write.source) }] : [];
}
