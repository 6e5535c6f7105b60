import { afterEach, beforeEach, expect, test, vi } from "vitest";
import {
  closedResource,
  openResource,
  playAgent,
  statusOf,
} from "../../test/fakes/surface-samples.ts";
import type { Face } from "./face.ts";
import { follow } from "./follow.ts";
import type { MenuLine } from "./menu.ts";
import type { Notice } from "./notices.ts";

const healthy = statusOf("connected", [openResource("db-prod")]);
const blocked = statusOf("blocked", [closedResource("db-prod")]);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A desktop that keeps what it was told. */
function keepAll() {
  const faces: string[] = [];
  const menus: (string | undefined)[] = [];
  const notices: string[] = [];
  return {
    faces,
    menus,
    notices,
    show: ({ kind }: Face, [first]: readonly MenuLine[]) => {
      faces.push(kind);
      menus.push(first?.label);
    },
    tell: ({ title }: Notice) => void notices.push(title),
    withdraw: (cause: string) => void notices.push(`over: ${cause}`),
  };
}

test("connecting comes by time alone, in icon and menu, and not where it was short", () => {
  const desktop = keepAll();
  const agent = playAgent(statusOf("offline"));
  const following = follow(desktop, agent);
  agent.set(statusOf("connecting"));
  vi.advanceTimersByTime(1_900);
  expect(new Set(desktop.faces)).toEqual(new Set(["offline"]));
  vi.advanceTimersByTime(200);
  expect(desktop.faces.at(-1)).toBe("connecting");
  expect(desktop.menus.slice(-2)).toEqual([
    "Offline; protected addresses stay closed",
    "Connecting; nothing opens yet",
  ]);
  agent.set(statusOf("offline"));
  agent.set(statusOf("connecting"));
  agent.set(healthy);
  vi.advanceTimersByTime(10_000);
  expect(desktop.faces.slice(-3)).toEqual(["offline", "offline", "protected"]);
  following.stop();
  expect(vi.getTimerCount()).toBe(0);
});

test("a block is told, and withdrawn when access is back", () => {
  const desktop = keepAll();
  const agent = playAgent(healthy);
  follow(desktop, agent);
  agent.set(blocked);
  agent.set(healthy);
  expect(desktop.notices).toEqual([
    "db-prod is blocked",
    "over: blocked level_not_met firewall.enabled",
    "db-prod is open again",
  ]);
});

test("what was put off comes again by itself", () => {
  const desktop = keepAll();
  const agent = playAgent(healthy);
  const { putOff } = follow(desktop, agent);
  agent.set(blocked);
  putOff("blocked level_not_met firewall.enabled");
  vi.advanceTimersByTime(599_000);
  expect(desktop.notices).toEqual(["db-prod is blocked"]);
  vi.advanceTimersByTime(2_000);
  expect(desktop.notices).toEqual(["db-prod is blocked", "db-prod is blocked"]);
});
