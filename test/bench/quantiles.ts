// The figures that every bench gives of a series.

/** Of milliseconds. With fewer than 100 values a 99th percentile is the maximum, and is named so. */
export interface Quantiles {
  readonly n: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly max: number | null;
  readonly p99IsMaximum: boolean;
}

const enoughForP99 = 100;

/** Nearest-rank quantiles, to microseconds; nulls of an empty series. */
export function quantilesOf(values: readonly number[]): Quantiles {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = (share: number) => {
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    return value === undefined ? null : Math.round(value * 1_000) / 1_000;
  };
  const p99IsMaximum = sorted.length < enoughForP99;
  return {
    n: sorted.length,
    p50: rank(0.5),
    p95: rank(0.95),
    p99: rank(p99IsMaximum ? 1 : 0.99),
    max: rank(1),
    p99IsMaximum,
  };
}
