/** Reads what sightings weigh: `auth.failures: {points: 40, halfLife: PT4H}`. */
import type { RiskWeightDefinition } from "../document.ts";
import { isRiskKind, riskKinds } from "../risk-kind.ts";
import { readDuration } from "./duration.ts";
import { nearestName } from "./nearest-name.ts";
import {
  clip,
  type Member,
  type Node,
  placeOf,
  readFields,
  readInteger,
  readMembers,
  refuse,
  type Source,
} from "./source.ts";

const halfLifeMaxSeconds = 7 * 86_400;

/** Reads the map of weights; 0 points leave a kind of sighting out of the scores. */
export function readRiskWeights(source: Source, node: Node): readonly RiskWeightDefinition[] {
  const members = readMembers(source, node, "riskWeights") ?? [];
  return members.flatMap((member) => readWeight(source, member) ?? []);
}

function readWeight(
  source: Source,
  { key, keyNode, value }: Member,
): RiskWeightDefinition | undefined {
  if (!isRiskKind(key)) {
    const why = `unknown sighting \`${clip(key)}\``;
    return refuse(source, keyNode, { code: "SP-603", why, hint: nearestName(key, riskKinds) });
  }
  const fields = readFields(source, value, {
    required: ["points"],
    allowed: ["halfLife"],
    what: key,
  });
  const points = readInteger(source, fields?.members.get("points"), {
    what: "points",
    min: 0,
    max: 100,
  });
  const halfLifeSeconds = readDuration(source, fields?.members.get("halfLife"), {
    what: "halfLife",
    min: 60,
    max: halfLifeMaxSeconds,
  });
  if (points === undefined) return undefined;
  return { sighting: key, points, halfLifeSeconds, at: placeOf(source, keyNode) };
}
