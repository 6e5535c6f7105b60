/** From a box back to an input in which it holds: findings and tests show things, not formulas. */
import type { CatalogueEntry } from "../../posture/catalogue-entry.ts";
import type { Reading, SignalValue } from "../../posture/fact.ts";
import type { PolicyDefinition } from "../document.ts";
import type { Elevation, FactView, Input } from "../input.ts";
import { weekdayOf } from "../civil-time.ts";
import { makeZone } from "../zone.ts";
import type { Box } from "./box.ts";
import type { Range } from "./range.ts";
import { type Space, weekMinutes } from "./variables.ts";
import { dayMs, minuteMs } from "../../base/time-span.ts";

/** Returns an input of a subject of the policy inside the box; `nowAt` moves only where the box asks for a time. */
export function exampleInput(
  policy: PolicyDefinition,
  box: Box,
  context: { readonly space: Space; readonly nowAt: number },
): Input {
  const { space, nowAt } = context;
  const at = instantIn(box, nowAt);
  const groups: string[] = [];
  const facts = new Map<string, FactView>();
  const risk = { session: 0, identity: 0 };
  const net: { country?: string; cidr?: string } = {};
  const elevations: Elevation[] = [];
  for (const [variable, range] of box) {
    const [name, ...rest] = variable.split(":");
    const detail = rest.join(":");
    const holds = pickWord(range) === "true";
    if (name === "group" && holds) groups.push(detail);
    else if (name === "elevation" && holds) elevations.push(elevationOf(detail, at));
    else if (name === "net.cidr" && holds) net.cidr = detail.split(",")[0] ?? "";
    else if (variable === "net.country") net.country = pickCountry(range);
    else if (variable === "risk.session") risk.session = pickNumber(range);
    else if (variable === "risk.identity") risk.identity = pickNumber(range);
    else setFact(facts, { variable, range, space, at });
  }
  return { nowAt: at, ...subjectOf(policy, groups, at), facts, risk, net, elevations };
}

function subjectOf(
  { subjects, require }: PolicyDefinition,
  groups: readonly string[],
  nowAt: number,
): Pick<Input, "device" | "user"> {
  const group = subjects.groups.filter((name) => name !== "*").slice(0, 1);
  const device = {
    id: subjects.devices[0] ?? "dev_example",
    groups: [...group, ...groups],
    tags: subjects.tags.slice(0, 1),
    quarantined: false,
  };
  const [serviceAccount] = subjects.serviceAccounts ?? [];
  const named = [subjects.groups, subjects.users, subjects.devices, subjects.tags].flat();
  if (serviceAccount !== undefined && named.length === 0) {
    return { device: { ...device, serviceAccount } };
  }
  if (subjects.types.length === 1 && subjects.types[0] === "device") return { device };
  const strongest = require.stepUp === undefined ? "single" : "phishing_resistant";
  const id = subjects.users[0] ?? "usr_example";
  const user = { id, groups: device.groups, acr: strongest, amr: [], authAt: nowAt };
  return { device, user };
}

/** `role:approvals:maxSeconds`, as the variable names it. */
function elevationOf(detail: string, nowAt: number): Elevation {
  const [role = "", approvals = "1", maxSeconds = ""] = detail.split(":");
  const lengthMs = (maxSeconds === "" ? 3_600 : Number(maxSeconds)) * 1_000;
  return { role, approvals: Number(approvals), sinceAt: nowAt, untilAt: nowAt + lengthMs };
}

function setFact(
  facts: Map<string, FactView>,
  fact: { variable: string; range: Range; space: Space; at: number },
): void {
  const { variable, range, space, at } = fact;
  const [signal = "", member] = variable.split("\u220b");
  const entry = space.entries.get(signal);
  if (entry === undefined) return;
  const untilAt = at + entry.freshForMs;
  const reading = readingIn(range, entry, space);
  if (member === undefined || reading.kind === "notApplicable") {
    facts.set(signal, { reading, untilAt });
    return;
  }
  const before = facts.get(signal)?.reading;
  const held = before?.kind === "known" ? (before.value as readonly string[]) : [];
  const value = pickWord(range) === "true" ? [...held, member] : held;
  facts.set(signal, { reading: { kind: "known", value }, untilAt });
}

function readingIn(range: Range, entry: CatalogueEntry, space: Space): Reading {
  const nothing = range.kind === "numbers" ? range.parts.length === 0 : isWordless(range);
  if (nothing && range.na) return { kind: "notApplicable", proof: "example" };
  return { kind: "known", value: valueIn(range, entry, space) };
}

function isWordless(range: Extract<Range, { kind: "words" }>): boolean {
  return !range.others && range.words.size === 0;
}

function valueIn(range: Range, entry: CatalogueEntry, space: Space): SignalValue {
  if (entry.type === "bool") return pickWord(range) === "true";
  if (entry.type === "int") return pickNumber(range);
  if (entry.type === "version") return versionAt(pickNumber(range), entry.signal, space);
  return pickWord(range);
}

/** Code 2n+1 is the n-th named version, an even code the gap before it. */
function versionAt(code: number, signal: string, space: Space): string {
  const named = space.versions.get(signal) ?? [];
  const before = named[Math.floor((code - 1) / 2)];
  if (before === undefined) return "0";
  return code % 2 === 1 ? before.join(".") : [...before, 0, 1].join(".");
}

/** Prefers a bound: that is where tests want to stand. */
function pickNumber(range: Range): number {
  const [least, most] = (range.kind === "numbers" ? range.parts[0] : undefined) ?? [0, 0];
  if (Number.isFinite(least)) return least;
  return Number.isFinite(most) ? most : 0;
}

function pickWord(range: Range): string {
  if (range.kind !== "words") return "";
  if (!range.others) return [...range.words].sort()[0] ?? "";
  let word = "example";
  while (range.words.has(word)) word += "-other";
  return word;
}

function pickCountry(range: Range): string {
  if (range.kind !== "words" || !range.others) return pickWord(range);
  return ["CH", "NZ", "JP", "BR"].find((country) => !range.words.has(country)) ?? "ZZ";
}

/** Returns an instant at or after `nowAt` that the box's time variables allow; one zone is followed. */
function instantIn(box: Box, nowAt: number): number {
  const life = box.get("now");
  const fromAt = life === undefined ? nowAt : Math.max(nowAt, pickNumber(life));
  const timed = [...box].find(([variable]) => variable.startsWith("time:"));
  if (timed === undefined || timed[1].kind !== "numbers") return fromAt;
  const [variable, { parts }] = timed;
  const zone = makeZone(variable.slice("time:".length));
  const local = fromAt + zone.offsetAt(fromAt);
  const minute =
    weekdayOf(Math.floor(local / dayMs)) * 1_440 + Math.floor((local % dayMs) / minuteMs);
  if (parts.some(([least, most]) => least <= minute && minute <= most)) return fromAt;
  const waits = parts.map(([least]) => (least - minute + weekMinutes) % weekMinutes);
  const at = fromAt - (local % minuteMs) + Math.min(...waits) * minuteMs;
  return at + zone.offsetAt(fromAt) - zone.offsetAt(at);
}
