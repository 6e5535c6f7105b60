/** Facts that the controller makes itself, from what a device reported and what vendors published. */
import type { FactView } from "#shared/policy/input.ts";
import { catalogue } from "#shared/posture/catalogue.ts";
import { judgeEngines } from "#shared/posture/engine-judgement.ts";
import { judgedSignals, judgeOs } from "#shared/posture/os-judgement.ts";
import type { OsIntelBundle } from "#shared/protocol/os-intel.ts";

const engineSignal = "edr.missing_engine_days";

/** Only the controller can know these: a device that reports one is not believed. */
const ownSignals = catalogue
  .filter(({ madeBy }) => madeBy === "controller")
  .map(({ signal }) => signal);

/** Puts the judgement into a device's facts; it counts as long as the facts that it stands on. */
export function judgeFacts(
  facts: Map<string, FactView>,
  intel: OsIntelBundle | null,
  now: number,
): void {
  for (const signal of ownSignals) facts.delete(signal);
  const engines = facts.get("edr.engines");
  if (intel !== null && engines?.reading.kind === "known" && Array.isArray(engines.reading.value)) {
    const reading = judgeEngines(intel, engines.reading.value.map(String), now);
    facts.set(engineSignal, { reading, untilAt: engines.untilAt });
  }
  const product = facts.get("os.product");
  const version = facts.get("os.version");
  if (intel === null || product === undefined || version === undefined) return;
  const [name, release] = [textOf(product), textOf(version)];
  if (name === null || release === null) return;
  const judged = judgeOs(intel, { product: name, version: release }, now);
  const untilAt = Math.min(product.untilAt, version.untilAt);
  for (const signal of judgedSignals) {
    const reading = judged[signal];
    if (reading !== undefined) facts.set(signal, { reading, untilAt });
  }
}

function textOf({ reading }: FactView): string | null {
  return reading.kind === "known" && typeof reading.value === "string" ? reading.value : null;
}
