/** Canonical forms whose digests name an input and a policy set; the digest is made by the caller. */
import type { Json } from "../base/canonical-json.ts";
import type { PolicyDocument, RiskWeightDefinition } from "./document.ts";
import type { FactView, Input } from "./input.ts";

/** Returns an input as JSON in which nothing depends on the order of maps and groups. */
export function inputForHash(input: Input): Json {
  const { device, user, facts, elevations } = input;
  return {
    nowAt: input.nowAt,
    device: { ...device, groups: sorted(device.groups), tags: sorted(device.tags) },
    user: user && { ...user, groups: sorted(user.groups), amr: sorted(user.amr) },
    facts: Object.fromEntries(
      [...facts].map(([signal, { reading, untilAt }]) => [
        signal,
        { reading: { ...reading }, untilAt },
      ]),
    ),
    risk: riskForHash(input.risk),
    net: { ...input.net },
    elevations: elevations
      .map((elevation) => ({ ...elevation }))
      .sort((left, right) => (left.role < right.role ? -1 : 1) || left.untilAt - right.untilAt),
  };
}

/** Returns the input that `inputForHash` made text of. */
export function inputFromHash(text: string): Input {
  const { facts, ...rest } = JSON.parse(text) as Omit<Input, "facts"> & {
    readonly facts: Readonly<Record<string, FactView>>;
  };
  return { ...rest, facts: new Map(Object.entries(facts)) };
}

/** Returns documents as JSON without their places: moving lines or files does not change the version. */
export function documentsForHash(documents: readonly PolicyDocument[]): Json {
  const list = (part: "resources" | "levels" | "policies") =>
    documents
      .flatMap((document): readonly object[] => document[part])
      .map((item): Json => withoutPlaces(item) ?? null)
      .sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  const weights = documents.flatMap(({ riskWeights }) => riskWeights ?? []);
  return {
    ...(weights.length === 0 ? {} : { riskWeights: weightsForHash(weights) }),
    resources: list("resources"),
    levels: list("levels"),
    policies: list("policies"),
    rings: documents
      .flatMap(({ rings }) => rings ?? [])
      .map((ring): Json => withoutPlaces(ring) ?? null),
  };
}

function riskForHash({ seen, ...scores }: Input["risk"]): Json {
  if (seen === undefined) return { ...scores };
  const inOrder = [...seen].sort(
    (one, other) => one.at - other.at || (one.kind < other.kind ? -1 : 1),
  );
  return { ...scores, seen: inOrder.map((sighting) => ({ ...sighting })) };
}

function sorted(texts: readonly string[]): readonly string[] {
  return [...texts].sort();
}

function weightsForHash(weights: readonly RiskWeightDefinition[]): Json {
  const inOrder = [...weights].sort((one, other) => (one.sighting < other.sighting ? -1 : 1));
  return inOrder.map((weight): Json => withoutPlaces(weight) ?? null);
}

/** Returns data as JSON without any `at`. */
export function withoutPlaces(value: unknown): Json | undefined {
  if (Array.isArray(value)) return value.map((item) => withoutPlaces(item) ?? null);
  if (value instanceof Map) return withoutPlaces(Object.fromEntries(value));
  if (typeof value !== "object" || value === null) return value as Json;
  const members = Object.entries(value).filter(([key]) => key !== "at");
  return Object.fromEntries(members.map(([key, member]) => [key, withoutPlaces(member)]));
}
