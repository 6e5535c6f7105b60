// The console over a fleet: who reaches what, what waits for a word, steps for many, settings.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { absent, judgePage, openBrowser } from "./browser.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import {
  answerGrants,
  beatOf,
  enrol,
  eventOf,
  join,
  joinGateway,
  link,
  newKey,
  reportOf,
} from "./raw-agent.ts";

const policy = `apiVersion: sallyport/v1
resources:
  - {name: vault, site: office, tags: [secret], targets: [{cidr: 10.77.0.2/32, proto: tcp, ports: [443]}]}
policies:
  - id: staff-wiki
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {firewall.enabled: {is: true}}
  - id: staff-vault
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [vault]}
    when: {firewall.enabled: {is: true}, elevation: {role: vault-admin, approvedBy: 1, maxDuration: PT1H}}
`;

let controller: ControllerUnderTest;
let browser: Browser;
let page: Page;
let complaints: string[];
/** Each device says again what it told last: a slow machine takes longer for all this than a fact stays fresh. */
const confirmations: (() => void)[] = [];

async function joinReporting(name: string, firewall: boolean): Promise<void> {
  const device = await join(controller, name);
  const opened = await link(controller, device);
  opened.send(reportOf(device.key, eventOf(1, "firewall.enabled", firewall)));
  const confirm = () => opened.send(beatOf({ "firewall.enabled": firewall }, 1));
  confirmations.push(confirm);
  confirm();
}

/** Asks as somebody else than the console's administrator. */
async function askAs(name: string, path: string, body: object): Promise<number> {
  const order = { name, role: "operator", validForSeconds: 600 };
  const made = await controller.ask({ method: "POST", path: "/tokens", body: order });
  const { status } = await fetch(`${controller.apiUrl}/api/v1${path}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${(made as { token: string }).token}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  return status;
}

const place = (name: string) => page.getByRole("link", { name, exact: true });

describe("the console over a fleet, in Chromium", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    controller = await startController();
    await controller.furnish();
    const body = { files: [{ file: "policy.yaml", text: policy }], reason: "vault" };
    await controller.ask({ method: "POST", path: "/policies", body });
    answerGrants(await link(controller, await joinGateway(controller, "gw-office")));
    for (const name of ["desk-1", "desk-2"]) await joinReporting(name, true);
    await joinReporting("desk-3", false);
    ({ browser, page, complaints } = await openBrowser());
    const made = await controller.ask({ method: "POST", path: "/session/links" });
    await page.goto((made as { url: string }).url);
    await page.getByText("Live", { exact: true }).waitFor();
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
    for (const confirm of confirmations) confirm();
  });
  afterAll(async () => {
    if (absent !== null) return;
    await browser.close();
    await controller.remove();
  });

  test("a number of the overview opens the list of those it counts", async () => {
    await controller.ask({ method: "POST", path: "/identities/desk-3/quarantine" });
    await page.getByRole("link", { name: "1 quarantined" }).click();
    await page.getByRole("row", { name: /desk-3/ }).waitFor();
    expect(await page.locator(".grid-row strong").allTextContents()).toEqual(["desk-3"]);
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByRole("row", { name: /desk-2/ }).waitFor();
    await controller.ask({ method: "POST", path: "/identities/desk-3/release" });
  });

  test("the matrix tells who reaches what, and no rule from a rule that is not met", async () => {
    await place("Explorer").click();
    await page.getByRole("button", { name: "desk-1 to wiki: allow" }).waitFor();
    await page.getByRole("button", { name: "gw-office to wiki" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "desk-3 to wiki: deny" }).click();
    await page.getByText(/firewall\.enabled was false.*/).waitFor();
    await judgePage(page, "explorer-matrix");
    await controller.ask({ method: "POST", path: "/identities/desk-3/quarantine" });
    await page.getByText(/the device was quarantined/).waitFor();
    await controller.ask({ method: "POST", path: "/identities/desk-3/release" });
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "desk-2 to wiki" }).waitFor();
  });

  test("whoever waits is let in, with what that would open said before", async () => {
    const key = await controller.enrolKey({ groups: ["staff"], usesMax: 2 });
    await enrol(controller, key, { key: newKey(), name: "guest-1" });
    await page.getByRole("link", { name: /^Approvals/ }).click();
    const row = page.getByRole("row", { name: /guest-1/ });
    await row.getByText("would reach nothing").waitFor();
    await judgePage(page, "approvals");
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await page.getByText("Nobody waits to be let in.").waitFor();
  });

  test("access for a while is approved by somebody else, and ended with its time told", async () => {
    const body = { device: "desk-1", resource: "vault", reason: "audit", seconds: 600 };
    expect(await askAs("ana", "/requests", body)).toBe(201);
    const row = page.getByRole("row", { name: /desk-1 to vault for 10 min/ });
    await row.getByText("opens once all agreed").waitFor();
    await judgePage(page, "approvals-request");
    await row.getByRole("button", { name: "Approve" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Approve" }).click();
    await row.getByRole("button", { name: "End" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
    await page.getByText(/gw-office closed 1 access in \d+ ms/).waitFor();
  });

  test("many devices are closed at once: named first, each with what became of it", async () => {
    await place("Devices").click();
    await page.getByRole("checkbox", { name: "Mark desk-1" }).check();
    await page.getByRole("checkbox", { name: "Mark desk-2" }).check();
    await page.getByRole("button", { name: "Quarantine" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("ends 2 accesses now").waitFor();
    await judgePage(page, "devices-bulk");
    await dialog.getByRole("button", { name: "Quarantine" }).click();
    await dialog.getByText("2 done").waitFor();
    await dialog.getByRole("button", { name: "Close" }).last().click();
    await page.getByText(/Quarantine, 2 of 2 devices: done in/).waitFor();
    await page.getByText(/gw-office closed/).waitFor();
    await page.getByRole("row", { name: /desk-2.*quarantined/ }).waitFor();
  });

  test("without colours every mark is told apart by its shape and its word", async () => {
    await page.evaluate(() => (document.documentElement.style.filter = "grayscale(1)"));
    await judgePage(page, "devices-grey");
    const marks = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>(".mark")].map((mark) => ({
        tone: mark.style.getPropertyValue("--tone"),
        shape: mark.querySelector("svg")?.innerHTML ?? "",
        word: mark.textContent ?? "",
      })),
    );
    await page.evaluate(() => (document.documentElement.style.filter = ""));
    const tones = new Map(marks.map(({ tone, shape }) => [tone, shape]));
    expect(tones.size).toBeGreaterThan(2);
    expect(new Set(tones.values()).size).toBe(tones.size);
    expect(marks.filter(({ word }) => word.trim() === "")).toEqual([]);
  });

  test("settings are shown, kept over what was read, and keys are replaced", async () => {
    await place("Settings").click();
    await page.getByLabel("Reports, days").fill("20");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText(/cannot be brought back/).waitFor();
    await judgePage(page, "settings-shorter");
    await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();
    await page.getByText(/Save: done in/).waitFor();
    await page.getByRole("button", { name: "Rotate keys" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Rotate keys" }).click();
    await page.getByText("announced").first().waitFor();
    await judgePage(page, "settings");
  });

  test("a set in shadow tells what it would answer otherwise, and how far it has come", async () => {
    const stricter = policy.replaceAll(
      "when: {firewall.enabled: {is: true}",
      "when: {disk.encrypted: {is: true}",
    );
    const body = { files: [{ file: "policy.yaml", text: stricter }], reason: "try disks" };
    await controller.ask({ method: "PUT", path: "/policies/shadow", body });
    await controller.ask({ method: "POST", path: "/identities/desk-1/release" });
    await place("Policies").click();
    await page.getByRole("tab", { name: "Shadow" }).click();
    await page.getByText("watching").waitFor();
    await page.getByRole("row", { name: /wiki open closed.*desk-1/ }).waitFor();
    await judgePage(page, "policy-shadow");
  });

  test("a narrow window scrolls in one direction alone (reflow, WCAG 1.4.10)", async () => {
    await page.setViewportSize({ width: 320, height: 640 });
    for (const path of ["/", "/approvals", "/devices", "/explorer", "/policies", "/settings"]) {
      await page.goto(`${controller.apiUrl}${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect({ path, wide }).toEqual({ path, wide: 320 });
    }
    await judgePage(page, "narrow");
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  test("keys lead to pages, and are listed", async () => {
    await page.goto(`${controller.apiUrl}/`);
    await page.getByText("Live", { exact: true }).waitFor();
    for (const key of ["g", "d"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "Devices" }).waitFor();
    await page.keyboard.press("Shift+?");
    await page.getByRole("dialog").getByText("mark the row").waitFor();
    await judgePage(page, "keys");
    await page.keyboard.press("Escape");
    await page.getByRole("grid").focus();
    for (const key of ["j", "x"]) await page.keyboard.press(key);
    await page.getByText("1 marked").waitFor();
  });

  test("no page broke its own policy or threw", () => {
    expect(complaints).toEqual([]);
  });
});
