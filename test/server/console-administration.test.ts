// What a new administrator sets up and takes back in the console alone: sites, gateways, devices, sets, others.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { absent, judgePage, openBrowser } from "./browser.ts";
import { runCommand } from "./controller-command.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { answerGrants, join, joinGateway, link } from "./raw-agent.ts";

let controller: ControllerUnderTest;
let browser: Browser;
let page: Page;
let complaints: string[];

const place = (name: string) => page.getByRole("link", { name, exact: true });

/** Presses a button and the one of the same name in its dialog. */
async function confirm(verb: string, fill: () => Promise<void> = () => Promise.resolve()) {
  await page.getByRole("button", { name: verb, exact: true }).first().click();
  await fill();
  // It is shown for a while only: waited for before it can come.
  const done = page.getByText(new RegExp(`${verb}: done in`)).waitFor();
  await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
  await Promise.all([done, page.getByRole("dialog").waitFor({ state: "detached" })]);
}

/** What the console asks is answered otherwise from now on. */
async function withIdleSeconds(seconds: number): Promise<void> {
  const shown = (await controller.ask({ method: "GET", path: "/session" })) as object;
  const json = { ...shown, idleEndsAfterSeconds: seconds };
  await page.route("**/api/v1/session", (route) => route.fulfill({ json }));
  await page.reload();
}

describe("the console, as one sets things up in it", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    controller = await startController();
    await controller.furnish();
    answerGrants(await link(controller, await joinGateway(controller, "gw-office")));
    answerGrants(await link(controller, await joinGateway(controller, "gw-spare")));
    await join(controller, "desk-1");
    ({ browser, page, complaints } = await openBrowser());
    const made = await controller.ask({ method: "POST", path: "/session/links" });
    await page.goto((made as { url: string }).url);
    await page.getByText("Live", { exact: true }).waitFor();
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
  });
  afterAll(async () => {
    if (absent !== null) return;
    await browser.close();
    await controller.remove();
  });

  test("a site is made here, and one that is there is not made twice", async () => {
    await place("Gateways & sites").click();
    await confirm("New site", () => page.getByLabel("Name").fill("lab"));
    await page.getByRole("cell", { name: "lab", exact: true }).waitFor();
    await page.getByRole("button", { name: "New site" }).click();
    await page.getByLabel("Name").fill("office");
    await page.getByRole("dialog").getByRole("button", { name: "New site" }).click();
    await page.getByRole("dialog").getByText("is there already").waitFor();
    await judgePage(page, "site-taken");
    await page.keyboard.press("Escape");
    await confirm("Change lab", async () => {
      await page.getByRole("combobox", { name: "Resolvers" }).fill("10.77.0.53");
      await page.keyboard.press("Enter");
    });
    await page.getByRole("cell", { name: "10.77.0.53" }).waitFor();
  });

  test("a site is removed where nobody serves it or lies there, and says who does", async () => {
    await page.getByRole("button", { name: "Remove office" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("No gateway can join office").waitFor();
    await dialog.getByRole("button", { name: "Remove office" }).click();
    await dialog.getByText(/still has gateway gw-office and gw-spare/).waitFor();
    await judgePage(page, "site-removal");
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await confirm("Remove lab");
    await page.getByRole("cell", { name: "lab", exact: true }).waitFor({ state: "detached" });
  });

  test("a resource is removed, with what laptops then do said before", async () => {
    const text =
      "apiVersion: sallyport/v1\nresources:\n" +
      "  - {name: archive, site: office, targets: [{cidr: 10.77.0.7/32, proto: tcp, ports: [443]}]}\n";
    const files = [{ file: "archive.yaml", text }];
    await controller.ask({ method: "POST", path: "/resources", body: { files } });
    await place("Resources").click();
    const row = page.getByRole("row", { name: /archive/ });
    await row.getByRole("button", { name: "Remove" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("they will send this in clear again").waitFor();
    await judgePage(page, "resource-removal");
    await dialog.getByRole("button", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    // A rule names this one.
    await page.getByRole("row", { name: /wiki/ }).getByRole("button", { name: "Remove" }).click();
    await dialog.getByRole("button", { name: "Remove" }).click();
    await dialog.getByText(/names resource wiki/).waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    await place("Gateways & sites").click();
  });

  test("a gateway is set up, blocked, given back and ended, with the effect said before", async () => {
    await page.getByRole("row", { name: /gw-office/ }).click();
    await page.getByLabel("Priority").fill("7");
    await confirm("Save");
    expect(await controller.ask({ method: "GET", path: "/gateways/gw-office" })).toMatchObject({
      priority: 7,
    });
    await page.getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/its link ends now, and .*office/).waitFor();
    await judgePage(page, "gateway-quarantine");
    await page.getByRole("dialog").getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/Quarantine: done in/).waitFor();
    await confirm("Release");
    await confirm("Revoke");
    await page.getByText("revoked", { exact: true }).waitFor();
    await judgePage(page, "gateway");
    expect(await page.getByRole("button", { name: "Revoke" }).count()).toBe(0);
    await place("Gateways & sites").click();
    await page.getByRole("row", { name: /gw-office.*revoked/ }).waitFor();
    await page.getByRole("row", { name: /gw-spare/ }).click();
    await page.getByRole("button", { name: "Revoke" }).click();
    await page.getByText(/its link ends now, and nothing in office can be reached/).waitFor();
    await page.getByRole("button", { name: "Cancel" }).click();
  });

  test("the same by commands, which take no device for a gateway", async () => {
    const quarantined = await runCommand(controller, ["gateway", "quarantine", "gw-spare"]);
    expect(quarantined).toMatchObject({ exit: 0 });
    expect(quarantined.out).toMatch(/^gw-spare is quarantined, done in \d+ ms/);
    expect((await runCommand(controller, ["gateway", "release", "gw-spare"])).exit).toBe(0);
    expect((await runCommand(controller, ["gateway", "revoke", "desk-1"])).exit).toBe(1);
  });

  test("a device is given groups, tags and an account, which rules go by", async () => {
    await page.goto(`${controller.apiUrl}/devices/desk-1`);
    await page.getByRole("combobox", { name: "Groups" }).fill("finance");
    await page.keyboard.press("Enter");
    await page.getByLabel("Service account").fill("kiosk");
    const sent = page.waitForRequest((request) => request.method() === "PATCH");
    await confirm("Save");
    // Not what another administrator may be setting.
    expect(Object.keys((await sent).postDataJSON() as object)).toEqual([
      "groups",
      "serviceAccount",
    ]);
    expect(await controller.ask({ method: "GET", path: "/devices/desk-1" })).toMatchObject({
      groups: ["staff", "finance"],
      serviceAccount: "kiosk",
    });
    await judgePage(page, "device-traits");
  });

  test("a set is only watched first; a former one is put in force again, with who loses", async () => {
    await place("Policies").click();
    const editor = page.getByLabel("Text of policy.yaml");
    await editor.waitFor();
    const text = await editor.inputValue();
    await editor.fill(text.replace("[staff]", "[guests]"));
    await page.getByLabel("Why").fill("guests only");
    await confirm("Only watch");
    await page.getByRole("tab", { name: "Shadow" }).click();
    await confirm("Watch no longer");
    await page.getByText("Nothing is in shadow.").waitFor();
    await page.getByRole("tab", { name: "Set", exact: true }).click();
    await page.getByLabel("Why").fill("guests only");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("as in force").waitFor();
    await page.getByRole("tab", { name: "History" }).click();
    await confirm("Put in force again", async () => {
      const dialog = page.getByRole("dialog");
      await dialog.getByText(/ gain$/).waitFor();
      await dialog.getByLabel("Why").fill("not meant");
      await judgePage(page, "policy-put-back");
    });
    await page.getByRole("cell", { name: "not meant" }).waitFor();
  });

  test("text that was not applied is not lost by a reload that nobody meant", async () => {
    await page.getByRole("tab", { name: "Set", exact: true }).click();
    const editor = page.getByLabel("Text of policy.yaml");
    await editor.fill(`${await editor.inputValue()}# mine\n`);
    await place("Devices").click();
    const asked = page.waitForEvent("dialog");
    const reloaded = page.reload();
    const dialog = await asked;
    expect(dialog.type()).toBe("beforeunload");
    await dialog.accept();
    await reloaded;
    await page.getByText("Live", { exact: true }).waitFor();
  });

  test("another administrator is invited by a link that is shown once", async () => {
    await place("Administrators").click();
    await page.getByRole("button", { name: "New administrator" }).click();
    await page.getByRole("button", { name: "Make the link" }).click();
    await page.getByText(/#set-up=[\w-]{43}$/).waitFor();
    await judgePage(page, "administrator-invited");
    await page.getByRole("button", { name: "Done" }).click();
  });

  test("whoever may only look is offered no step", async () => {
    const order = { name: "looker", role: "viewer", validForSeconds: 600 };
    const made = await controller.ask({ method: "POST", path: "/tokens", body: order });
    const context = await browser.newContext();
    const other = await context.newPage();
    await other.goto(`${controller.apiUrl}/gateways/gw-spare`);
    await other.getByLabel("Token").fill((made as { token: string }).token);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    for (const name of ["Revoke", "Quarantine", "Save"]) {
      expect(await other.getByRole("button", { name }).isDisabled()).toBe(true);
    }
    await other.goto(`${controller.apiUrl}/gateways`);
    await other.getByRole("row", { name: /gw-spare/ }).waitFor();
    expect(await other.getByRole("button", { name: /site|Change|Remove/ }).count()).toBe(0);
    await other.goto(`${controller.apiUrl}/resources`);
    await other.getByRole("row", { name: /wiki/ }).waitFor();
    expect(await other.getByRole("button", { name: "Remove" }).count()).toBe(0);
    await context.close();
  });

  test("an idle session is told before it ends, kept by use, and leads back to the same page", async () => {
    await place("Resources").click();
    await withIdleSeconds(230);
    await page.getByText(/You are signed out in 3 min/).waitFor();
    await judgePage(page, "idle");
    await page.getByRole("button", { name: "Stay signed in" }).click();
    await page.getByText(/You are signed out in/).waitFor({ state: "detached" });
    await page.unroute("**/api/v1/session");
    await withIdleSeconds(2);
    await page.getByText(/You are signed out in/).waitFor();
    await page.context().clearCookies();
    await page.unroute("**/api/v1/session");
    await page.getByText("nobody used the console for an hour").waitFor();
    const made = await controller.ask({
      method: "POST",
      path: "/tokens",
      body: { name: "back", role: "viewer", validForSeconds: 600 },
    });
    await page.getByLabel("Token").fill((made as { token: string }).token);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "Resources" }).waitFor();
  });

  test("no page broke its own policy or threw", () => {
    expect(complaints).toEqual([]);
  });
});
