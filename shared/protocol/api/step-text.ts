import type { StepEffect } from "./step.ts";

type Removal = StepEffect["removals"][number];

/** Says how long a step took and what it closed, one line a gateway. */
export function effectText(effect: StepEffect): string {
  return [`done in ${msText(effect.tookMs)}`, ...closingLines(effect)].join("\n");
}

/** Says what gateways closed, one line each. */
export function closingLines({ removals }: Pick<StepEffect, "removals">): readonly string[] {
  return removals.map(({ gateway, removed, tookMs }) => {
    const what = `${removed} access${removed === 1 ? "" : "es"}`;
    return tookMs === null
      ? `${gateway} was told to close ${what} and has not confirmed it yet`
      : `${gateway} closed ${what} in ${msText(tookMs)}`;
  });
}

/** Returns a time that is never none. */
export function msText(ms: number): string {
  return `${Math.max(1, Math.round(ms))} ms`;
}

/** Adds up effects: one entry a gateway, with the slowest of its times. */
export function effectOfAll(effects: readonly StepEffect[]): StepEffect {
  const sums = new Map<string, Removal>();
  for (const one of effects.flatMap(({ removals }) => removals)) {
    const sum = sums.get(one.gateway) ?? { ...one, removed: 0 };
    const slowest =
      sum.tookMs === null || one.tookMs === null ? null : Math.max(sum.tookMs, one.tookMs);
    sums.set(one.gateway, { ...one, removed: sum.removed + one.removed, tookMs: slowest });
  }
  const tookMs = effects.reduce((sum, effect) => sum + effect.tookMs, 0);
  return { tookMs, removals: [...sums.values()] };
}
