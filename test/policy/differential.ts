/** Compares the evaluator with the oracle in all its forms; returns how many verdicts were compared. */
import { canonicalJson, type Json } from "#shared/base/canonical-json.ts";
import { compilePolicies } from "#shared/policy/compile.ts";
import { decide, decideReach, reachOf } from "#shared/policy/decide.ts";
import type { PolicyDocument } from "#shared/policy/document.ts";
import type { Input } from "#shared/policy/input.ts";
import { levelVerdicts } from "#shared/policy/level-verdict.ts";
import { explain, unmetOf } from "#shared/policy/explain.ts";
import { type OracleWorld, oracleVerdict, weigh } from "./oracle.ts";
import { sampleCatalogue } from "./sample-catalogue.ts";

/** Throws with the first disagreement. */
export function compareWithOracle(document: PolicyDocument, inputs: readonly Input[]): number {
  const result = compilePolicies([document], sampleCatalogue);
  if (result.kind === "refused") throw new Error(`refused: ${JSON.stringify(result.errors)}`);
  const { set } = result;
  let compared = 0;
  for (const input of inputs) {
    const world = { documents: [document], catalogue: sampleCatalogue, input };
    const all = decideReach(set, input);
    const reach = reachOf(set, input);
    all.forEach((verdict, index) => {
      const { name } = set.resources[index]!;
      const one = decide(set, input, name);
      agree(`single and reach of ${name}`, one, verdict);
      const expected = oracleVerdict(world, name);
      agree(name, pick(one), expected);
      const bit = (words: Uint32Array) => (words[index >>> 5]! >>> (index & 31)) & 1;
      agree(
        `${name} in the quick reach`,
        [bit(reach.allow), bit(reach.stepUp)],
        [Number(expected.effect === "allow"), Number(expected.effect === "stepUp")],
      );
      if (reach.validUntilAt > expected.validUntilAt) throw new Error("quick reach valid too long");
      const explanation = explain(set, input, { verdict: one, reference: "x", os: "linux" });
      agree("reasons exactly for a no", explanation.reasons.length > 0, one.effect !== "allow");
      unmetOf(set, input, name);
      compared += 1;
    });
    compareLevels(document, world, levelVerdicts(set, input));
  }
  return compared;
}

function compareLevels(
  document: PolicyDocument,
  world: OracleWorld,
  verdicts: ReturnType<typeof levelVerdicts>,
): void {
  for (const level of document.levels) {
    const weight = weigh(world, level.when);
    const expected = weight === 1 ? "met" : weight === 0 ? "notMet" : "unknown";
    const verdict = verdicts.find(({ id }) => id === level.name)?.verdict;
    agree(level.name, verdict, expected);
  }
}

function pick(verdict: ReturnType<typeof decide>): ReturnType<typeof oracleVerdict> {
  const { effect, determinedBy, validUntilAt, accessUntilAt, leaseSeconds } = verdict;
  const { record } = verdict.obligations;
  return { effect, determinedBy, validUntilAt, accessUntilAt, record, leaseSeconds };
}

function agree(what: string, given: unknown, expected: unknown): void {
  const [left, right] = [canonicalJson(given as Json), canonicalJson(expected as Json)];
  if (left !== right) throw new Error(`${what}: ${left}, but the oracle says ${right}`);
}
