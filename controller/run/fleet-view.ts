import type { Effect } from "../core/effect.ts";
import type { ControllerEvent } from "../core/event.ts";
import { accessCountOf, censusOf, levelsOf } from "../core/device-standing.ts";
import type { RecordChange } from "../core/record.ts";
import type { ControllerState } from "../core/state.ts";
import type { Notice } from "../core/notice.ts";
import type { Clock } from "../ports/clock.ts";
import type { FleetView } from "../ports/fleet-view.ts";
import { makeClosingWatch } from "./closing-watch.ts";
import type { RemovalListener } from "./cutoff-meter.ts";

/** What the admin API may watch, and how the loop feeds it. */
export interface WatchedFleet {
  readonly view: FleetView;
  /** Called before an event is decided, since a closed link is forgotten afterwards. */
  before(event: ControllerEvent): void;
  after(event: ControllerEvent, effects: readonly Effect[]): void;
  readonly removals: RemovalListener;
  /** Null for a device whose reports ended nothing in this run. */
  lastCut(device: string): LastCut | null;
}

/** When access of a device ended by its own report, and how long after the posture turned. */
export interface LastCut {
  readonly at: number;
  readonly tookMs: number;
}

/** Returns the view over the state; nothing is computed while nobody listens. */
export function makeFleetView(
  state: ControllerState,
  clock: Pick<Clock, "nowAt" | "wake">,
): WatchedFleet {
  const listeners = new Set<(notice: Notice) => void>();
  const closings = makeClosingWatch(clock);
  const cuts = new Map<string, LastCut>();
  let leaving: Notice | null = null;
  const tell = (notice: Notice) => {
    for (const listener of listeners) listener(notice);
  };
  return {
    lastCut: (device) => cuts.get(device) ?? null,
    view: {
      levels: (device) => levelsOf(state, device, clock.nowAt()),
      access(device) {
        const held = state.devices.get(device);
        return held === undefined ? null : accessCountOf(held);
      },
      decisions: (device) => state.devices.get(device)?.decisions.values() ?? [],
      census: () => censusOf(state),
      subscribe(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      follow: (tell) => closings.follow(tell),
    },
    removals: {
      sent(removal) {
        const gateway = state.links.get(removal.link)?.identity.id;
        if (gateway !== undefined) closings.sent({ ...removal, gateway });
      },
      confirmed(removal) {
        closings.confirmed(removal);
        const { link, removed, tookMs } = removal;
        const gateway = state.links.get(link)?.identity.id;
        if (gateway === undefined) return;
        tell({ kind: "removal", gateway, removed, tookMs });
      },
      cut({ device, tookMs }) {
        cuts.set(device, { at: clock.nowAt(), tookMs });
        tell({ kind: "device", id: device });
      },
    },
    before(event) {
      leaving = listeners.size > 0 && event.kind === "linkClosed" ? who(state, event.link) : null;
    },
    after(event, effects) {
      if (listeners.size === 0) return;
      const notices = [...noticesOf(state, event), ...effects.flatMap(writtenNotices)];
      if (leaving !== null) notices.push(leaving);
      for (const notice of distinct(notices)) tell(notice);
    },
  };
}

function who(state: ControllerState, link: number): Notice | null {
  const identity = state.links.get(link)?.identity;
  return identity === undefined ? null : { kind: identity.role, id: identity.id };
}

function noticesOf(state: ControllerState, event: ControllerEvent): readonly Notice[] {
  if (event.kind === "recordsChanged") return event.changes.map(recordNotice);
  if (event.kind !== "received") return [];
  const { kind } = event.message;
  if (kind !== "hello" && kind !== "beat" && kind !== "report") return [];
  const notice = who(state, event.link);
  return notice === null ? [] : [notice];
}

function recordNotice(change: RecordChange): Notice {
  return change.kind === "device" || change.kind === "gateway"
    ? { kind: change.kind, id: change.record.id }
    : { kind: "records", what: change.kind };
}

function writtenNotices(effect: Effect): readonly Notice[] {
  if (effect.kind !== "write") return [];
  return effect.writes.flatMap((write): readonly Notice[] => {
    if (write.kind === "decision") {
      const { decision } = write;
      return [
        { kind: "decision", decision },
        { kind: "device", id: decision.device },
      ];
    }
    if (write.kind === "audit") return [{ kind: "records", what: "audit" }];
    if (write.kind === "accessRequest") return [{ kind: "records", what: "accessRequest" }];
    if (write.kind === "rollOutStep") return [{ kind: "records", what: "rollOut" }];
    return [];
  });
}

/** One event may touch the same device many times; it is told of once. */
function distinct(notices: readonly Notice[]): readonly Notice[] {
  const keys = new Map(notices.map((notice) => [keyOf(notice), notice]));
  return [...keys.values()];
}

function keyOf(notice: Notice): string {
  switch (notice.kind) {
    case "decision":
      return `decision ${notice.decision.id}`;
    case "removal":
      return `removal ${notice.gateway} ${notice.tookMs}`;
    case "records":
      return `records ${notice.what}`;
    case "device":
    case "gateway":
      return `${notice.kind} ${notice.id}`;
  }
}
