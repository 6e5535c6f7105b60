import { expect, test } from "vitest";
import { statusOf } from "../../test/fakes/surface-samples.ts";
import { faceOf } from "./face.ts";
import { type Shown, steadyFace } from "./steady-face.ts";

const connecting = faceOf(statusOf("connecting"));
const shownAs = (state: "connected" | "offline" | null): Shown => {
  return { face: faceOf(state === null ? null : statusOf(state)), connectingMs: null };
};

test.each(["offline", null] as const)(
  "connecting takes two seconds to be shown after %s",
  (state) => {
    const before = shownAs(state);
    const first = steadyFace(before, connecting, 1_000);
    expect(first).toMatchObject({ shown: { face: before.face }, changesInMs: 2_000 });
    const second = steadyFace(first.shown, connecting, 2_500);
    expect(second).toMatchObject({ shown: { face: before.face }, changesInMs: 500 });
    const third = steadyFace(second.shown, connecting, 3_000);
    expect(third).toMatchObject({ shown: { face: connecting }, changesInMs: null });
  },
);

test("what connects within the time never shows it, and the next time counts anew", () => {
  const { shown } = steadyFace(shownAs("offline"), connecting, 0);
  const up = steadyFace(shown, faceOf(statusOf("connected")), 900);
  expect(up.shown).toEqual(shownAs("connected"));
  const again = steadyFace(shownAs("offline"), connecting, 5_000);
  expect(again.changesInMs).toBe(2_000);
});

test("nothing stays green, nor is there anything else to show at the start", () => {
  expect(steadyFace(shownAs("connected"), connecting, 0).shown.face).toBe(connecting);
  expect(steadyFace(null, connecting, 0).shown.face).toBe(connecting);
});
