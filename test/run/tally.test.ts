import { expect, it } from "vitest";
import { addTallies, goTally, mayNotSkip, noBrowser, tallyLines } from "./tally.ts";

const event = (fields: object) => JSON.stringify(fields);

it("ends with the line that scripts read, after every skip and failure with its reason", () => {
  const tally = addTallies([
    { passed: 2, failures: [], skips: [{ test: "a", reason: "no TUN" }] },
    { passed: 3, failures: [{ test: "b", reason: "1 is not 2" }], skips: [] },
  ]);
  expect(tallyLines(tally)).toEqual([
    "skipped: a: no TUN",
    "failed: b: 1 is not 2",
    "5 passed, 1 failed, 1 skipped",
  ]);
});

it("turns skips into failures where skipping is not allowed", () => {
  const tally = mayNotSkip({ passed: 1, failures: [], skips: [{ test: "a", reason: "b" }] });
  const failures = [{ test: "a", reason: "may not be skipped: b" }];
  expect(tally).toEqual({ passed: 1, failures, skips: [] });
});

it("lets a test be skipped for want of a browser, which no set-up installs", () => {
  const skips = [{ test: "a", reason: noBrowser }];
  expect(mayNotSkip({ passed: 1, failures: [], skips })).toEqual({
    passed: 1,
    failures: [],
    skips,
  });
});

it("counts Go tests and keeps the reason of a skip", () => {
  const lines = [
    event({ Action: "pass", Package: "p", Test: "TestA" }),
    event({
      Action: "output",
      Package: "p",
      Test: "TestB",
      Output: "    b_test.go:7: needs root\n",
    }),
    event({ Action: "output", Package: "p", Test: "TestB", Output: "--- SKIP: TestB (0.00s)\n" }),
    event({ Action: "skip", Package: "p", Test: "TestB" }),
    event({ Action: "pass", Package: "p" }),
    "not an event",
  ];
  const skips = [{ test: "p TestB", reason: "needs root" }];
  expect(goTally(lines)).toEqual({ passed: 1, failures: [], skips });
});

it("counts a package that does not build as a failure, and a failed test only once", () => {
  const broken = [event({ Action: "fail", Package: "p" })];
  expect(goTally(broken).failures).toEqual([{ test: "p", reason: "no reason given" }]);
  const failed = [
    event({ Action: "output", Package: "p", Test: "TestA", Output: "    a_test.go:3: lost\n" }),
    event({ Action: "fail", Package: "p", Test: "TestA" }),
    ...broken,
  ];
  expect(goTally(failed).failures).toEqual([{ test: "p TestA", reason: "lost" }]);
});
