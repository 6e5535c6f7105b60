import { expect, test } from "vitest";
import { makeJourneys } from "./journeys.ts";

const journey = {
  state: "state-1",
  nonce: "nonce",
  verifier: "verifier",
  redirectUri: "https://console.example.com/back",
  maxAgeSeconds: null,
};
const pending = { journey, purpose: { kind: "console" } } as const;

test("a way back counts for ten minutes, once, in the browser that left", () => {
  let nowMs = 0;
  const journeys = makeJourneys({ monotonicMs: () => nowMs });
  const left = (afterMs: number) => {
    journeys.keep(pending, "browser");
    nowMs += afterMs;
  };
  left(599_999);
  expect(journeys.take("state-1", "browser")).toEqual(pending);
  expect(journeys.take("state-1", "browser")).toBeNull();
  left(600_000);
  expect(journeys.take("state-1", "browser")).toBeNull();
  for (const browser of [null, "another"]) {
    left(0);
    expect(journeys.take("state-1", browser)).toBeNull();
    // Whoever tries with another's state has spent it.
    expect(journeys.take("state-1", "browser")).toBeNull();
  }
});
