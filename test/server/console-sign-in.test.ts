import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Browser, Page } from "playwright-core";
import { parseCidr } from "#shared/net/cidr.ts";
import { openProvider, type ProviderUnderTest, signInBy } from "../fakes/identity-provider.ts";
import { absent, judgePage, openBrowser } from "./browser.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";

let controller: ControllerUnderTest;
let provider: ProviderUnderTest;
let browser: Browser;
let page: Page;
let complaints: string[];
let home: string;

describe("sign-in to the console in Chromium", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    const loopback = parseCidr("127.0.0.0/8");
    controller = await startController({
      identityProviderNets: loopback === null ? [] : [loopback],
    });
    home = controller.apiUrl.replace("127.0.0.1", "localhost");
    provider = await openProvider(`${home}/api/v1/session/provider/callback`);
    const body = signInBy(provider.issuer);
    await controller.ask({ method: "PUT", path: "/sign-in", body });
    ({ browser, page, complaints } = await openBrowser());
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
  });
  afterAll(async () => {
    if (absent !== null) return;
    await browser.close();
    await provider.close();
    await controller.remove();
  });

  test("under another address the page says where it is at home", async () => {
    await page.goto(controller.apiUrl);
    await page.getByRole("link", { name: home }).waitFor();
  });

  test("a person without a role is told so; one with a role is in, and out again", async () => {
    const { persona } = provider;
    provider.persona = { sub: "sub-kim", name: "kim@example.com", groups: ["staff"] };
    await page.goto(home);
    await page.getByRole("button", { name: "Sign in with your organisation" }).click();
    await page.getByText("SP-724").waitFor();
    expect(page.url()).toBe(`${home}/`);
    await judgePage(page, "sign-in-refused");
    provider.persona = persona;
    await page.context().clearCookies({ domain: "127.0.0.1" });
    await page.getByRole("button", { name: "Sign in with your organisation" }).click();
    await page.getByRole("heading", { name: "Overview" }).waitFor();
    await page.getByRole("button", { name: "mara@example.com · admin" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByLabel("Token").waitFor();
  });

  test("a set-up link makes an administrator by a passkey, which signs in from then on", async () => {
    const devTools = await page.context().newCDPSession(page);
    await devTools.send("WebAuthn.enable");
    await devTools.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    const invite = { path: "/session/set-up-links", body: { role: "admin" } } as const;
    const { url } = (await controller.ask({ method: "POST", ...invite })) as { url: string };
    await page.goto("about:blank");
    await page.goto(url);
    await page.getByLabel("Your name").fill("ana");
    expect(page.url()).not.toContain("set-up");
    await judgePage(page, "set-up");
    await page.getByRole("button", { name: "Make the passkey" }).click();
    await page.getByRole("button", { name: "ana · admin" }).waitFor();

    await page.getByRole("button", { name: "ana · admin" }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await page.getByRole("button", { name: "ana · admin" }).waitFor();

    // Nothing is here yet: each page says what it would hold, and where that is made.
    for (const [name, said] of [
      ["Overview", "No gateway yet: make a site and a key for its gateway"],
      ["Devices", "No device yet."],
      ["Enrolment", "No key yet."],
      ["Policies", "as in force"],
      ["Resources", "Nothing is protected yet."],
    ] as const) {
      await page.getByRole("link", { name, exact: true }).click();
      await page.getByText(said).waitFor();
      await judgePage(page, `new-${name.toLowerCase()}`);
    }

    await page.getByRole("link", { name: "Users & groups" }).click();
    await page.getByRole("row", { name: /mara@example\.com active netadmins, staff/ }).waitFor();
    await page.getByRole("row", { name: /netadmins sign-in 1/ }).waitFor();
    await judgePage(page, "users");
    await page.getByLabel("Name or address").fill("kim");
    await page.getByRole("row", { name: /mara@example\.com/ }).waitFor({ state: "detached" });
    const kim = page.getByRole("row", { name: /kim@example\.com/ });
    await kim.getByRole("button", { name: "Deactivate" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Deactivate" }).click();
    await page.getByRole("row", { name: /kim@example\.com deactivated/ }).waitFor();

    await page.getByRole("link", { name: "Administrators" }).click();
    const row = page.getByRole("row", { name: /ana first on one device/ });
    await row.waitFor();
    await judgePage(page, "passkeys");
    await row.getByRole("button", { name: "Remove" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("it is your last passkey").waitFor();

    await page.goto("about:blank");
    await page.goto(url);
    await page.getByRole("button", { name: "ana · admin" }).waitFor();
    await page.context().clearCookies();
    await page.goto("about:blank");
    await page.goto(url);
    await page.getByLabel("Your name").fill("eve");
    await page.getByRole("button", { name: "Make the passkey" }).click();
    await page.getByText("SP-701").waitFor();
  });

  test("nothing was refused by the page's own policy", () => {
    expect(complaints).toEqual([]);
  });
});
