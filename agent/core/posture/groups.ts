/** Signals that are read together, how long it may take and how often it runs without any event. */
import { catalogue } from "#shared/posture/catalogue.ts";
import type { CollectorName, OperatingSystem } from "#shared/posture/catalogue-entry.ts";

/** Signals that are read together. */
export interface Group {
  readonly collector: CollectorName;
  readonly signals: readonly string[];
  readonly deadlineMs: number;
  readonly floorPollMs: number;
}

const deadlinesMs: Readonly<Record<CollectorName, number>> = {
  firewall: 5_000,
  published: 15_000,
  presence: 15_000,
  protection: 30_000,
  release: 15_000,
  // Package tools may take two minutes on a loaded machine.
  patches: 150_000,
  disk: 15_000,
  integrity: 15_000,
  users: 15_000,
  screen: 30_000,
  ports: 15_000,
  management: 30_000,
  certificates: 15_000,
  software: 30_000,
  hardware: 15_000,
  checks: 30_000,
  self: 5_000,
};

/** Returns the groups of an operating system; signals that others report have none. */
export function groupsOf(os: OperatingSystem): readonly Group[] {
  const names = Object.keys(deadlinesMs) as CollectorName[];
  return names.flatMap((collector) => {
    const entries = catalogue.filter(
      (entry) => entry.madeBy === collector && entry.os.includes(os),
    );
    if (entries.length === 0) return [];
    return [
      {
        collector,
        signals: entries.map((entry) => entry.signal),
        deadlineMs: deadlinesMs[collector],
        floorPollMs: Math.min(...entries.map((entry) => entry.floorPollMs)),
      },
    ];
  });
}
