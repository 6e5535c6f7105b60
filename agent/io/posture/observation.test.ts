import { expect, test } from "vitest";
import { observe } from "./observation.ts";

const source = {
  collector: "users",
  collectorVersion: 1,
  by: "os",
  text: "ana:x:1000:1000::/home/ana:/bin/bash\n",
  tookMs: 1,
} as const;

test("attack: names of people in facts, which leave the machine as digests", () => {
  const [first, second] = observe(
    [
      ["users.admins", { kind: "known", value: ["ana", "ben"] }],
      ["users.admin_count", { kind: "known", value: 2 }],
    ],
    source,
  );
  expect(JSON.stringify(first?.fact)).not.toMatch(/ana|ben/);
  expect(first?.fact.reading).toEqual({
    kind: "known",
    value: [expect.stringMatching(/^[0-9a-f]{16}$/), expect.stringMatching(/^[0-9a-f]{16}$/)],
  });
  expect(second?.fact.reading).toEqual({ kind: "known", value: 2 });
});
