/** What others tell of a device or of its person, and proofs that were refused. */
import type { ReportedKind } from "#shared/policy/risk-kind.ts";
import { evaluateDevice } from "../access/evaluate.ts";
import type { Step } from "../context.ts";
import { noteRefusal, noteRisk } from "./risk.ts";

/** Takes a report: the scores rise at once, and what a rule closes by them closes. */
export function takeRiskReport(
  step: Step,
  report: {
    readonly devices: readonly string[];
    readonly sighting: ReportedKind;
    readonly detail: string;
  },
): void {
  for (const id of report.devices) {
    const device = step.state.devices.get(id);
    if (device === undefined) continue;
    const seen = { kind: report.sighting, detail: report.detail };
    if (noteRisk(step, device, seen)) evaluateDevice(step, device);
  }
}

/** Takes a refused proof; many of them within minutes are a sighting. */
export function takeRefusal(step: Step, identity: string): void {
  const device = step.state.devices.get(identity);
  if (device !== undefined && noteRefusal(step, device)) evaluateDevice(step, device);
}
