/** Asks Windows one query and turns the answer into observations. */
import type { Reading } from "#shared/posture/fact.ts";
import { observe } from "../observation.ts";
import type { Observation } from "../observation.ts";
import { query } from "./powershell.ts";

/** Readings of one answer by their signals. */
export type Readings = readonly (readonly [signal: string, reading: Reading])[];

/** Returns the observations; where the query failed, each signal says why. */
export async function ask(
  script: string,
  judge: (answer: unknown) => Readings,
  deadlineMs?: number,
): Promise<readonly Observation[]> {
  const { answer, text, tool, tookMs, failed } = await query(script, deadlineMs);
  const readings = judge(answer);
  const told: Readings =
    failed === null
      ? readings
      : readings.map(([signal]) => [signal, { kind: "unknown", reason: failed }]);
  const source = { collector: "windows", collectorVersion: 1, by: "os" } as const;
  return observe(told, { ...source, text, tookMs, tool });
}
