// The tray in a real panel, before and after a block. The tests are one story and run in order.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeNetd, startFakeNetd } from "../fakes/fake-netd.ts";
import { closedResource, openResource, statusOf } from "../fakes/surface-samples.ts";
import { clone } from "../lab/program-path.ts";
import { type Desktop, startDesktop } from "./desktop.ts";

const pictures = join(clone, ".cache", "test-tray");
const green = [0x1a, 0x8a, 0x4a] as const;
const amber = [0xb3, 0x6b, 0x00] as const;
const red = [0xc6, 0x2b, 0x22] as const;

const resources = [openResource("wiki"), openResource("git.corp"), openResource("db-prod")];
const healthy = statusOf("connected", resources);
const partly = statusOf("narrowed", [...resources.slice(0, 2), closedResource("db-prod")]);

let desktop: Desktop;
let agent: FakeNetd;
let status = healthy;

beforeAll(async () => {
  rmSync(pictures, { recursive: true, force: true });
  desktop = await startDesktop(pictures);
  agent = await playAgent();
});
afterAll(async () => {
  await agent.close();
  desktop.stop();
});

function playAgent(): Promise<FakeNetd> {
  return startFakeNetd(join(desktop.share, "run", "local.sock"), () => ({ status }));
}

function asked(verb: string): number {
  return agent.requests.filter((request) => request.verb === verb).length;
}

function change(to: typeof status): void {
  status = to;
  const watch = agent.requests.find(({ verb }) => verb === "watch");
  agent.tell({ id: watch?.["id"], ok: true, status });
}

async function until<T>(look: () => T | null | false): Promise<T> {
  for (let turn = 0; turn < 100; turn += 1) {
    const seen = look();
    if (seen !== null && seen !== false) return seen;
    await delay(200);
  }
  desktop.picture("failed");
  throw new Error("it did not come; see failed.png");
}

test("the icon stands in the panel, green, and the watcher knows it", async () => {
  const lines = `SALLYPORT_RUN_DIR=/share/run setsid /clone/node_modules/.bin/node \\
    /clone/agent/main.ts tray >/share/tray.log 2>&1 &`;
  expect(desktop.tell(lines).exitCode).toBe(0);
  await until(() => asked("watch") > 0);
  const place = await until(() => desktop.find(green));
  expect(place.y).toBeLessThan(40);
  desktop.picture("protected");
  const items = desktop.tell(`dbus-send --session --print-reply \\
    --dest=org.kde.StatusNotifierWatcher /StatusNotifierWatcher \\
    org.freedesktop.DBus.Properties.Get \\
    string:org.kde.StatusNotifierWatcher string:RegisteredStatusNotifierItems`);
  expect(items.stdout).toContain("StatusNotifierItem");
});

test("its menu opens, and a click on a line reaches the agent", async () => {
  const { x, y } = await until(() => desktop.find(green));
  desktop.tell(`xdotool mousemove ${x} ${y} click 3`);
  await delay(1_500);
  desktop.picture("protected-menu");
  // State, resources, check again.
  desktop.tell("xdotool key Down Down Down Return");
  await until(() => asked("recheck") > 0);
});

test("after a block the icon is another, and the menu leads with the fix", async () => {
  change(partly);
  const { x, y } = await until(() => desktop.find(amber));
  expect(desktop.find(green)).toBeNull();
  desktop.picture("blocked");
  desktop.tell(`xdotool mousemove ${x} ${y} click 3`);
  await delay(1_500);
  desktop.picture("blocked-menu");
  desktop.tell("xdotool key Escape");
});

test("access returns and the icon with it", async () => {
  change(healthy);
  await until(() => desktop.find(green));
});

test("an agent that is killed is said within five seconds", async () => {
  await agent.close();
  rmSync(join(desktop.share, "run", "local.sock"), { force: true });
  const startedAt = Date.now();
  await until(() => desktop.find(red));
  expect(Date.now() - startedAt).toBeLessThan(5_000);
  desktop.picture("stopped");
  agent = await playAgent();
  await until(() => desktop.find(green));
});
