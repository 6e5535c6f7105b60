import { expect, test } from "vitest";
import { makeClosingWatch } from "./closing-watch.ts";

function watched() {
  const alarms: (() => void)[] = [];
  const watch = makeClosingWatch({
    wake: (_delayMs, run) => {
      alarms.push(run);
      return () => undefined;
    },
  });
  const send = (link: number, ref: string, removed = 1) =>
    watch.sent({ link, ref, gateway: `gw-${link}`, removed });
  return { watch, send, alarms };
}

test("a step is told what it closed, and nothing that others closed", async () => {
  const { watch, send } = watched();
  send(1, "1");
  const closed = watch.follow(() => {
    send(1, "2", 3);
    send(2, "7", 0);
  });
  send(1, "3");
  for (const ref of ["1", "3", "2"]) watch.confirmed({ link: 1, ref, tookMs: Number(ref) });
  expect(await closed).toEqual([{ gateway: "gw-1", removed: 3, tookMs: 2 }]);
});

test("what closes nothing is told at once", async () => {
  const { watch, alarms } = watched();
  expect(await watch.follow(() => undefined)).toEqual([]);
  expect(alarms).toEqual([]);
});

test("a gateway that is silent is named, and holds nobody up for ever", async () => {
  const { watch, send, alarms } = watched();
  const closed = watch.follow(() => {
    send(1, "1");
    send(2, "1", 2);
  });
  watch.confirmed({ link: 1, ref: "1", tookMs: 41 });
  for (const ring of alarms) ring();
  expect(await closed).toEqual([
    { gateway: "gw-1", removed: 1, tookMs: 41 },
    { gateway: "gw-2", removed: 2, tookMs: null },
  ]);
});

test("a step that fails is followed no longer", () => {
  const { watch, send, alarms } = watched();
  expect(() =>
    watch.follow(() => {
      throw new Error("no");
    }),
  ).toThrow("no");
  send(1, "1");
  expect(alarms).toEqual([]);
});
