/** Turns os-release and the day into the signals about version and support. */
import type { Reading } from "#shared/posture/fact.ts";
import { osIntel, stillSupported } from "#shared/posture/os-intel.ts";
import { parseOsRelease } from "./os-release.ts";

/** Readings of `os.version` and `os.supported`; `today` is an ISO date in UTC. */
export interface ReleaseReadings {
  readonly version: Reading;
  readonly supported: Reading;
}

/** Judges os-release text; a rolling distribution has no version. */
export function judgeRelease(text: string, today: string): ReleaseReadings {
  const values = parseOsRelease(text);
  const product = values.get("ID") ?? "";
  const version = values.get("VERSION_ID") ?? "";
  if (product === "") return { version: unknown("parse"), supported: unknown("parse") };
  const supported = stillSupported(osIntel, { product, version }, today);
  return {
    version: version === "" ? unknown("no_data") : { kind: "known", value: version },
    supported: supported === null ? unknown("no_data") : { kind: "known", value: supported },
  };
}

function unknown(reason: "parse" | "no_data"): Reading {
  return { kind: "unknown", reason };
}
