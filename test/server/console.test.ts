import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { absent, judgePage, openBrowser } from "./browser.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import {
  answerGrants,
  beatOf,
  enrol,
  eventOf,
  join as joinFleet,
  joinGateway,
  link,
  type Member,
  newKey,
  reportOf,
  wireguardKeyOf,
} from "./raw-agent.ts";

let controller: ControllerUnderTest;
let browser: Browser;
let page: Page;
let complaints: string[];
let laptop: Member;
/** Each device says again what it told last: a slow machine takes longer for all this than a fact stays fresh. */
const confirmations: (() => void)[] = [];

/** A device that reports what the rules ask for, or not all of it. */
async function report(device: Member, facts: Readonly<Record<string, boolean>>): Promise<void> {
  const deviceLink = await link(controller, device);
  const events = Object.entries(facts).map(([signal, value], place) =>
    eventOf(place + 1, signal, value),
  );
  for (const event of events) deviceLink.send(reportOf(device.key, event));
  const confirm = () => deviceLink.send(beatOf(facts, events.length));
  confirmations.push(confirm);
  confirm();
}

describe("the console in Chromium", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    controller = await startController();
    await controller.furnish();
    const gateway = await joinGateway(controller, "gw-office");
    answerGrants(await link(controller, gateway));
    await report(await joinFleet(controller, "desk-1"), {
      "firewall.enabled": true,
      "disk.encrypted": true,
    });
    ({ browser, page, complaints } = await openBrowser());
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

  test("a stranger sees the sign-in; a link signs in once, and is gone from the address", async () => {
    await page.goto(controller.apiUrl);
    await page.getByLabel("Token").waitFor();
    await judgePage(page, "sign-in");
    const made = await controller.ask({ method: "POST", path: "/session/links" });
    // Only the part behind the hash differs, so the page must be loaded anew.
    await page.goto("about:blank");
    await page.goto((made as { url: string }).url);
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(page.url()).not.toContain("sign-in");
    await judgePage(page, "overview");
  });

  test("a key made here lets a device in, which appears without a reload", async () => {
    await page.getByRole("link", { name: "Enrolment" }).click();
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill("laptops");
    await page.getByRole("combobox", { name: "Groups that" }).fill("staff");
    await page.keyboard.press("Enter");
    await judgePage(page, "new-key");
    await page.getByRole("button", { name: "Make the key" }).click();
    const text = await page.locator("code").first().textContent();
    await judgePage(page, "key-made");
    await page.getByRole("button", { name: "Done" }).click();
    await judgePage(page, "enrolment");

    await page.getByRole("link", { name: "Devices", exact: true }).click();
    await page.getByText("desk-1").waitFor();
    const key = newKey();
    const { body } = await enrol(controller, text ?? "", { key, name: "laptop-7" });
    const { id, chain } = body as { id: string; chain: string[] };
    laptop = { id, key, chain, wgPublicKey: wireguardKeyOf("laptop-7") };
    await report(laptop, { "firewall.enabled": true, "disk.encrypted": false });
    await page.getByRole("row", { name: /laptop-7.*1 open/ }).waitFor();
    await judgePage(page, "devices");
  });

  test("a rule that is written shows its errors with their place, then who loses what", async () => {
    await page.getByRole("link", { name: "Policies" }).click();
    const editor = page.getByLabel("Text of policy.yaml");
    const text = await editor.inputValue();
    await editor.fill(text.replace("firewall.enabled", "firewal.enabled"));
    await page
      .getByRole("row", { name: /policy\.yaml:7:.*did you mean firewall\.enabled/ })
      .waitFor();
    await judgePage(page, "policy-error");
    await page.getByRole("button", { name: /policy\.yaml:7:/ }).click();
    expect(await editor.evaluate((area) => area === document.activeElement)).toBe(true);
    const tests =
      "    tests:\n      - {expect: allow}\n      - {given: {firewall.enabled: false}, expect: allow}\n";
    await editor.fill(text + tests);
    await page.getByRole("row", { name: /test fails.*policy\.yaml:10:/ }).waitFor();
    await page.getByText("1 of 2 tests pass").waitFor();
    await judgePage(page, "policy-tests");
    await editor.fill(text.replace("{is: true}}", "{is: true}, disk.encrypted: {is: true}}"));
    await page.getByText("1 lose", { exact: true }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "laptop-7 to wiki" }).waitFor();
    await judgePage(page, "policy-plan");
    await page.getByLabel("Why").fill("disks must be encrypted (CHG-7)");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("as in force").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("cell", { name: "disks must be encrypted (CHG-7)" }).waitFor();
    await judgePage(page, "policy-history");
  });

  test("a set that somebody else put in force meanwhile is told, and nothing is lost", async () => {
    await page.getByRole("tab", { name: "Set", exact: true }).click();
    const editor = page.getByLabel("Text of policy.yaml");
    const text = await editor.inputValue();
    await editor.fill(`${text}# mine\n`);
    const rule =
      "{id: night-wiki, effect: allow, subjects: {groups: [night]}, resources: {names: [wiki]}}";
    const other = `${text.trimEnd()}\n  - ${rule}\n`;
    const body = { files: [{ file: "policy.yaml", text: other }], reason: "CHG-8" };
    await controller.ask({ method: "POST", path: "/policies", body });
    await page
      .getByRole("alert")
      .filter({ hasText: /By root, .*: CHG-8/ })
      .waitFor();
    expect(await page.getByRole("button", { name: "Apply" }).count()).toBe(0);
    await judgePage(page, "policy-moved");
    await page.getByRole("button", { name: "Keep mine" }).click();
    await page.getByText("policy night-wiki removed").waitFor();
    expect(await editor.inputValue()).toContain("# mine");
    await page.getByRole("button", { name: "Apply" }).waitFor();
    await editor.fill(other);
    await page.getByText("as in force").waitFor();
  });

  test("a set that shuts everybody out is applied only where that is said to be meant", async () => {
    const editor = page.getByLabel("Text of policy.yaml");
    const text = await editor.inputValue();
    await editor.fill(text.replace("groups: [staff]", "groups: [nobody-yet]"));
    await page.getByText("nobody would reach anything").waitFor();
    await page.getByLabel("Why").fill("closing the office (CHG-9)");
    const apply = page.getByRole("button", { name: "Apply" });
    expect(await apply.isDisabled()).toBe(true);
    await page.getByLabel("Shut out everybody: this is meant").check();
    expect(await apply.isDisabled()).toBe(false);
    await judgePage(page, "policy-shuts-out");
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("link", { name: "Resources" }).click();
    await page.getByRole("heading", { name: "Resources" }).waitFor();
    await page.getByRole("link", { name: "Policies" }).click();
    expect(await editor.inputValue()).toContain("nobody-yet");
    await page.getByRole("button", { name: "Throw away what I wrote" }).click();
    await page.getByText("as in force").waitFor();
  });

  test("the page of a device says what is closed, why, and what to do", async () => {
    await page.getByLabel("Find a device, or paste a reference").fill("laptop-7");
    await page.keyboard.press("Enter");
    await page.getByRole("row", { name: /laptop-7.*1 closed.*disk\.encrypted/ }).click();
    await page
      .getByText(/disk\.encrypted was false, needed/)
      .first()
      .waitFor();
    await judgePage(page, "device-closed");
  });

  test("a device that is blocked by hand is told as such and why", async () => {
    await page.getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/ends access to 0 resources now/).waitFor();
    await judgePage(page, "quarantine");
    await page.getByRole("dialog").getByRole("button", { name: "Quarantine" }).click();
    await page.getByText("wiki closed").waitFor();
    await page.getByText("the device was quarantined").first().waitFor();
    await page.getByRole("button", { name: "Release" }).waitFor();
    // The button that was pressed is gone: the keyboard goes on from the page.
    await page.waitForFunction(() => document.activeElement?.id === "content");
    await judgePage(page, "device-quarantined");
  });

  test("a pasted reference opens its decision, which is made again the same", async () => {
    const reference = await page.locator(".panel a.mono").first().textContent();
    await page.getByLabel("Find a device, or paste a reference").fill(reference ?? "");
    await page.keyboard.press("Enter");
    await page
      .getByRole("heading", { name: reference ?? "" })
      .first()
      .waitFor();
    await page.goto(`${controller.apiUrl}/decisions?device=laptop-7`);
    await page
      .getByRole("row", { name: /disk\.encrypted was false/ })
      .first()
      .click();
    await page.getByRole("button", { name: "Decide again" }).click();
    await page.getByText("identical in every part").waitFor();
    await judgePage(page, "decision");
  });

  test("what if a fact were otherwise is answered beside what is", async () => {
    await controller.ask({ method: "POST", path: "/identities/laptop-7/release" });
    await page.getByRole("link", { name: "Explorer" }).click();
    await page.getByLabel("As the device").fill("laptop-7");
    await page.getByRole("row", { name: /wiki deny .*disk\.encrypted was false/ }).waitFor();
    await page.getByLabel("What if").fill("disk.encrypted=true");
    await page.getByRole("row", { name: /wiki deny allow by staff-wiki/ }).waitFor();
    await judgePage(page, "explorer");
  });

  test("a step says what it closed where, and how long that took", async () => {
    await page.goto(`${controller.apiUrl}/devices/desk-1`);
    await page.getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/ends access to 1 resource now/).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/gw-office closed 1 access in \d+ ms/).waitFor();
    await controller.ask({ method: "POST", path: "/identities/desk-1/release" });
  });

  test("a token is made for somebody, and ended", async () => {
    await page.getByRole("link", { name: "Administrators" }).click();
    await page.getByRole("button", { name: "New token" }).click();
    await page.getByLabel("Name of the token").fill("help-desk");
    await page.getByRole("button", { name: "Make the token" }).click();
    await page.getByText(/^sallyport_pat_/).waitFor();
    await page.getByRole("button", { name: "Done" }).click();
    const row = page.getByRole("row", { name: /help-desk.*viewer/ });
    await judgePage(page, "admins");
    await row.getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
    await page.getByRole("row", { name: /help-desk.*revoked/ }).waitFor();
  });

  test.each([
    ["Decisions", "laptop-7"],
    ["Gateways & sites", "gw-office"],
    ["Resources", "wiki"],
    ["Audit", "device quarantine"],
  ])("%s shows what there is", async (name, text) => {
    await page.getByRole("link", { name, exact: true }).click();
    await page.getByText(text).first().waitFor();
    await judgePage(page, name.toLowerCase().replace(/\W+/g, "-"));
  });

  test("a list is walked by the keyboard alone", async () => {
    await page.goto(`${controller.apiUrl}/devices`);
    await page.getByText("laptop-7").waitFor();
    await page.getByRole("grid").focus();
    for (const key of ["ArrowDown", "ArrowDown", "Enter"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "laptop-7" }).waitFor();
    await page.keyboard.press("Control+k");
    const found = await page.evaluate(() => {
      const field = document.activeElement;
      return {
        find: field?.hasAttribute("data-find"),
        outline: field && getComputedStyle(field).outlineStyle,
      };
    });
    expect(found).toEqual({ find: true, outline: "solid" });
  });

  test("an address with its filters shows the same rows in another browser", async () => {
    const address = `${controller.apiUrl}/devices?search=desk&status=quarantined`;
    const other = await browser.newContext({ storageState: await page.context().storageState() });
    const elsewhere = await other.newPage();
    const seen = [];
    await controller.ask({ method: "POST", path: "/identities/desk-1/quarantine" });
    for (const one of [page, elsewhere]) {
      await one.goto(address);
      await one.getByRole("row", { name: /desk-1.*quarantined/ }).waitFor();
      seen.push({
        names: await one.locator(".grid-row strong").allTextContents(),
        columns: await one.getByRole("columnheader").allTextContents(),
        search: await one.getByLabel("Name, owner, group, address").inputValue(),
      });
    }
    await other.close();
    await controller.ask({ method: "POST", path: "/identities/desk-1/release" });
    expect(seen[0]).toMatchObject({ names: ["desk-1"], search: "desk" });
    expect(seen[1]).toEqual(seen[0]);
  });

  test("an opened change has an address, too", async () => {
    await page.goto(`${controller.apiUrl}/audit?search=quarantine`);
    await page.getByText("device quarantine").first().click();
    const shown = await page.getByRole("dialog").locator("pre").textContent();
    const address = page.url();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(page.url()).not.toBe(address);
    await page.goto(address);
    expect(await page.getByRole("dialog").locator("pre").textContent()).toBe(shown);
    expect(await page.getByLabel("Who, what or whom").inputValue()).toBe("quarantine");
    await page.goto(`${controller.apiUrl}/audit?entry=999999`);
    await page.getByText("There is no such entry.").waitFor();
  });

  test("a lost controller is said within ten seconds, and what was missed comes afterwards", async () => {
    await page.goto(`${controller.apiUrl}/devices`);
    await page.getByText("Live", { exact: true }).waitFor();
    const mark = page.getByRole("checkbox", { name: "Mark desk-1" });
    await mark.waitFor();
    const startAgain = await controller.stopForRestart();
    await page.getByText("Paused").waitFor();
    await judgePage(page, "paused");
    await page.getByRole("button", { name: /root · admin/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("menu").getByText("Whether it was done is not known").waitFor();
    await page.keyboard.press("Escape");
    await mark.check();
    await page.getByRole("button", { name: "Recheck" }).click();
    const dialog = page.getByRole("dialog", { name: "Recheck 1 device" });
    await dialog.getByRole("button", { name: "Recheck" }).click();
    await dialog.getByText("Whether it was done is not known").waitFor();
    await page.keyboard.press("Escape");
    await startAgain();
    await controller.ask({ method: "POST", path: "/identities/desk-1/quarantine" });
    await page.getByText("Live", { exact: true }).waitFor();
    await page.getByRole("row", { name: /desk-1.*quarantined/ }).waitFor();
  });

  test("a session that ended elsewhere leads to the sign-in, and from there back", async () => {
    await page.context().clearCookies();
    await page.getByRole("link", { name: "Resources" }).click();
    await page.getByLabel("Token").fill(readFileSync(controller.places.token, "utf8"));
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Resources" }).waitFor();
  });

  test("whoever signs out is out", async () => {
    await page.getByRole("button", { name: /root · admin/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
  });

  test("no page broke its own policy or threw", () => {
    expect(complaints).toEqual([]);
  });
});

test("the first page loads 300 KB of script at most, packed", () => {
  const folder = join(import.meta.dirname, "../../.build/console");
  const page = readFileSync(join(folder, "index.html"), "utf8");
  const scripts = [...page.matchAll(/"\/(assets\/[^"]+\.js)"/g)].map(([, name = ""]) => name);
  const bytes = scripts.map((name) => gzipSync(readFileSync(join(folder, name))).length);
  expect(scripts.length).toBeGreaterThan(0);
  expect(bytes.reduce((sum, one) => sum + one, 0)).toBeLessThan(300 * 1024);
});
