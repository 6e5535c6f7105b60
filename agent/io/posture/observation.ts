/** A fact together with the raw text it stands on; the text stays on the device. */
import { createHash } from "node:crypto";
import { entryOf } from "#shared/posture/catalogue.ts";
import { conformReading } from "#shared/posture/conform.ts";
import type { CatalogueEntry } from "#shared/posture/catalogue-entry.ts";
import type { Fact, FactSource, Reading } from "#shared/posture/fact.ts";
import { redactRaw } from "../../core/posture/redact.ts";
import type { WatchedProcess } from "./linux/processes.ts";

/** A fact and the first 2 KiB of its source, redacted. */
export interface Observation {
  readonly fact: Fact;
  readonly raw: string;
}

/** What a reader found. */
export interface Findings {
  readonly observations: readonly Observation[];
  /** Processes on which some of the facts stand. */
  readonly watched: readonly WatchedProcess[];
  /** Facts that hold, but that are to be looked at again soon. */
  readonly again?: boolean;
}

/** What readings of one run stand on. */
export interface Source {
  readonly collector: string;
  readonly collectorVersion: number;
  readonly by: FactSource;
  readonly text: string | Uint8Array;
  readonly tookMs: number;
  readonly tool?: string | undefined;
  readonly exitCode?: number | undefined;
}

/** Returns the observations of one run; a signal that the catalogue does not know is left out. */
export function observe(
  readings: readonly (readonly [signal: string, reading: Reading])[],
  source: Source,
): readonly Observation[] {
  const bytes = typeof source.text === "string" ? Buffer.from(source.text) : source.text;
  const evidence = {
    sha256: createHash("sha256").update(bytes).digest("hex"),
    bytes: bytes.byteLength,
    tool: source.tool,
    exitCode: source.exitCode,
    tookMs: Math.round(source.tookMs * 1000) / 1000,
  };
  const raw = redactRaw(new TextDecoder().decode(bytes.subarray(0, 16_384)));
  return readings.flatMap(([signal, reading]) => {
    const entry = entryOf(signal);
    if (entry === undefined) return [];
    const fact: Fact = {
      signal,
      reading: hideNames(entry, conformReading(entry, reading)),
      observedAt: Date.now(),
      freshForMs: entry.freshForMs,
      source: source.by,
      collector: source.collector,
      collectorVersion: source.collectorVersion,
      evidence,
    };
    return [{ fact, raw }];
  });
}

/** Values of `hashed` signals leave the device as digests: enough to compare, not to read. */
function hideNames(entry: CatalogueEntry, reading: Reading): Reading {
  if (entry.privacy !== "hashed" || reading.kind !== "known") return reading;
  const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 16);
  if (typeof reading.value === "string") return { kind: "known", value: digest(reading.value) };
  return Array.isArray(reading.value)
    ? { kind: "known", value: reading.value.map((text) => digest(String(text))).sort() }
    : reading;
}
