/** A control plane that remembers what it was told, in order. */
import type { Decision } from "#shared/policy/decision.ts";
import type { Notice } from "../../controller/core/notice.ts";
import type { RecordChange } from "../../controller/core/record.ts";
import type { ReportedKind } from "#shared/policy/risk-kind.ts";
import { namedSubjects } from "../../controller/run/policy-desk.ts";
import type { ControlPlane } from "../../controller/ports/control-plane.ts";
import type { Closing, FleetView } from "../../controller/ports/fleet-view.ts";
import type {
  DeviceInput,
  PolicyDesk,
  RollOutView,
  TrialView,
} from "../../controller/ports/policy-desk.ts";

/** The fake with its memory. */
export interface FakeControlPlane extends ControlPlane {
  readonly changes: RecordChange[];
  readonly reports: RiskReport[];
}

interface RiskReport {
  readonly devices: readonly string[];
  readonly sighting: ReportedKind;
  readonly detail: string;
}

/** Returns a control plane where nobody is connected. */
export function fakeControlPlane(): FakeControlPlane {
  const changes: RecordChange[] = [];
  const reports: RiskReport[] = [];
  return {
    changes,
    reports,
    reportRisk: (report) => void reports.push(report),
    changed: (more) => void changes.push(...more),
    presence: () => ({ connected: false, configErrors: [] }),
    explain: () => [],
    facts: () => [],
    recheck: () => false,
  };
}

/** A desk whose devices, trials and roll-out a test sets. */
export interface FakePolicyDesk extends PolicyDesk {
  held: DeviceInput[];
  watched: TrialView[];
  rolling: RollOutView | null;
}

/** Returns the desk of a loop without devices, shadows or roll-outs. */
export function fakePolicyDesk(): FakePolicyDesk {
  const desk: FakePolicyDesk = {
    held: [],
    watched: [],
    rolling: null,
    devices: () => desk.held.map(({ device }) => device),
    inputs: (keys) =>
      desk.held.filter(({ device: { id, name } }) =>
        keys.some((key) => key === id || key === name),
      ),
    subjects: () => namedSubjects(desk.held.map(({ device }) => device)),
    rollOut: () => desk.rolling,
    trials: () => desk.watched,
    uses: () => [],
  };
  return desk;
}

/** A fleet whose notices a test sends. */
export interface FakeFleetView extends FleetView {
  /** What every device is answered, as far as a test says. */
  decided: readonly object[];
  /** What gateways confirm of every step. */
  closed: readonly Closing[];
  tell(notice: Notice): void;
}

/** Returns the view of a loop without devices. */
export function fakeFleetView(): FakeFleetView {
  const listeners = new Set<(notice: Notice) => void>();
  const fleet: FakeFleetView = {
    decided: [],
    closed: [],
    tell(notice) {
      for (const listener of listeners) listener(notice);
    },
    levels: () => [],
    access: () => null,
    decisions: () => fleet.decided as readonly Decision[],
    census: () => ({
      connected: 0,
      byStatus: {},
      active: { clear: [], closed: [], away: [] },
      gateways: 0,
      gatewaysConnected: 0,
    }),
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    follow(tell) {
      tell();
      return Promise.resolve(fleet.closed);
    },
  };
  return fleet;
}
