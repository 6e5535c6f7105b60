// The way of a new administrator in Chromium, with a laptop that is real: signed in by a link, a key,
// the laptop appears, a rule is planned and put in force, the laptop is blocked, and both read why.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { mustRunNow, run } from "../lab/command.ts";
import { type ConsoleDoor, doorSocket, openConsoleDoor } from "../lab/console-door.ts";
import { groupName } from "../lab/documents.ts";
import { wiki } from "../lab/flow.ts";
import type { Installation } from "../lab/installation.ts";
import { labFolder } from "../lab/lab-process.ts";
import { nodePath, programPath } from "../lab/program-path.ts";
import { removeSecondLaptop, startSecondLaptop } from "../lab/second-laptop.ts";
import { address, inNamespace } from "../lab/topology.ts";
import { enrol, type World } from "../lab/world.ts";
import { absent, keepPictures, openBrowser } from "../server/browser.ts";
import { sharedWorld } from "./shared-lab.ts";

const deadline = { timeout: 60_000 };

/** Who is in a group of this name reaches nothing of the wiki, whatever else is true. */
const visitorsRule = `
  - id: visitors-read-nothing
    effect: deny
    subjects: { groups: [visitors] }
    resources: { names: [wiki] }
`;

let world: World;
let desk: Installation;
let door: ConsoleDoor;
let browser: Browser;
let page: Page;
let complaints: string[];
let former: string;

/** Who answers the second laptop for the wiki's address: the wiki, an impostor, or nobody. */
async function whoAnswers(): Promise<string> {
  const url = `http://${address.resource4}:${wiki.tcpPort}/`;
  const asked = `fetch("${url}", { signal: AbortSignal.timeout(2000) })`;
  const told = `${asked}.then((answer) => answer.text()).then(console.log, () => console.log("nobody"))`;
  const { stdout } = await run(inNamespace("desk", [nodePath, "--eval", told]));
  return stdout.trim();
}

const place = (name: string) => page.getByRole("link", { name, exact: true }).click();

describe("a new administrator in Chromium", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    world = await sharedWorld();
    former = String((await world.controller.ask(["policy", "status"]))["version"]);
    // The container's own namespace has no network; the browser and the door are on its loopback.
    mustRunNow([programPath("ip"), "link", "set", "lo", "up"]);
    door = await openConsoleDoor();
    door.leadTo(() => doorSocket);
    [desk, { browser, page, complaints }] = await Promise.all([
      startSecondLaptop(labFolder()),
      openBrowser(),
    ]);
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
  });
  afterAll(async () => {
    if (absent !== null) return;
    await browser.close();
    door.close();
    await removeSecondLaptop(desk);
    await world.controller.ask(["policy", "rollback", former, "--reason", "e2e"]);
  });

  it("signs in by the link that the lab prints", async () => {
    await page.goto(await world.controller.openConsole());
    await page.getByText("Live", { exact: true }).waitFor();
    expect(page.url()).not.toContain("sign-in");
    await page.getByText("1 with all open").waitFor();
    await keepPictures(page, "journey-1-overview");
  });

  it("makes a key, and sees the laptop that joins by it appear and get access", async () => {
    await place("Enrolment");
    await page.getByRole("button", { name: "New key" }).click();
    await page.getByLabel("Name").fill("visitors");
    for (const group of [groupName, "visitors"]) {
      await page.getByRole("combobox", { name: "Groups that" }).fill(group);
      await page.keyboard.press("Enter");
    }
    await page.getByRole("button", { name: "Make the key" }).click();
    const key = (await page.locator("code").first().textContent()) ?? "";
    await keepPictures(page, "journey-2-key");
    await page.getByRole("button", { name: "Done" }).click();
    await place("Devices");
    await page.getByRole("row", { name: /laptop/ }).waitFor();
    await enrol(desk, key);
    await page.getByRole("row", { name: /desk.*2 open/ }).waitFor();
    await keepPictures(page, "journey-3-devices");
    await expect.poll(whoAnswers, deadline).toBe("resource");
  });

  it("writes a rule, sees who loses by it, and puts it in force", async () => {
    await place("Policies");
    const editor = page.getByLabel(/^Text of /);
    await editor.fill(`${(await editor.inputValue()).trimEnd()}${visitorsRule}`);
    await page.getByText("1 lose", { exact: true }).waitFor();
    await page.getByRole("listitem").filter({ hasText: "desk to wiki" }).waitFor();
    await keepPictures(page, "journey-4-plan");
    await page.getByLabel("Why").fill("visitors read nothing (CHG-12)");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("as in force").waitFor();
    await place("Devices");
    await page.getByRole("row", { name: /desk.*1 closed/ }).waitFor();
    await expect.poll(whoAnswers, deadline).toBe("nobody");
  });

  it("blocks the laptop, is told what that closed and when, and both read the same why", async () => {
    await page.getByRole("row", { name: /desk/ }).click();
    await page.getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/ends access to 1 resource now/).waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Quarantine" }).click();
    await page.getByText(/gateway closed 1 access in \d+ ms/).waitFor();
    await page.getByText("the device was quarantined").first().waitFor();
    await keepPictures(page, "journey-5-blocked");
    const explained = () => desk.cli(["explain", "wiki", "--json"]);
    await expect.poll(async () => (await explained()).stdout, deadline).toContain("quarantined");
    const { explanation } = JSON.parse((await explained()).stdout) as {
      explanation: { reference: string };
    };
    const { reference } = explanation;
    await page.getByLabel("Find a device, or paste a reference").fill(reference);
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: reference }).waitFor();
    await page.getByText("the device was quarantined").first().waitFor();
    await keepPictures(page, "journey-6-why");
    expect(complaints).toEqual([]);
  });
});
