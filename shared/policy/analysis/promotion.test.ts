import { expect, test } from "vitest";
import { promotionChecks } from "./promotion.ts";
import { dayMs } from "../../base/time-span.ts";

const ready = { kind: "set", startedAt: 0, decisions: 1_000, unexplainedDenies: 0 } as const;
const unmet = (record: Parameters<typeof promotionChecks>[0], nowAt = 14 * dayMs) =>
  promotionChecks(record, nowAt).flatMap(({ name, met }) => (met ? [] : [name]));

test("a shadow may be promoted after 14 days, enough decisions and no deny left unexplained", () => {
  expect(unmet(ready)).toEqual([]);
  expect(unmet(ready, 14 * dayMs - 1)).toEqual(["days"]);
  expect(unmet({ ...ready, decisions: 999 })).toEqual(["decisions"]);
  expect(unmet({ ...ready, unexplainedDenies: 1 })).toEqual(["denies"]);
  expect(unmet({ ...ready, kind: "policy", decisions: 50 })).toEqual([]);
  expect(unmet({ ...ready, kind: "policy", decisions: 49 })).toEqual(["decisions"]);
});

test("each check says its figures", () => {
  const texts = promotionChecks({ ...ready, decisions: 7, unexplainedDenies: 2 }, 3 * dayMs);
  expect(texts.map(({ text }) => text)).toEqual([
    "watched for 3 of 14 days",
    "7 of 1000 decisions compared",
    "2 causes of new denies are not accepted",
  ]);
});
