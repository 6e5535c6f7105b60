/** Reads rings: the order in which device groups get a new set of policies. */
import type { RingDefinition } from "../document.ts";
import { readDuration } from "./duration.ts";
import {
  type Node,
  placeOf,
  readFields,
  readInteger,
  readList,
  readName,
  readText,
  type Source,
} from "./source.ts";

/** Reads one ring; it is watched for a day and halts the roll-out at 2 more denies in 100 unless said otherwise. */
export function readRing(source: Source, node: Node): RingDefinition | undefined {
  const fields = readFields(source, node, {
    required: ["name", "groups"],
    allowed: ["soak", "haltAbovePercent"],
    what: "a ring",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const name = readName(source, part("name"), "a ring's name");
  const groups = readList(source, part("groups"), {
    what: "groups",
    min: 1,
    max: 256,
    each: (item) => readText(source, item, { what: "a group" }),
  });
  const soak = readDuration(source, part("soak"), { what: "soak", min: 0, max: 30 * 86_400 });
  const halt = readInteger(source, part("haltAbovePercent"), {
    what: "haltAbovePercent",
    min: 0,
    max: 100,
  });
  if (name === undefined || groups.length === 0) return undefined;
  return {
    name,
    groups,
    soakSeconds: soak ?? 86_400,
    haltAbovePercent: halt ?? 2,
    at: placeOf(source, fields.node),
  };
}
