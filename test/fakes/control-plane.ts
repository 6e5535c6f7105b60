/** A control plane that remembers what it was told, in order. */
import type { RecordChange } from "../../controller/core/record.ts";
import type { ControlPlane } from "../../controller/ports.ts";

/** The fake with its memory. */
export interface FakeControlPlane extends ControlPlane {
  readonly changes: RecordChange[];
}

/** Returns a control plane where nobody is connected. */
export function fakeControlPlane(): FakeControlPlane {
  const changes: RecordChange[] = [];
  return {
    changes,
    changed: (more) => void changes.push(...more),
    presence: () => ({ connected: false }),
    explain: () => [],
    facts: () => [],
    recheck: () => false,
  };
}
