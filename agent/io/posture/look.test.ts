import { expect, test } from "vitest";
import type { CollectRequest } from "../../core/posture/collection.ts";
import { collectorsOf } from "./look.ts";
import { observe } from "./observation.ts";

const request: CollectRequest = {
  run: 1,
  collector: "firewall",
  signals: ["firewall.enabled"],
  deadlineMs: 1_000,
};

test("the text of the reading before is kept when the reading changes, not when it is confirmed", async () => {
  const looks = [
    [false, "policy accept"],
    [true, "policy drop"],
    [true, "policy drop, counted"],
  ] as const;
  let next = 0;
  const collectors = collectorsOf(
    {
      look: () => {
        const [value, text] = looks[next++]!;
        const source = { collector: "firewall", collectorVersion: 1, by: "os", tookMs: 1 } as const;
        const readings = [["firewall.enabled", { kind: "known", value }]] as const;
        return Promise.resolve({
          observations: observe(readings, { ...source, text }),
          failed: null,
        });
      },
      watch: () => () => undefined,
      inventory: () => Promise.resolve(null),
      close: () => undefined,
    },
    { write: () => undefined },
  );
  await collectors.collect(request);
  expect(collectors.formerEvidence("firewall.enabled")).toBeUndefined();
  await collectors.collect(request);
  await collectors.collect(request);
  expect(collectors.formerEvidence("firewall.enabled")).toBe("policy accept");
  expect(collectors.evidence("firewall.enabled")).toBe("policy drop, counted");
});
