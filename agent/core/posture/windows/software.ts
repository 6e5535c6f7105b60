/** Reads which browsers Windows has. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";

/** Programs of App Paths and what we call them. */
const browsers: Readonly<Record<string, string>> = {
  "chrome.exe": "chrome",
  "firefox.exe": "firefox",
  "msedge.exe": "edge",
  "brave.exe": "brave",
  "opera.exe": "opera",
  "vivaldi.exe": "vivaldi",
};

/** Judges `[{ Program, Version }]`. */
export function judgeWindowsBrowsers(answer: unknown): Reading {
  if (!Array.isArray(answer)) return notParsed;
  const found: string[] = [];
  for (const each of answer as readonly unknown[]) {
    const program = textMember(each, "Program")?.toLowerCase() ?? "";
    const version = textMember(each, "Version") ?? "";
    if (!Object.hasOwn(browsers, program)) continue;
    if (!/^\d[\d.]*$/.test(version)) return notParsed;
    found.push(`${browsers[program]} ${version}`);
  }
  return known([...new Set(found)].sort());
}
