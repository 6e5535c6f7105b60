import { InvalidArgumentError } from "commander";

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Returns the ms of `500ms`, `30s`, `5m` or `1h`; refuses anything else. */
export function parseDuration(text: string): number {
  const [, digits, unit] = /^([0-9]{1,9})(ms|s|m|h)$/.exec(text) ?? [];
  const factor = unitMs[unit ?? ""];
  if (digits === undefined || factor === undefined) {
    throw new InvalidArgumentError("give a number with `ms`, `s`, `m` or `h`, as in `30s`");
  }
  return Number(digits) * factor;
}
