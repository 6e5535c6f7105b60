/** Tells a device how it stands: levels, and for each resource what is open, why not, and what to do. */
import type { OperatingSystem } from "#shared/posture/catalogue-entry.ts";
import type { Decision, Explanation } from "#shared/policy/decision.ts";
import { explain } from "#shared/policy/explain.ts";
import type { Input } from "#shared/policy/input.ts";
import { levelNeeds } from "#shared/policy/level-needs.ts";
import { levelVerdicts } from "#shared/policy/level-verdict.ts";
import type { Verdict } from "#shared/policy/tally.ts";
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import { withSignInFix } from "../person/sign-in-fix.ts";
import type { Step } from "../context.ts";
import type { DeviceState } from "../state.ts";
import { policyOf } from "./policy-of.ts";
import type { Decided } from "./decide.ts";
import { fitLevels, fitLines } from "./verdict-room.ts";

type VerdictMessage = ControllerMessageOf<"verdict">;
type ResourceLine = VerdictMessage["resources"][number];

/** A device as policies see it. */
interface Subject {
  readonly device: DeviceState;
  readonly input: Input;
}

/** Sends the device its verdict where it differs from what this link carried last. */
export function sendVerdict(step: Step, subject: Subject, all: readonly Decided[]): void {
  const { device, input } = subject;
  if (device.link?.phase !== "greeted") return;
  const { set } = policyOf(step.state, device.record);
  // Behind a gate nobody asked policy for reasons, but what it never gave is not named there either.
  const open = { ...input, device: { ...input.device, quarantined: false } };
  const os = systemOf(device.record.os);
  const isMeantFor = (found: Verdict, { reference }: Decision): boolean =>
    !isNoRule(explain(set, open, { verdict: found, reference, os }).reasons);
  const needs = levelNeeds(set, input);
  const levels = fitLevels(
    levelVerdicts(set, input).map(({ id, verdict }) => {
      return { id, verdict, needs: [...(needs.get(id) ?? [])] };
    }),
  );
  const lines = all
    .filter(({ decision, verdict, found }) => verdict !== null || isMeantFor(found, decision))
    .map((decided) => resourceLine(step, subject, decided))
    .filter(({ reasons }) => !isNoRule(reasons));
  const isHeld = device.record.status === "quarantined";
  const told = { levels, ...fitLines(lines), ...(isHeld ? { held: "quarantined" as const } : {}) };
  const text = JSON.stringify(told);
  if (text === device.sentVerdict) return;
  device.sentVerdict = text;
  device.verdictVersion += 1;
  const version = device.verdictVersion;
  const message: VerdictMessage = { kind: "verdict", version, ...told };
  step.effects.push({ kind: "send", link: device.link.id, message });
}

/** A resource that no rule gives to this device is not named to it: the list of all is not its business. */
function isNoRule(reasons: readonly { readonly code: string }[]): boolean {
  return reasons.length === 1 && reasons[0]?.code === "no_rule";
}

/** Explains one decision to a person; the gate's reason stands where policy was not asked. */
export function explanationOf(
  step: Pick<Step, "state">,
  { device, input }: Subject,
  { verdict, decision, resource }: Decided,
): Explanation {
  const { reference, effect } = decision;
  const full = effect === "allow" ? device.leftOut.get(resource.id) : undefined;
  if (full !== undefined) {
    return { reference, effect, resource: resource.name, reasons: [full], fixes: [] };
  }
  if (verdict === null) {
    const reasons = decision.unmet.map(({ reason }) => reason);
    return { reference, effect, resource: resource.name, reasons, fixes: [] };
  }
  const os = systemOf(device.record.os);
  const { set } = policyOf(step.state, device.record);
  return withSignInFix(explain(set, input, { verdict, reference, os }));
}

function resourceLine(step: Step, subject: Subject, decided: Decided): ResourceLine {
  const { resource, decision } = decided;
  const base = { resource: resource.id, name: resource.name };
  if (decision.effect === "allow" && !subject.device.leftOut.has(resource.id)) {
    const opened = openAt(step, subject.device, resource.id);
    if (opened === null) return { ...base, state: "pending", reasons: [], fixes: [] };
    return { ...base, state: "open", reasons: [], fixes: [], ...opened };
  }
  const { reasons, fixes } = explanationOf(step, subject, decided);
  return {
    ...base,
    state: decision.effect === "stepUp" ? "stepUp" : "blocked",
    reference: decision.reference,
    reasons: reasons.map(({ code, params }) => ({ code, params: { ...params } })),
    fixes: [...fixes],
  };
}

/** Returns the gateway, first in order, that confirmed the resource, and how long it keeps it open. */
function openAt(
  step: Step,
  device: DeviceState,
  resource: string,
): Pick<ResourceLine, "gateway" | "validUntilAt" | "leaseSeconds" | "toleranceSeconds"> | null {
  const [first] = [...device.permits]
    .filter(([, permit]) => permit.applied.has(resource))
    .map(([id, { live }]) => ({ gateway: step.state.gateways.get(id)?.record, live }))
    .flatMap(({ gateway, live }) => (gateway === undefined ? [] : [{ gateway, live }]))
    .sort(
      ({ gateway: left }, { gateway: right }) =>
        left.priority - right.priority || (left.id < right.id ? -1 : 1),
    );
  if (first === undefined) return null;
  const { gateway, live } = first;
  const access = live?.access.find(({ r }) => r === resource);
  if (live === null || access === undefined) return { gateway: gateway.name };
  return {
    gateway: gateway.name,
    validUntilAt: access.exp * 1_000,
    leaseSeconds: live.lease,
    toleranceSeconds: live.tolerance,
  };
}

function systemOf(os: string): OperatingSystem {
  return os === "darwin" || os === "windows" ? os : "linux";
}
