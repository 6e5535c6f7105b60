/** Reads the tests beside a policy. */
import { isScalar, isSeq } from "yaml";
import type { Operand } from "../condition.ts";
import type { PolicyTest } from "../document.ts";
import {
  type Node,
  placeOf,
  readFields,
  readList,
  readMembers,
  readName,
  readText,
  readWord,
  refuse,
  type Source,
} from "./source.ts";

type Given = Operand | readonly string[] | null;

/** Reads one test: `given` changes an input that the policy matches, `expect` is what must come of it. */
export function readPolicyTest(source: Source, node: Node): PolicyTest | undefined {
  const fields = readFields(source, node, {
    required: ["expect"],
    allowed: ["given", "resource", "because"],
    what: "a test",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const given = new Map<string, Given>();
  const changes = part("given");
  const members = changes === undefined ? [] : readMembers(source, changes, "given");
  for (const { key, value } of members ?? []) {
    const change = readGiven(source, value);
    if (change !== undefined) given.set(key, change);
  }
  const effects = ["allow", "stepUp", "deny"] as const;
  const expected = readWord(source, part("expect"), { what: "expect", words: effects });
  const resource = readName(source, part("resource"), "a resource's name");
  const because = readText(source, part("because"), { what: "because", max: 64 });
  if (expected === undefined) return undefined;
  return { given, resource, expect: expected, because, at: placeOf(source, fields.node) };
}

/** `null` takes a fact away. */
function readGiven(source: Source, node: Node): Given | undefined {
  if (isSeq(node)) {
    const each = (item: Node) => readText(source, item, { what: "an entry" });
    return readList(source, node, { what: "a list", max: 256, each });
  }
  const value = isScalar(node) ? node.value : undefined;
  if (value === null || typeof value === "boolean" || Number.isSafeInteger(value)) {
    return value as boolean | number | null;
  }
  if (typeof value === "string") return readText(source, node, { what: "a value" });
  return refuse(source, node, {
    why: "a value is true, false, a whole number, text, a list or null",
  });
}
