import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { askUntilFree } from "./ask-until-free.ts";
import type { ExchangeAnswer } from "./exchange.ts";

const dayMs = 86_400_000;
const answers: readonly ExchangeAnswer[] = [
  { id: 1, ok: false, error: { code: "SP-705", detail: "" } },
  { id: 2, ok: false, error: { code: "SP-705", detail: "" } },
  { id: 3, ok: true },
];
const surplus: ExchangeAnswer = { id: 4, ok: false };

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => void vi.useRealTimers());

test("a wall clock that is put right meanwhile does not end it", async () => {
  let asked = 0;
  const ask = () => Promise.resolve(answers[asked++] ?? surplus);
  const rest = () => {
    vi.setSystemTime(Date.now() + dayMs);
    return Promise.resolve();
  };
  expect(await askUntilFree(ask, 60_000, rest)).toEqual(answers[2]);
  expect(asked).toBe(3);
});

test("without patience it is asked once", async () => {
  let asked = 0;
  const ask = () => Promise.resolve(answers[asked++] ?? surplus);
  expect(await askUntilFree(ask, 0)).toMatchObject({ error: { code: "SP-705" } });
  expect(asked).toBe(1);
});
