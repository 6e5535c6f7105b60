/** What Windows Update knows and does. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, notParsed, unknown } from "#shared/posture/reading.ts";
import { asList, asObject, member } from "../json-shape.ts";
import { integer } from "./answer.ts";

/** Windows Update's result code of a search that succeeded; 3 means "with errors". */
const searchSucceeded = 2;

const securityCategories = new Set([
  "0fa1201d-4330-4fa8-8ae9-b877473b6441",
  "e6cf1350-c01b-414d-a61f-263d14d133b4",
  "28bc880e-0592-4cbf-8f95-c79b17911d5f",
]);

const oldestSearchHours = 7 * 24;

/** Judges `{ ResultCode, Updates: [{ Categories: [guid] }], LastSearchAgeHours }`. */
export function judgeWindowsUpdates(answer: unknown): {
  readonly updates: Reading;
  readonly sourceAge: Reading;
} {
  const hours = integer(answer, "LastSearchAgeHours");
  const sourceAge = hours === null ? noData : known(hours);
  const updates = member(answer, "Updates");
  if (integer(answer, "ResultCode") !== searchSucceeded) {
    return { updates: asObject(answer) === null ? notParsed : noData, sourceAge };
  }
  if (!Array.isArray(updates)) return { updates: notParsed, sourceAge };
  if (hours === null || hours > oldestSearchHours) {
    return { updates: unknown("stale_source"), sourceAge };
  }
  const security = updates.filter((update: unknown) =>
    asList(member(update, "Categories")).some((id) => securityCategories.has(String(id))),
  );
  return { updates: known(security.length), sourceAge };
}

/** Judges the list of installed hotfixes by name; entries of other kinds (`File 1`) are left out. */
export function judgeHotfixes(answer: unknown): Reading {
  if (!Array.isArray(answer) || !answer.every((name) => typeof name === "string")) return notParsed;
  const names = (answer as readonly string[]).filter((name) => /^KB\d{5,9}$/i.test(name));
  return known([...new Set(names.map((name) => name.toUpperCase()))].sort());
}

/** Judges `{ ServicesEnabled, NoAutoUpdate, Paused }`. */
export function judgeWindowsAutoUpdate(answer: unknown): Reading {
  const services = member(answer, "ServicesEnabled");
  const off = integer(answer, "NoAutoUpdate");
  const paused = member(answer, "Paused");
  if (typeof services !== "boolean" || typeof paused !== "boolean") return notParsed;
  return known(services && !paused && off !== 1);
}
