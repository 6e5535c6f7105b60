/** Reads the one line of JSON that a PowerShell query prints. */
import { member } from "../json-shape.ts";

/** Returns the answer of a query, or undefined when it is no JSON. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ""));
  } catch {
    return undefined;
  }
}

/** Returns an integer member, given as number or as digits. */
export function integer(value: unknown, name: string): number | null {
  const found = member(value, name);
  const number = typeof found === "string" && /^\d{1,15}$/.test(found) ? Number(found) : found;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : null;
}

/** Returns names of a list answer, or null when it is none. */
export function readNames(answer: unknown): readonly string[] | null {
  if (!Array.isArray(answer) || !answer.every((name) => typeof name === "string")) return null;
  return [...new Set(answer)].sort();
}
