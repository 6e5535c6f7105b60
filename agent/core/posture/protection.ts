/** Decides the endpoint protection signals from what runs and what products say about themselves. */
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import { isProgram } from "#shared/posture/edr-product.ts";
import type { Reading } from "#shared/posture/fact.ts";
import { known, noData, unknown } from "#shared/posture/reading.ts";
import type { Health } from "./edr/health.ts";

/** A process by the file it runs. */
export interface RunningProgram {
  readonly pid: number;
  readonly path: string;
}

/** A product of which every needed program runs. */
export interface RunningProduct {
  readonly product: EdrProduct;
  readonly processes: readonly RunningProgram[];
}

/** Returns the protecting products that run; tools that only watch protect nothing. */
export function runningProducts(
  catalogue: readonly EdrProduct[],
  programs: readonly RunningProgram[],
): readonly RunningProduct[] {
  return catalogue.flatMap((product) => {
    if (product.class === "visibility") return [];
    const found = product.programs.map((alternatives) =>
      programs.filter((program) => isProgram(alternatives, program.path)),
    );
    if (found.length === 0 || found.some((processes) => processes.length === 0)) return [];
    return [{ product, processes: found.flat() }];
  });
}

/** Readings of the three signals. */
export interface ProtectionReadings {
  readonly running: Reading;
  readonly healthy: Reading;
  readonly signatureAge: Reading;
}

/** The healthiest product decides, the oldest signatures count; one that cannot be asked leaves health unknown. */
export function judgeProtection(healths: readonly Health[]): ProtectionReadings {
  if (healths.length === 0) {
    return { running: known(false), healthy: known(false), signatureAge: noData };
  }
  const best =
    healths.find((health) => health.kind === "healthy") ??
    healths.find((health) => health.kind === "unknown") ??
    healths[0];
  const ages = healths.flatMap((health) =>
    health.kind === "unknown" || health.signatureAgeHours === null
      ? []
      : [health.signatureAgeHours],
  );
  return {
    running: known(true),
    healthy:
      best === undefined || best.kind === "unknown"
        ? unknown(best?.reason ?? "no_data")
        : known(best.kind === "healthy"),
    signatureAge: ages.length === 0 ? noData : known(Math.max(...ages)),
  };
}
