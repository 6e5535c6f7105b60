/** What a look at a package manager gives. */
import type { Reading, UnknownReason } from "#shared/posture/fact.ts";
import { unknown } from "#shared/posture/reading.ts";

/** What one package manager told. */
export interface PatchLook {
  readonly collector: string;
  readonly updates: Reading;
  readonly sourceAge: Reading;
  readonly automatic: Reading;
  readonly text: string;
  readonly tookMs: number;
  readonly tool?: string | undefined;
  readonly exitCode?: number | undefined;
  /** The package manager itself has to be asked once things are at rest. */
  readonly again?: boolean;
}

/** Returns the look of a package manager that told nothing. */
export function blindLook(collector: string, reason: UnknownReason): PatchLook {
  const reading: Reading = unknown(reason);
  return {
    collector,
    updates: reading,
    sourceAge: reading,
    automatic: reading,
    text: "",
    tookMs: 0,
  };
}
