import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, judgeOffer } from "./offer.ts";

test.each([
  ["1.4.2", "1.4.3", [100, 99], "take"],
  ["1.4.2", "1.10.0", [100, 0], "take"],
  ["1.4.2", "1.4.2", [100, 0], "current"],
  ["1.4.2+next", "1.4.2", [100, 0], "current"],
  ["1.4.2", "1.4.1", [100, 0], "older"],
  ["1.10.0", "1.9.9", [100, 0], "older"],
  ["1.4.2", "1.5.0", [5, 4], "take"],
  ["1.4.2", "1.5.0", [5, 5], "later"],
  ["1.4.2", "1.5.0", [0, 0], "later"],
] as const)(
  "%s is offered %s, share and draw %j: %s",
  (installed, version, [rollout, draw], is) => {
    expect(judgeOffer(installed, { version, rollout }, draw)).toBe(is);
  },
);

test("no order of offers leads back to an older version", () => {
  const version = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join("."));
  fc.assert(
    fc.property(version, fc.array(version), (first, offers) => {
      let installed = first;
      for (const offered of offers) {
        const taken = judgeOffer(installed, { version: offered, rollout: 100 }, 0) === "take";
        if (taken) installed = offered;
      }
      return compareVersions(installed, first) >= 0;
    }),
  );
});
