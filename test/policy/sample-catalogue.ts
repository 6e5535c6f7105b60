/** A small catalogue with one signal of each type: tests of the engine must not hang on the real table. */
import type { CatalogueEntry } from "#shared/posture/catalogue-entry.ts";

function entry(
  signal: string,
  type: CatalogueEntry["type"],
  more: Partial<CatalogueEntry> = {},
): CatalogueEntry {
  const fix = { text: `Repair ${signal}`, command: `repair ${signal}` };
  return {
    signal,
    madeBy: "self",
    type,
    freshForMs: 180_000,
    floorPollMs: 60_000,
    tier: "hot",
    evented: ["linux"],
    privacy: "plain",
    title: signal,
    why: "for tests",
    fix: { linux: fix, darwin: { text: fix.text }, windows: { text: fix.text } },
    who: "user",
    os: ["linux", "darwin", "windows"],
    ...more,
  };
}

/** One signal of each type, of both kinds of `who`. */
export const sampleCatalogue: readonly CatalogueEntry[] = [
  entry("disk.encrypted", "bool"),
  entry("firewall.enabled", "bool"),
  entry("edr.running", "bool", { who: "it" }),
  entry("os.patch_age_days", "int", { domain: { min: 0, max: 3_650 }, unit: "days" }),
  entry("os.channel", "enum", { domain: ["stable", "beta", "nightly"], who: "it" }),
  entry("os.version", "version"),
  entry("os.hostname", "string"),
  entry("edr.features", "set", { domain: ["realtime", "cloud", "tamper"] }),
];
