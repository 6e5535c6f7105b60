// What the console says when things are not as they were: facts nobody confirmed, changes by others, joinings that failed.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { parseEnrolmentKey } from "../../agent/io/identity/enrolment-key.ts";
import { enrolmentKeyText } from "../../controller/io/token/enrolment-key-text.ts";
import { absent, judgePage, openBrowser } from "./browser.ts";
import { runCommand } from "./controller-command.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { enrol, eventOf, join, link, newKey, reportOf } from "./raw-agent.ts";

const policy = `apiVersion: sallyport/v1
levels:
  guarded: {firewall.enabled: {is: true}}
policies:
  - {id: staff-wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {level: guarded}}
`;

const folder = mkdtempSync(joinPath(tmpdir(), "sallyport-console-"));
let controller: ControllerUnderTest;
let browser: Browser;
let page: Page;
let complaints: string[];
let sleeper: string;

const place = (name: string) => page.getByRole("link", { name, exact: true });
const dialog = () => page.getByRole("dialog");

/** Presses the button in the dialog that stands open, and waits until it is gone. */
async function confirm(verb: string): Promise<void> {
  await dialog().getByRole("button", { name: verb, exact: true }).click();
  await dialog().waitFor({ state: "detached" });
}

/** Somebody else writes over the site. */
async function changeLab(resolvers: readonly string[]): Promise<void> {
  await controller.ask({ method: "PUT", path: "/sites/lab", ifMatch: "*", body: { resolvers } });
}

/** Joins a device that reports so much. */
async function reportingAs(name: string, facts: Readonly<Record<string, boolean>>): Promise<void> {
  const device = await join(controller, name);
  const events = Object.entries(facts).map(([signal, value], at) => eventOf(at + 1, signal, value));
  (await link(controller, device)).send(reportOf(device.key, ...events));
}

/** A key of break-glass, as an administrator registers it beside the root key. */
async function registerBreakGlass(holder: string): Promise<void> {
  const out = joinPath(folder, `${holder}.key`);
  const made = await runCommand(controller, ["break-glass", "key", "create", "--out", out]);
  const file = joinPath(folder, `${holder}.pub`);
  writeFileSync(file, made.out);
  const root = ["--root-key", controller.places.rootKey];
  const words = ["break-glass", "key", "register", file, "--holder", holder, ...root];
  expect(await runCommand(controller, words)).toMatchObject({ exit: 0 });
}

describe("the console, where things are not as they were", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    controller = await startController();
    await controller.furnish();
    const body = { files: [{ file: "policy.yaml", text: policy }], reason: "levels" };
    await controller.ask({ method: "POST", path: "/policies", body });
    const device = await join(controller, "sleeper");
    sleeper = device.id;
    const report = { ...eventOf(1, "firewall.enabled", true), ageMs: 3_600_000 };
    (await link(controller, device)).send(reportOf(device.key, report));
    ({ browser, page, complaints } = await openBrowser());
    const made = await controller.ask({ method: "POST", path: "/session/links" });
    await page.goto((made as { url: string }).url);
    await page.getByText("Live", { exact: true }).waitFor();
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    if (absent !== null) return;
    await browser.close();
    await controller.remove();
  });

  test("a fact that was not confirmed in time reads as unknown, and so do its level and its reason", async () => {
    await page.goto(`${controller.apiUrl}/devices/sleeper`);
    const fact = page.getByRole("row", { name: /^firewall\.enabled/ });
    await fact.getByText("was true").waitFor();
    // Its value, and what it makes of the level.
    expect(await fact.getByText("unknown (stale)").count()).toBe(2);
    await page
      .getByRole("row", { name: /^guarded \? firewall\.enabled unknown \(stale\)/ })
      .waitFor();
    const why = "firewall.enabled was unknown (stale): not confirmed lately";
    await page.getByText(why).first().waitFor();
    await judgePage(page, "device-stale");
    await page.goto(`${controller.apiUrl}/explorer?device=${sleeper}`);
    await page.getByText(why).first().waitFor();
    // Whoever follows a link reads the name, not the id.
    await page.getByRole("heading", { name: "What sleeper may reach" }).waitFor();
    await judgePage(page, "explorer-stale");
  });

  test("what was looked for does not stay behind in the field", async () => {
    const field = page.getByLabel("Find a device, or paste a reference");
    await field.fill("7QK2-M4XE");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/decisions\/7QK2-M4XE$/);
    expect(await field.inputValue()).toBe("");
  });

  test("who was refused to join is told with the key and the code, and no secret", async () => {
    const text = await controller.enrolKey({ name: "berlin-batch" });
    await enrol(controller, text, { key: newKey(), name: "first" });
    await enrol(controller, text, { key: newKey(), name: "late-laptop" });
    const { k, ...rest } = parseEnrolmentKey(text);
    const wrong = enrolmentKeyText({ ...rest, k, s: Buffer.alloc(32, 9).toString("base64url") });
    await enrol(controller, wrong, { key: newKey(), name: "guesser" });
    await place("Enrolment").click();
    await page.getByRole("row", { name: /late-laptop berlin-batch SP-102/ }).waitFor();
    await page.getByRole("row", { name: /not told berlin-batch SP-105/ }).waitFor();
    await judgePage(page, "enrolment-refused");
    expect(await page.content()).not.toContain("guesser");
    expect(await page.content()).not.toContain(rest.s);
    await place("Audit").click();
    await page
      .getByRole("row", { name: /identity refuse berlin-batch/ })
      .first()
      .click();
    await dialog()
      .getByText(/"code": "SP-105"/)
      .waitFor();
    await judgePage(page, "audit-refused");
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    const { out } = await runCommand(controller, ["enrol-key", "refused"]);
    expect(out).toMatch(/late-laptop +berlin-batch +127\.0\.0\.1 +0 +SP-102/);
  });

  test("a site that somebody else changed is not written over: it is shown as it is now", async () => {
    await controller.ask({ method: "PUT", path: "/sites/lab", body: {} });
    await place("Gateways & sites").click();
    await page.getByRole("button", { name: "Change lab" }).click();
    await dialog().getByRole("combobox", { name: "Resolvers" }).fill("10.77.0.53");
    await page.keyboard.press("Enter");
    await changeLab(["10.77.0.99"]);
    await dialog().getByRole("button", { name: "Change lab" }).click();
    await dialog().getByText("Changed meanwhile (SP-711)").waitFor();
    await dialog().getByText("Somebody changed it meanwhile: this is how it is now.").waitFor();
    await dialog().getByText("10.77.0.99").waitFor();
    expect(await dialog().getByText("10.77.0.53").count()).toBe(0);
    await judgePage(page, "site-changed-meanwhile");
    await dialog().getByRole("combobox", { name: "Resolvers" }).fill("10.77.0.54");
    await page.keyboard.press("Enter");
    await confirm("Change lab");
    const held = await controller.ask({ method: "GET", path: "/sites/lab" });
    expect(held).toMatchObject({ resolvers: ["10.77.0.99", "10.77.0.54"] });
  });

  test("nor is what somebody else changed removed before that was seen", async () => {
    await page.getByRole("button", { name: "Remove lab" }).click();
    await dialog().getByText("10.77.0.99, 10.77.0.54").waitFor();
    await changeLab(["10.77.0.1"]);
    await dialog().getByRole("button", { name: "Remove lab" }).click();
    await dialog().getByText("Changed meanwhile (SP-711)").waitFor();
    await dialog().getByText("10.77.0.1", { exact: true }).waitFor();
    await confirm("Remove lab");
    await page.getByRole("cell", { name: "lab", exact: true }).waitFor({ state: "detached" });
    const resource = (address: string) => ({
      file: "archive.yaml",
      text: `apiVersion: sallyport/v1\nresources:\n  - {name: archive, site: office, targets: [{cidr: ${address}/32, proto: tcp, ports: [443]}]}\n`,
    });
    const apply = (address: string) =>
      controller.ask({ method: "POST", path: "/resources", body: { files: [resource(address)] } });
    await apply("10.77.0.7");
    await place("Resources").click();
    await page
      .getByRole("row", { name: /archive/ })
      .getByRole("button", { name: "Remove" })
      .click();
    await dialog().getByText("10.77.0.7/32 tcp 443").waitFor();
    await apply("10.77.0.8");
    await dialog().getByRole("button", { name: "Remove" }).click();
    await dialog().getByText("10.77.0.8/32 tcp 443").waitFor();
    await judgePage(page, "resource-changed-meanwhile");
    await confirm("Remove");
    await page.getByRole("row", { name: /archive/ }).waitFor({ state: "detached" });
  });

  test("a set comes back in force over the one that its plan was made for", async () => {
    const text = policy.replace("[staff]", "[staff, guests]");
    const body = { files: [{ file: "policy.yaml", text }], reason: "guests too" };
    await controller.ask({ method: "POST", path: "/policies", body });
    await place("Policies").click();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("button", { name: "Put in force again" }).first().click();
    await dialog()
      .getByText(/ gain$/)
      .waitFor();
    await dialog().getByLabel("Why").fill("not meant");
    const sent = page.waitForRequest(/\/policies\/rollback$/);
    await confirm("Put in force again");
    expect((await sent).postDataJSON()).toMatchObject({ plan: expect.stringMatching(/^\w{64}$/) });
  });

  test("a difference is explained, and the watched set put in force before its time with a reason", async () => {
    const text = policy.replace(
      "guarded: {firewall",
      "guarded: {disk.encrypted: {is: true}, firewall",
    );
    const body = { files: [{ file: "policy.yaml", text }], reason: "disks" };
    await controller.ask({ method: "PUT", path: "/policies/shadow", ifMatch: "*", body });
    await reportingAs("steady", { "firewall.enabled": true, "disk.encrypted": true });
    await reportingAs("awake", { "firewall.enabled": true });
    await page.getByRole("tab", { name: "Shadow" }).click();
    await page.getByRole("button", { name: "Explain" }).first().click();
    await dialog().getByLabel("Why it is meant").fill("disks are next (CHG-12)");
    await confirm("Explain");
    await page.getByText("disks are next (CHG-12)").waitFor();
    await judgePage(page, "policy-explained");
    await page.getByRole("button", { name: "Put in force" }).click();
    await dialog().getByLabel("Why", { exact: true }).fill("disks (CHG-12)");
    await dialog().getByLabel("Why before it was watched enough").fill("the audit is tomorrow");
    await judgePage(page, "policy-promote");
    await confirm("Put in force");
    await page.getByText("Nothing is in shadow.").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("cell", { name: "disks (CHG-12)" }).waitFor();
  });

  test("a device is given an owner, and a key of break-glass is ended", async () => {
    await page.goto(`${controller.apiUrl}/devices/sleeper`);
    await page.getByLabel("Owner").fill("root");
    await page.getByRole("button", { name: "Save" }).click();
    await confirm("Save");
    await page.getByRole("definition").filter({ hasText: "root" }).waitFor();
    expect(await controller.ask({ method: "GET", path: "/devices/sleeper" })).toMatchObject({
      owner: "root",
    });
    await registerBreakGlass("ann");
    await place("Gateways & sites").click();
    const row = page.getByRole("row", { name: /^ann/ });
    await row.getByRole("button", { name: "Revoke" }).click();
    await dialog().getByText("Gateways believe the key of ann no more").waitFor();
    await confirm("Revoke");
    await row.waitFor({ state: "detached" });
  });

  test("no page broke its own policy or threw", () => {
    expect(complaints).toEqual([]);
  });
});
