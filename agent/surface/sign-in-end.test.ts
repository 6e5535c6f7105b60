import { expect, test } from "vitest";
import { closedResource, openResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { faceOf } from "./face.ts";
import { menuOf } from "./menu.ts";
import { noticesOf, notToldLately } from "./notices.ts";
import { asOf, willEnd } from "./sign-in-end.ts";

const endAt = Date.parse("2026-11-24T18:12:00Z");
const minutes = (count: number): number => endAt - count * 60_000;
const signedIn = statusOf("connected", [openResource("db-prod")], {
  session: { state: "valid", user: "mara@example.com", until: "2026-11-24T18:12:00Z" },
});
const needsSignIn = {
  ...closedResource("db-prod"),
  reasons: [{ code: "sign_in_needed" as const, params: {} }],
};

test.each([
  [16, undefined],
  [15, 15],
  [6, 15],
  [5, 5],
  [0.1, 5],
  [0, 0],
  [-600, 0],
])("%s minutes before the end, mark %s has passed", (left, mark) => {
  expect(asOf(signedIn, minutes(left))?.session?.endsInMinutes).toBe(mark);
});

test("without a person or an end there is nothing to warn of", () => {
  const nobody = statusOf("connected", [], { session: { state: "valid" } });
  expect([asOf(nobody, endAt), asOf(null, endAt)]).toEqual([nobody, null]);
  expect([willEnd(nobody), willEnd(null), willEnd(signedIn)]).toEqual([false, false, true]);
});

test("15 and 5 minutes before the end it is said, once each, with a button that signs in", () => {
  const looks = [20, 15, 14, 6, 5, 4, 1].map((left) => asOf(signedIn, minutes(left)));
  const said = looks.slice(1).flatMap((after, at) => noticesOf(looks[at] ?? null, after));
  expect(said).toMatchObject([
    { title: "Sign in to keep access", offers: "signIn", stays: true },
    { title: "Sign in to keep access", offers: "signIn", stays: true },
  ]);
  expect(said.map(({ body }) => body.slice(0, 30))).toEqual([
    "Your sign-in ends in 15 min. R",
    "Your sign-in ends in 5 min. Re",
  ]);
  expect(notToldLately(said, new Map(), 0).now).toHaveLength(2);
});

test("an agent that was away says no mark twice, a new sign-in says its own", () => {
  const at15 = noticesOf(null, asOf(signedIn, minutes(15)));
  const { told } = notToldLately(at15, new Map(), 0);
  expect(notToldLately(at15, told, 60_000).now).toEqual([]);
  const later = statusOf("connected", [], {
    session: { state: "valid", user: "mara@example.com", until: "2026-11-24T22:12:00Z" },
  });
  const again = noticesOf(null, asOf(later, endAt + 4 * 3_600_000 - 15 * 60_000));
  expect(notToldLately(again, told, 60_000).now).toHaveLength(1);
});

test("a machine that slept past the end is not green before somebody signed in", () => {
  expect(faceOf(asOf(signedIn, minutes(1)))).toMatchObject({ kind: "protected" });
  const woken = asOf(signedIn, endAt + 3_600_000);
  expect(faceOf(woken)).toMatchObject({ kind: "signIn", line: "Sign in to continue" });
  const closed = statusOf("narrowed", [openResource("wiki"), needsSignIn]);
  expect(faceOf(closed).kind).toBe("signIn");
  expect(faceOf(statusOf("blocked", [needsSignIn])).kind).toBe("signIn");
  expect(faceOf(statusOf("blocked", [needsSignIn, closedResource("a")])).kind).toBe("blocked");
});

test("what a sign-in opens is said with a button for it, and the menu leads with it", () => {
  const closed = statusOf("narrowed", [openResource("wiki"), needsSignIn], {
    session: { state: "valid" },
  });
  const before = statusOf("connected", [openResource("wiki"), openResource("db-prod")]);
  expect(noticesOf(before, closed)).toMatchObject([{ offers: "signIn" }]);
  const actions = menuOf(closed).map(({ action }) => action.kind);
  expect(actions.filter((kind) => kind === "signIn")).toHaveLength(1);
  expect(menuOf(closed)[1]).toMatchObject({ id: 2, label: "Sign in…" });
});
