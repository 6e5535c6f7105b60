/** Reads conditions on what surrounds a session: time, place, risk, elevation. */
import { formatCidr, parseCidr } from "../../net/cidr.ts";
import type { Condition } from "../condition.ts";
import { parseTimeOfDay, weekdays } from "../time-window.ts";
import { isZone, zoneNames } from "../zone.ts";
import { nearestName } from "./nearest-name.ts";
import { readDuration } from "./duration.ts";
import {
  clip,
  type Member,
  type Node,
  placeOf,
  readFields,
  readInteger,
  readList,
  readName,
  readText,
  readWord,
  refuse,
  type Source,
} from "./source.ts";

/** Joins conditions that must all hold; one alone stays itself. */
export function allOf(
  source: Source,
  node: Node,
  parts: readonly Condition[],
): Condition | undefined {
  const [only] = parts;
  if (parts.length === 1) return only;
  return { kind: "all", of: parts, at: placeOf(source, node) };
}

/** Reads `elevation: {role, approvedBy, maxDuration}`; one approval is needed unless more are asked for. */
export function readElevation(source: Source, member: Member): Condition | undefined {
  const fields = readFields(source, member.value, {
    required: ["role"],
    allowed: ["approvedBy", "maxDuration"],
    what: "elevation",
  });
  if (fields === undefined) return undefined;
  const role = readName(source, fields.members.get("role"), "a role");
  const approvals = fields.members.get("approvedBy");
  const approvedBy = readInteger(source, approvals, { what: "approvedBy", min: 1, max: 5 }) ?? 1;
  const maxSeconds = readDuration(source, fields.members.get("maxDuration"), {
    what: "maxDuration",
    min: 60,
    max: 86_400,
  });
  const at = placeOf(source, member.keyNode);
  if (role === undefined) return undefined;
  return { kind: "elevation", role, approvedBy, maxSeconds, at };
}

/** Reads `time.local: {days, from, to, zone}`; days default to all, the window to the whole day. */
export function readWindow(source: Source, member: Member): Condition | undefined {
  const fields = readFields(source, member.value, {
    required: ["zone"],
    allowed: ["days", "from", "to"],
    what: "time.local",
  });
  if (fields === undefined) return undefined;
  const part = (key: string) => fields.members.get(key);
  const found = source.errors.length;
  const days = readList(source, part("days"), {
    what: "days",
    min: 1,
    max: 7,
    each: (item) => readWord(source, item, { what: "a day", words: weekdays }),
  });
  const fromMinute = readTimeOfDay(source, part("from"), "from") ?? 0;
  const toMinute = readTimeOfDay(source, part("to"), "to") ?? 1_440;
  const zone = readZone(source, part("zone"));
  if (source.errors.length > found || zone === undefined) return undefined;
  if (fromMinute === 1_440 || fromMinute === toMinute) {
    return refuse(source, member.value, {
      why: "time.local must begin before 24:00 and have a length",
    });
  }
  const window = { days: days.length === 0 ? weekdays : days, fromMinute, toMinute, zone };
  return { kind: "time", window, at: placeOf(source, member.keyNode) };
}

function readTimeOfDay(source: Source, node: Node | undefined, what: string): number | undefined {
  const text = readText(source, node, { what });
  if (text === undefined || node === undefined) return undefined;
  const minutes = parseTimeOfDay(text);
  if (minutes !== null) return minutes;
  return refuse(source, node, { why: `${what} \`${clip(text)}\` is no time such as "07:00"` });
}

function readZone(source: Source, node: Node | undefined): string | undefined {
  const text = readText(source, node, { what: "zone" });
  if (text === undefined || node === undefined) return undefined;
  if (isZone(text)) return text;
  const why = `\`${clip(text)}\` is no IANA time zone`;
  return refuse(source, node, { why, hint: nearestName(text, zoneNames()) });
}

/** Reads `net.country: {in: [DE, AT]}`. */
export function readCountry(source: Source, member: Member): Condition | undefined {
  const fields = readFields(source, member.value, {
    required: ["in"],
    allowed: [],
    what: member.key,
  });
  const countries = readList(source, fields?.members.get("in"), {
    what: "in",
    min: 1,
    max: 250,
    each: (item) => {
      const text = readText(source, item, { what: "a country" });
      if (text === undefined || /^[A-Z]{2}$/.test(text)) return text;
      return refuse(source, item, { why: `\`${clip(text)}\` is no country code such as DE` });
    },
  });
  const at = placeOf(source, member.keyNode);
  return countries.length === 0 ? undefined : { kind: "country", countries, at };
}

/** Reads `net.cidr: {within: [198.51.100.0/24]}`. */
export function readNetwork(source: Source, member: Member): Condition | undefined {
  const fields = readFields(source, member.value, {
    required: ["within"],
    allowed: [],
    what: member.key,
  });
  const within = readList(source, fields?.members.get("within"), {
    what: "within",
    min: 1,
    max: 256,
    each: (item) => {
      const text = readText(source, item, { what: "a prefix" });
      if (text === undefined) return undefined;
      const cidr = parseCidr(text);
      if (cidr !== null) return formatCidr(cidr);
      return refuse(source, item, { why: `\`${clip(text)}\` is not a canonical prefix` });
    },
  });
  const at = placeOf(source, member.keyNode);
  return within.length === 0 ? undefined : { kind: "network", within, at };
}

/** Reads `risk.session: {below: 60}` and `risk.identity` alike. */
export function readRisk(
  source: Source,
  member: Member,
  score: "session" | "identity",
): Condition | undefined {
  const operators = ["atLeast", "atMost", "above", "below"] as const;
  const fields = readFields(source, member.value, { allowed: operators, what: member.key });
  if (fields === undefined) return undefined;
  const at = placeOf(source, member.keyNode);
  const parts: Condition[] = [];
  for (const operator of operators) {
    const node = fields.members.get(operator);
    const operand = readInteger(source, node, { what: operator, min: 0, max: 100 });
    if (operand !== undefined) parts.push({ kind: "risk", score, operator, operand, at });
    else if (node !== undefined) return undefined;
  }
  if (parts.length > 0) return allOf(source, member.value, parts);
  return refuse(source, member.value, {
    why: `${member.key} needs one of ${operators.join(", ")}`,
  });
}
