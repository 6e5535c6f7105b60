/** Judges how a Mac protects its own system. Words are taken whole or not at all. */
import type { Reading } from "#shared/posture/fact.ts";
import { known, notParsed } from "#shared/posture/reading.ts";
import { textMember } from "../json-shape.ts";
import { profileItems } from "./profile.ts";

/** Judges secure boot from `system_profiler -json SPiBridgeDataType`; its words may be translated. */
export function judgeMacSecureBoot(text: string): Reading {
  const items = profileItems(text, "SPiBridgeDataType");
  if (items === null) return notParsed;
  if (items.length === 0) return { kind: "notApplicable", proof: "this Mac has no security chip" };
  const word = textMember(items[0], "ibridge_secure_boot");
  if (word === "Full Security") return known(true);
  const weaker = ["Reduced Security", "Permissive Security", "Medium Security", "No Security"];
  return word !== undefined && weaker.includes(word) ? known(false) : notParsed;
}

/**
 * Judges `csrutil status` by its first line alone: `enabled` occurs in later lines of a custom
 * configuration, in which parts are off.
 */
export function judgeSip(text: string): Reading {
  const status = /^System Integrity Protection status: (.+)$/.exec(firstLine(text))?.[1];
  if (status === "enabled.") return known(true);
  const off = ["disabled.", "unknown (Custom Configuration).", "enabled (Custom Configuration)."];
  return status !== undefined && off.includes(status) ? known(false) : notParsed;
}

/** Judges the same by the security chip's words, where csrutil said nothing; they may be translated. */
export function judgeProfiledSafeguard(
  text: string,
  name: "ibridge_sb_sip" | "ibridge_sb_ssv",
): Reading {
  const word = textMember(profileItems(text, "SPiBridgeDataType")?.[0], name);
  if (word === "Enabled") return known(true);
  return word === "Disabled" ? known(false) : notParsed;
}

/** Judges `csrutil authenticated-root status`. */
export function judgeSealedVolume(text: string): Reading {
  const status = /^Authenticated Root status: (\w+)\.?$/.exec(firstLine(text))?.[1];
  if (status === "enabled") return known(true);
  return status === "disabled" ? known(false) : notParsed;
}

/** Judges `spctl --status`; off ends with 1. */
export function judgeGatekeeper(text: string): Reading {
  const line = firstLine(text);
  if (line === "assessments enabled") return known(true);
  return line === "assessments disabled" ? known(false) : notParsed;
}

/** Reads `kmutil showloaded --list-only`: bundle ids that are not Apple's. */
export function judgeMacExtensions(text: string): Reading {
  const lines = text.split("\n").filter((line) => /^\s*\d+\s/.test(line));
  const ids = lines.flatMap((line) => /\s([A-Za-z][\w-]*(?:\.[\w-]+)+) \(/.exec(line)?.[1] ?? []);
  // A line that names none that we can read may be the one that is not Apple's.
  if (lines.length === 0 || ids.length < lines.length) return notParsed;
  return known([...new Set(ids.filter((id) => !id.startsWith("com.apple.")))].sort());
}

function firstLine(text: string): string {
  return text.trimStart().split("\n")[0]?.trim() ?? "";
}
