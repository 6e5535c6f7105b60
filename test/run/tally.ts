// What a part of `npm test` adds to its last line. Pure, so that the counting itself is tested.

/** A test that was left out or failed, and why; of a failure the first line of its error. */
export interface Unpassed {
  readonly test: string;
  readonly reason: string;
}

/** What all parts of a run came to. */
export interface Tally {
  readonly passed: number;
  readonly failures: readonly Unpassed[];
  readonly skips: readonly Unpassed[];
}

/** Nothing has run. */
export const emptyTally: Tally = { passed: 0, failures: [], skips: [] };

/** Returns the sum. */
export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, next) => ({
      passed: sum.passed + next.passed,
      failures: [...sum.failures, ...next.failures],
      skips: [...sum.skips, ...next.skips],
    }),
    emptyTally,
  );
}

/** One line for each skip and each failure with its reason, then the line that scripts read. */
export function tallyLines({ passed, failures, skips }: Tally): readonly string[] {
  return [
    ...skips.map(({ test, reason }) => `skipped: ${test}: ${reason}`),
    ...failures.map(({ test, reason }) => `failed: ${test}: ${reason}`),
    `${passed} passed, ${failures.length} failed, ${skips.length} skipped`,
  ];
}

/** Why a test is skipped where there is no browser: no set-up installs one. */
export const noBrowser = "no Chromium";

/** Root in CI has everything the lab needs but a browser: there a skipped e2e test hides a hole. */
export function mayNotSkip({ passed, failures, skips }: Tally): Tally {
  const allowed = skips.filter(({ reason }) => reason === noBrowser);
  const holes = skips
    .filter((skip) => !allowed.includes(skip))
    .map(({ test, reason }) => ({ test, reason: `may not be skipped: ${reason}` }));
  return { passed, failures: [...failures, ...holes], skips: allowed };
}

interface GoEvent {
  readonly Action?: string;
  readonly Package?: string;
  readonly Test?: string;
  readonly Output?: string;
}

/**
 * Counts the events of `go test -json`. A package that fails without a failed test of its own (it
 * does not build, it crashed) is one failure.
 */
export function goTally(lines: readonly string[]): Tally {
  const events = lines
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as GoEvent);
  const name = (event: GoEvent) => `${event.Package ?? ""} ${event.Test ?? ""}`;
  const ended = (action: string) =>
    events.filter((e) => e.Action === action && e.Test !== undefined);
  const failed = ended("fail");
  const brokenPackages = events.filter(
    (event) =>
      event.Action === "fail" &&
      event.Test === undefined &&
      !failed.some((test) => test.Package === event.Package),
  );
  const reasonOf = (test: GoEvent) =>
    events
      .filter((event) => event.Action === "output" && name(event) === name(test))
      .map((event) => /^\s+\S+\.go:\d+: (.*)/.exec(event.Output ?? "")?.[1])
      .findLast((reason) => reason !== undefined) ?? "no reason given";
  const unpassed = (test: GoEvent) => ({ test: name(test).trimEnd(), reason: reasonOf(test) });
  return {
    passed: ended("pass").length,
    failures: [...failed, ...brokenPackages].map(unpassed),
    skips: ended("skip").map(unpassed),
  };
}
