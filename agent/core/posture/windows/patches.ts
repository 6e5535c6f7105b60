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
  const sourceAge = hours === null ? noData : hours < 0 ? unknown("conflict") : known(hours);
  const updates = member(answer, "Updates");
  if (integer(answer, "ResultCode") !== searchSucceeded) {
    return { updates: asObject(answer) === null ? notParsed : noData, sourceAge };
  }
  if (!Array.isArray(updates)) return { updates: notParsed, sourceAge };
  if (hours === null || hours < 0 || hours > oldestSearchHours) {
    return { updates: unknown("stale_source"), sourceAge };
  }
  const categories = updates.map((update: unknown) => member(update, "Categories"));
  // An update of which nobody knows the kind may be a security update.
  if (!categories.every((ids) => Array.isArray(ids) && ids.length > 0)) {
    return { updates: notParsed, sourceAge };
  }
  const security = categories.filter((ids) =>
    asList(ids).some((id) => securityCategories.has(String(id).toLowerCase())),
  );
  return { updates: known(security.length), sourceAge };
}

/** Judges the list of installed hotfixes by name; entries of other kinds (`File 1`) are left out. */
export function judgeHotfixes(answer: unknown): Reading {
  if (!Array.isArray(answer) || !answer.every((name) => typeof name === "string")) return notParsed;
  const names = (answer as readonly string[]).filter((name) => /^KB\d{5,9}$/i.test(name));
  return known([...new Set(names.map((name) => name.toUpperCase()))].sort());
}

/** Policy's ways of updating that ask a person before they install. */
const askingOptions = [2, 3, 7];

/** Judges `{ ServicesEnabled, NoAutoUpdate, AUOptions, Paused }`; what policy does not set is null. */
export function judgeWindowsAutoUpdate(answer: unknown): Reading {
  const services = member(answer, "ServicesEnabled");
  const off = integer(answer, "NoAutoUpdate");
  const paused = member(answer, "Paused");
  if (typeof services !== "boolean" || typeof paused !== "boolean") return notParsed;
  const asks = askingOptions.includes(integer(answer, "AUOptions") ?? 0);
  return known(services && !paused && off !== 1 && !asks);
}
