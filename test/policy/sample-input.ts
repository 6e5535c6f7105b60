import type { Reading, SignalValue } from "#shared/posture/fact.ts";
import type { FactView, Input } from "#shared/policy/input.ts";
import { type CompileResult, compilePolicies } from "#shared/policy/compile.ts";
import type { PolicySet } from "#shared/policy/compiled-set.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import { formatDocumentError } from "#shared/policy/document-error.ts";
import { sampleCatalogue } from "./sample-catalogue.ts";

/** The instant of all sample inputs: 2026-11-20T12:00:00Z, a Friday. */
export const sampleNowAt = Date.UTC(2026, 10, 20, 12);

/** Returns facts that are fresh for 180 s after `sampleNowAt`. */
export function freshFacts(values: Record<string, SignalValue | Reading>): Map<string, FactView> {
  return new Map(
    Object.entries(values).map(([signal, value]) => {
      const reading: Reading =
        typeof value === "object" && "kind" in value ? value : { kind: "known", value };
      return [signal, { reading, untilAt: sampleNowAt + 180_000 }];
    }),
  );
}

/** Returns an input of a user of group `engineering` with good posture, changed as asked. */
export function sampleInput(more: Partial<Input> = {}): Input {
  return {
    nowAt: sampleNowAt,
    device: { id: "dev_a", groups: ["laptops"], tags: ["managed"], quarantined: false },
    user: {
      id: "usr_a",
      groups: ["engineering"],
      acr: "mfa",
      amr: ["otp"],
      authAt: sampleNowAt - 600_000,
    },
    facts: freshFacts({
      "disk.encrypted": true,
      "firewall.enabled": true,
      "edr.running": true,
      "os.patch_age_days": 10,
    }),
    risk: { session: 5, identity: 5 },
    net: {},
    elevations: [],
    ...more,
  };
}

/** Parses and compiles YAML texts against the sample catalogue; file names are `a.yaml`, `b.yaml`, …. */
export function compileTexts(...texts: readonly string[]): CompileResult {
  const documents = texts.map((text, index) => {
    const file = `${String.fromCharCode(97 + index)}.yaml`;
    const result = parseDocument(file, `apiVersion: sallyport/v1\n${text}`);
    if (result.kind === "refused")
      throw new Error(result.errors.map(formatDocumentError).join("\n"));
    return result.document;
  });
  return compilePolicies(documents, sampleCatalogue);
}

/** Compiles texts that must be good. */
export function goodSet(...texts: readonly string[]): PolicySet {
  const result = compileTexts(...texts);
  if (result.kind === "refused") throw new Error(result.errors.map(formatDocumentError).join("\n"));
  return result.set;
}
