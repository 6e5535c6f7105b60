/** Turns verdicts into decisions: one per resource, kept while nothing about it changed. */
import { canonicalJson } from "#shared/base/canonical-json.ts";
import { referenceOf } from "#shared/base/id.ts";
import { inputForHash } from "#shared/policy/canonical-form.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { decideReach } from "#shared/policy/decide.ts";
import type { Decision, Reason } from "#shared/policy/decision.ts";
import { unmetIn } from "#shared/policy/explain.ts";
import { neverAt } from "#shared/policy/fact-sheet.ts";
import { type Frame, makeFrame } from "#shared/policy/frame.ts";
import type { Input } from "#shared/policy/input.ts";
import type { Verdict } from "#shared/policy/tally.ts";
import type { Step } from "../context.ts";
import type { ResourceRecord } from "../record.ts";
import type { DecisionSource } from "../row.ts";
import { signedInOn } from "../person/user-session.ts";
import type { DeviceState } from "../state.ts";
import { policyOf } from "./policy-of.ts";

/** A resource's verdict with its decision; `verdict` is null where the gate closed everything. */
export interface Decided {
  readonly resource: ResourceRecord;
  /** What policy says, asked or not. */
  readonly found: Verdict;
  readonly verdict: Verdict | null;
  readonly decision: Decision;
}

/** What a look at all resources gave; `fresh` are the decisions that differ from the former ones. */
export interface Decisions {
  readonly all: readonly Decided[];
  readonly fresh: readonly Decision[];
  /** Of the fresh ones, those that refuse what was open before: by what the rules that opened it miss now. */
  readonly losses: readonly Decision[];
  /** What the fresh ones were made from; null where there is none. */
  readonly source: DecisionSource | null;
}

/** Decides about every resource for a device; `gate` closes them all without asking the policy. */
export function decideAll(
  step: Step,
  device: DeviceState,
  { input, gate }: { readonly input: Input; readonly gate: Reason | null },
): Decisions {
  const { state } = step;
  const all: Decided[] = [];
  const fresh: Decision[] = [];
  const losses: Decision[] = [];
  let inputText = "";
  let inputHash = "";
  const hash = () => {
    if (inputHash !== "") return inputHash;
    inputText = canonicalJson(inputForHash(input));
    inputHash = step.context.sha256Hex(inputText);
    return inputHash;
  };
  const policy = policyOf(state, device.record);
  const frame = makeFrame(policy.set, input);
  for (const found of decideReach(policy.set, input)) {
    const resource = state.resources.get(policy.idsByName.get(found.resource) ?? "");
    if (resource === undefined) continue;
    const verdict = gate === null ? found : null;
    const former = device.decisions.get(resource.id);
    const unmet =
      gate === null ? unmetFor(policy.set, frame, found) : [{ policy: "", reason: gate }];
    const draft = { verdict, unmet, policyVersion: policy.version };
    const decision =
      former !== undefined && former.user === input.user?.id && sameDecision(former, draft)
        ? former
        : newDecision(step, { device, resource }, { ...draft, inputHash: hash() });
    if (decision !== former) fresh.push(decision);
    if (former?.effect === "allow" && decision.effect === "deny") {
      losses.push(lossOf(former, decision));
    }
    all.push({ resource, found, verdict, decision });
  }
  device.decisions.clear();
  for (const { decision } of all) device.decisions.set(decision.resource, decision);
  if (fresh.length === 0) return { all, fresh, losses, source: null };
  const resources = all.filter(({ decision }) => fresh.includes(decision));
  const source: DecisionSource = {
    hash: hash(),
    at: step.now,
    input: inputText,
    resources: resources.map(({ resource }) => resource),
    provenance: provenanceOf(device),
  };
  return { all, fresh, losses, source };
}

/** Other rules never held, and a set that asks for more says nothing about the device. */
function lossOf({ determinedBy, policyVersion }: Decision, decision: Decision): Decision {
  const held = policyVersion === decision.policyVersion ? determinedBy : [];
  return { ...decision, unmet: decision.unmet.filter(({ policy }) => held.includes(policy)) };
}

function provenanceOf({ posture }: DeviceState): DecisionSource["provenance"] {
  return [...posture.facts.values()].map(({ fact }) => {
    const { signal, source, observedAt, freshForMs } = fact;
    return { signal, source, observedAt, freshForMs };
  });
}

interface Draft {
  readonly verdict: Verdict | null;
  readonly unmet: Decision["unmet"];
  readonly policyVersion: string;
}

function unmetFor(set: PolicySet, frame: Frame, verdict: Verdict): Decision["unmet"] {
  return verdict.effect === "allow" ? [] : unmetIn(set, frame, verdict.resource);
}

function sameDecision(former: Decision, draft: Draft): boolean {
  const effect = draft.verdict?.effect ?? "deny";
  return (
    former.effect === effect &&
    former.policyVersion === draft.policyVersion &&
    same(former.determinedBy, draft.verdict?.determinedBy ?? []) &&
    same(former.unmet, draft.unmet)
  );
}

function same(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function newDecision(
  step: Step,
  { device, resource }: { readonly device: DeviceState; readonly resource: ResourceRecord },
  draft: Draft & { readonly inputHash: string },
): Decision {
  const { verdict, unmet, policyVersion, inputHash } = draft;
  const id = step.context.newId("dec", step.now);
  const found = signedInOn(step.state, device, step.now);
  const signedIn = found === null ? {} : { user: found.user.id, session: found.session.id };
  return {
    id,
    reference: referenceOf(id),
    at: step.now,
    device: device.record.id,
    ...signedIn,
    resource: resource.id,
    effect: verdict?.effect ?? "deny",
    determinedBy: verdict?.determinedBy ?? [],
    obligations: verdict?.obligations ?? { record: false },
    leaseSeconds: verdict?.leaseSeconds ?? resource.leaseSeconds,
    validUntilAt: verdict?.validUntilAt ?? neverAt,
    unmet,
    policyVersion,
    inputHash,
    ...(verdict?.shadow === undefined ? {} : { shadow: verdict.shadow }),
    errors: verdict?.errors ?? [],
  };
}
