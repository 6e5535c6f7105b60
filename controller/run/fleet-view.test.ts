import { expect, test } from "vitest";
import type { Notice } from "../core/notice.ts";
import type { ControllerState } from "../core/state.ts";
import { makeFleetView } from "./fleet-view.ts";

const link = { identity: { role: "device", id: "dev_1" } };

function watched() {
  const state = { links: new Map([[7, link]]) } as unknown as ControllerState;
  const fleet = makeFleetView(state, { nowAt: () => 0, wake: () => () => undefined });
  const heard: Notice[] = [];
  return { state, fleet, heard, end: fleet.view.subscribe((notice) => heard.push(notice)) };
}

test("who left is told, although the state knows of it no more", () => {
  const { state, fleet, heard } = watched();
  const event = { kind: "linkClosed", link: 7 } as const;
  fleet.before(event);
  state.links.delete(7);
  fleet.after(event, []);
  expect(heard).toEqual([{ kind: "device", id: "dev_1" }]);
  const tick = { kind: "tick" } as const;
  fleet.before(tick);
  fleet.after(tick, []);
  expect(heard).toHaveLength(1);
});

test("one event tells of a device once, however much of it was written", () => {
  const { fleet, heard, end } = watched();
  const decision = { id: "dec_1", device: "dev_1" } as never;
  const twin = { id: "dec_2", device: "dev_1" } as never;
  const writes = [
    { kind: "decision", decision },
    { kind: "decision", decision: twin },
  ] as const;
  const event = { kind: "tick" } as const;
  fleet.before(event);
  fleet.after(event, [{ kind: "write", token: null, writes }]);
  expect(heard.map(({ kind }) => kind)).toEqual(["decision", "device", "decision"]);
  end();
  fleet.after(event, [{ kind: "write", token: null, writes }]);
  expect(heard).toHaveLength(3);
});

test("what a step closed comes with its answer", async () => {
  const { fleet } = watched();
  const closed = fleet.view.follow(() => {
    for (const link of [7, 8]) fleet.removals.sent({ link, ref: "1", removed: 2 });
  });
  fleet.removals.confirmed({ link: 7, ref: "1", removed: 2, tookMs: 41 });
  expect(await closed).toEqual([{ gateway: "dev_1", removed: 2, tookMs: 41 }]);
});

test("a gateway's confirmation is told with the time that it took", () => {
  const { fleet, heard } = watched();
  for (const link of [7, 8]) fleet.removals.confirmed({ link, ref: "1", removed: 2, tookMs: 41 });
  expect(heard).toEqual([{ kind: "removal", gateway: "dev_1", removed: 2, tookMs: 41 }]);
});

test("a device whose report ended access is told of, with how long that took", () => {
  const { fleet, heard } = watched();
  expect(fleet.lastCut("dev_1")).toBeNull();
  fleet.removals.cut({ device: "dev_1", tookMs: 41 });
  expect(fleet.lastCut("dev_1")).toEqual({ at: 0, tookMs: 41 });
  expect(fleet.lastCut("dev_2")).toBeNull();
  expect(heard).toEqual([{ kind: "device", id: "dev_1" }]);
});
