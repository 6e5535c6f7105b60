// The tray in a real panel, before and after a block. The tests are one story and run in order.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeNetd, startFakeNetd } from "../fakes/fake-netd.ts";
import { closedResource, openResource, statusOf } from "../fakes/surface-samples.ts";
import { clone } from "../lab/program-path.ts";
import { type Desktop, type Place, startDesktop } from "./desktop.ts";

const pictures = join(clone, ".cache", "test-tray");
const green = [0x1a, 0x8a, 0x4a] as const;
const amber = [0xb3, 0x6b, 0x00] as const;
const red = [0xc6, 0x2b, 0x22] as const;
const purple = [0x6b, 0x3f, 0xb8] as const;
const program = "/usr/local/bin/sallyport";
const signInUrl = "https://controller.example/sign-in/7f";

const resources = [openResource("wiki"), openResource("git.corp"), openResource("db-prod")];
const healthy = statusOf("connected", resources);
const partly = statusOf("narrowed", [...resources.slice(0, 2), closedResource("db-prod")]);

const needsSignIn = {
  ...closedResource("db-prod"),
  reasons: [{ code: "sign_in_needed" as const, params: {} }],
};
const signIn = statusOf("narrowed", [...resources.slice(0, 2), needsSignIn]);

let desktop: Desktop;
let agent: FakeNetd;
let status = healthy;

const ends: (() => unknown)[] = [];

beforeAll(async () => {
  rmSync(pictures, { recursive: true, force: true });
  desktop = await startDesktop(pictures);
  ends.push(() => desktop.stop());
  // Keeps what it is to show, where a person's browser would be.
  const browser = "#!/bin/sh\ncp $1 /share/shown.part && mv /share/shown.part /share/shown\n";
  desktop.tell(`printf '${browser}' >/usr/bin/xdg-open; chmod 0755 /usr/bin/xdg-open`);
  agent = await playAgent();
  ends.unshift(() => agent.close());
});
afterAll(async () => {
  for (const end of ends) await end();
});

function playAgent(): Promise<FakeNetd> {
  return startFakeNetd(join(desktop.share, "run", "local.sock"), ({ verb }) =>
    verb === "login" ? { url: signInUrl, code: "WDJB-MJHT" } : { status },
  );
}

function asked(verb: string): number {
  return agent.requests.filter((request) => request.verb === verb).length;
}

function change(to: typeof status): void {
  status = to;
  const watch = agent.requests.find(({ verb }) => verb === "watch");
  agent.tell({ id: watch?.["id"], ok: true, status });
}

/** Chooses a line of the menu, counted from its top, and returns what the browser was told to show. */
async function shownAfter(line: number, at: Place): Promise<string> {
  const file = join(desktop.share, "shown");
  rmSync(file, { force: true });
  desktop.tell(`xdotool mousemove ${at.x} ${at.y} click 3`);
  await delay(1_500);
  desktop.tell(`xdotool key ${"Down ".repeat(line)}Return`);
  await until(() => existsSync(file));
  return readFileSync(file, "utf8");
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
  // A copy of the program, so that it can be removed.
  const lines = `cp /clone/node_modules/.bin/node ${program}
    SALLYPORT_RUN_DIR=/share/run setsid ${program} /clone/agent/main.ts tray >/share/tray.log 2>&1 &`;
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

test("what a sign-in opens has a key, and one click brings the page to the browser", async () => {
  change(signIn);
  const place = await until(() => desktop.find(purple));
  expect(desktop.find(amber)).toBeNull();
  desktop.picture("sign-in");
  expect(await shownAfter(2, place)).toContain(`url=${signInUrl}`);
  expect(asked("login")).toBe(1);
  expect(await shownAfter(1, place)).toContain("url=http://127.0.0.1:");
});

test("access returns and the icon with it", async () => {
  change(healthy);
  await until(() => desktop.find(green));
});

test("an agent that is killed is said", async () => {
  await agent.close();
  rmSync(join(desktop.share, "run", "local.sock"), { force: true });
  await until(() => desktop.find(red));
  desktop.picture("stopped");
  agent = await playAgent();
  await until(() => desktop.find(green));
});

test("the icon goes when the program is removed, while an upgrade leaves it", async () => {
  expect(
    desktop.tell(`cp ${program} ${program}.new && mv ${program}.new ${program}`).exitCode,
  ).toBe(0);
  await delay(3_000);
  expect(desktop.find(green)).not.toBeNull();
  desktop.tell(`rm ${program}`);
  await until(() => desktop.find(green) === null);
  expect(desktop.find(red)).toBeNull();
});
