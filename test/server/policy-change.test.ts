// Changes of policy against a running controller: 2,000 devices that were here, and one that is.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { serveAsProcess } from "./killed-controller.ts";
import { patience } from "./patience.ts";
import { beatOf, eventOf, join, link, type Member, type RawLink, reportOf } from "./raw-agent.ts";
import { runStatement, seedDevices, type SeededDevice } from "./seeded-population.ts";

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const good = { "firewall.enabled": true, "disk.encrypted": true };

let controller: ControllerUnderTest;
let apiUrl: string | null = null;
let laptop: Member;
let laptopLink: RawLink;
let folder: string;
/** Noon, five days ago. */
const pastAt = Math.floor(Date.now() / dayMs) * dayMs - 5 * dayMs + dayMs / 2;

/** Two hundred have no encrypted disk; fourteen others had none for an hour, five days ago. */
function population(): readonly SeededDevice[] {
  return Array.from({ length: 2_000 }, (_, index): SeededDevice => {
    const name = `dev-${String(index).padStart(4, "0")}`;
    const facts = { "firewall.enabled": true, "disk.encrypted": index % 10 !== 0 };
    const report = (at: number, value: boolean) => ({ at, signal: "disk.encrypted", value });
    const lapsed = index % 100 === 1 && index < 1_400;
    const past = [
      report(pastAt - dayMs, true),
      report(pastAt, false),
      report(pastAt + hourMs, true),
    ];
    return { name, groups: ["staff"], facts, ...(lapsed ? { past } : {}) };
  });
}

beforeAll(async () => {
  folder = mkdtempSync(joinPath(tmpdir(), "sallyport-policies-"));
  controller = await startController();
  await controller.furnish();
  laptop = await join(controller, "laptop", { groups: ["staff", "it"] });
  await controller.stop();
  seedDevices(controller, population());
  await controller.start();
  laptopLink = await link(controller, laptop);
  laptopLink.send(
    reportOf(laptop.key, eventOf(1, "firewall.enabled", true), eventOf(2, "disk.encrypted", true)),
  );
  laptopLink.send(beatOf(good, 2));
  await laptopLink.next("ack", ({ seq }) => seq === 2);
});
afterAll(async () => {
  laptopLink.close();
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const rings = `rings:
  - {name: canary, groups: [it], soak: PT1H, haltAbovePercent: 0}
  - {name: everybody, groups: ["*"]}
`;

/** Puts the one file into the folder under version control. */
function commit(when: string, rest = ""): void {
  const rule = `{id: staff-wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {${when}}}`;
  const text = `apiVersion: sallyport/v1\npolicies:\n  - ${rule}\n${rest}`;
  writeFileSync(joinPath(folder, "set.yaml"), text);
}

const run = (...argv: readonly string[]) =>
  runCommand(controller, argv, apiUrl === null ? {} : { SALLYPORT_CONTROLLER: apiUrl });

async function json(...argv: string[]): Promise<Record<string, unknown>> {
  return JSON.parse((await run(...argv, "--json")).out) as Record<string, unknown>;
}

const firewallOnly = "firewall.enabled: {is: true}";
const encryptedToo = "firewall.enabled: {is: true}, disk.encrypted: {is: true}";

test("a plan over 2,000 devices names those who lose, now and on the day it would have been", async () => {
  commit(encryptedToo);
  const plan = await run("policy", "plan", "--from", folder, "--json");
  expect(plan.exit).toBe(1);
  const { current, past } = JSON.parse(plan.out) as {
    current: { changes: { deviceName: string; resource: string }[] };
    past: { days: { day: string; losing: string[] }[] };
  };
  expect(current).toMatchObject({
    moments: 2_001,
    devicesLosing: 200,
    devicesGaining: 0,
    lost: 200,
  });
  const names = current.changes.map(({ deviceName }) => deviceName).toSorted();
  expect(names).toEqual(
    population()
      .filter((_, n) => n % 10 === 0)
      .map(({ name }) => name),
  );
  const day = new Date(pastAt).toISOString().slice(0, 10);
  const lapsed = population().filter(({ past }) => past !== undefined);
  expect(past.days).toEqual([{ day, losing: lapsed.map(({ name }) => name), gaining: [] }]);
  const weekday = new Intl.DateTimeFormat("en", { weekday: "long", timeZone: "UTC" });
  const { out } = await run("policy", "plan", "--from", folder);
  expect(out).toContain(
    `${weekday.format(pastAt)} ${day}: 14 devices would have lost access: dev-0001, dev-0101`,
  );
  expect(out).toContain("… and 150 more (--json lists up to 10000)");
  expect(out).toMatch(/dev-0000 +wiki +open -> closed +staff-wiki -> no rule/);
});

test("the wider set gains for nobody who is shut out, and the plan says 0", async () => {
  commit(firewallOnly);
  const { exit, out } = await run("policy", "plan", "--from", folder, "--days", "0");
  expect({ exit, out }).toMatchObject({ exit: 0 });
  expect(out).toContain("of 2001 devices 0 lose and 0 gain access");
});

test("the whole way of a set: apply from the folder, roll-out, kill, halt at a loss nobody announced, abort", async () => {
  const nothing = await run("policy", "abort", "--reason", "no");
  expect(nothing.talk).toContain("no open policy change");
  const apply = ["policy", "apply", "--from", folder, "--reason", "disk encryption"];
  commit(encryptedToo, rings);
  const drift = await run(...apply);
  expect(drift).toMatchObject({ exit: 7 });
  expect(drift.talk).toContain("came from single files");
  commit(firewallOnly, "# the same rules\n");
  for (let times = 0; times < 2; times++) {
    expect((await run("policy", "apply", "--from", folder)).out).toContain("nothing changed");
  }
  // The folder was what is in force, so what it says next is no drift.
  commit(encryptedToo, rings);
  await controller.stop();
  const killed = await serveAsProcess(controller.places);
  apiUrl = killed.apiUrl;
  const { out } = await run(...apply);
  expect(out).toContain("goes out ring by ring");
  expect(out).toContain("of 2001 devices 200 lose and 0 gain access");
  await killed.kill();
  apiUrl = null;
  await controller.start();
  expect(await json("policy", "status")).toMatchObject({
    change: { status: "rolling" },
    rollOut: { ringName: "canary", announcedPercent: 0 },
  });
  laptopLink = await link(controller, laptop);
  laptopLink.send(beatOf(good, 2));
  laptopLink.send(reportOf(laptop.key, eventOf(3, "disk.encrypted", false)));
  await laptopLink.next("verdict", ({ resources }) => resources[0]?.state === "blocked");
  const halted = await vi.waitFor(async () => {
    const status = await run("policy", "status");
    expect(status.exit).toBe(1);
    return status;
  }, patience);
  expect(halted.out).toContain("ring `canary` loses 100.0 of 100 accesses; 0.0 are allowed");
  await controller.stop();
  await controller.start();
  laptopLink = await link(controller, laptop);
  laptopLink.send(beatOf({ "firewall.enabled": true, "disk.encrypted": false }, 3));
  expect(await json("policy", "status")).toMatchObject({ change: { status: "halted" } });
  expect((await run("policy", "resume", "--reason", "it is meant")).exit).toBe(0);
  await controller.stop();
  // An hour is too long for a test, and a restart begins it anew: the store passes the ring.
  runStatement(controller, "UPDATE policy_change SET ring = ? WHERE status = 'rolling'", 1);
  await controller.start();
  expect(await json("policy", "status")).toMatchObject({ rollOut: { ringName: "everybody" } });
  laptopLink = await link(controller, laptop);
  laptopLink.send(beatOf({ "firewall.enabled": true, "disk.encrypted": false }, 3));
  await laptopLink.next("verdict", ({ resources }) => resources[0]?.state === "blocked");
  const from = laptopLink.messages.length;
  expect((await run("policy", "abort", "--reason", "too strict")).out).toContain("is aborted");
  await laptopLink.next("verdict", ({ resources }) => resources[0]?.state === "pending", from);
  expect(await json("policy", "status")).toMatchObject({ change: null, rollOut: null });
  const { items } = await json("policy", "history");
  expect((items as object[])[0]).toMatchObject({
    reason: "disk encryption",
    status: "aborted",
    settledReason: "too strict",
    why: null,
    detail: { plan: { devicesLosing: 200 } },
  });
});

test("a shadow is watched, its new denies are accepted one by one, and then it is promoted", async () => {
  commit(encryptedToo);
  const start = ["policy", "shadow", "start", "--from", folder, "--reason", "before we enforce it"];
  expect((await run(...start)).out).toContain("is watched since");
  await controller.stop();
  // Fifteen days and enough decisions go by in the store; what is different comes from the device.
  const version = "(SELECT version FROM policy_shadow)";
  runStatement(controller, "UPDATE policy_shadow SET started_at = ?", Date.now() - 15 * dayMs);
  runStatement(
    controller,
    `INSERT INTO policy_trial (trial, started_at, decisions) VALUES ('set:' || ${version}, ?, 5000)`,
    Date.now() - 15 * dayMs,
  );
  await controller.start();
  laptopLink = await link(controller, laptop);
  laptopLink.send(beatOf({ "firewall.enabled": true, "disk.encrypted": false }, 3));
  const report = await vi.waitFor(async () => {
    const { trials } = (await json("policy", "shadow", "report")) as {
      trials: { trial: string; differences: { cause: string }[]; promotion: object[] }[];
    };
    expect(trials[0]?.differences).toHaveLength(1);
    return trials[0]!;
  }, patience);
  expect(report.differences[0]).toMatchObject({
    resource: "wiki",
    before: "open",
    after: "closed",
    because: { before: ["staff-wiki"], after: [] },
    devices: [{ name: "laptop" }],
  });
  const refused = await run("policy", "shadow", "promote", "--reason", "ready");
  expect(refused.exit).toBe(1);
  expect(refused.talk).toContain("1 causes of new denies are not accepted");
  const cause = report.differences[0]?.cause ?? "";
  const reason = ["--reason", "laptops must be encrypted"];
  expect((await run("policy", "shadow", "accept", report.trial, cause, ...reason)).exit).toBe(0);
  expect((await run("policy", "shadow", "report")).exit).toBe(0);
  const from = laptopLink.messages.length;
  const promoted = await run("policy", "shadow", "promote", "--reason", "ready");
  expect(promoted.out).toContain("is in force");
  await laptopLink.next("verdict", ({ resources }) => resources[0]?.state === "blocked", from);
  expect((await json("policy", "shadow", "report"))["set"]).toBeNull();
});

test("a rollback takes the former set back at once, and a simulation answers for either", async () => {
  const { items } = await json("policy", "history");
  const [last] = items as { version: string; former: string; kind: string }[];
  expect(last).toMatchObject({ kind: "promote" });
  const simulate = ["policy", "simulate", "--device", "laptop", "--resource", "wiki"];
  expect((await run(...simulate)).exit).toBe(1);
  expect((await run(...simulate, "--fact", "disk.encrypted=true")).out).toMatch(/wiki +allow/);
  const from = laptopLink.messages.length;
  const former = last?.former.slice(0, 12) ?? "";
  expect((await run("policy", "rollback", former, "--reason", "too early")).out).toContain(
    "is in force",
  );
  await laptopLink.next("verdict", ({ resources }) => resources[0]?.state === "pending", from);
  expect((await run("policy", "diff", "--from", folder)).out).toBe("changed policy staff-wiki\n");
  expect((await run("policy", "show", former)).out).toContain("id: staff-wiki");
});

test("lint with the controller's record knows groups that nobody is in", async () => {
  commit(
    firewallOnly,
    "  - {id: typo, effect: deny, subjects: {groups: [stuff]}, resources: {names: [wiki]}}\n",
  );
  const { exit, out } = await run("policy", "lint", "--from", folder, "--online");
  expect(exit).toBe(1);
  expect(out).toContain("names the group `stuff`, which does not exist; did you mean `staff`?");
});
