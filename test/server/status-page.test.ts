// The device's status page in Chromium, as the person at the machine sees it; pictures go to .cache/status-page.
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openPageServer, type PageServer } from "../../agent/surface/page-server.ts";
import {
  closedResource,
  openResource,
  playAgent,
  type PlayedAgent,
  statusOf,
} from "../fakes/surface-samples.ts";
import { absent, findingsOf, openBrowser } from "./browser.ts";

const pictures = join(dirname(dirname(import.meta.dirname)), ".cache", "status-page");
const evil =
  "<img src=x onerror=\"document.title='taken'\"><script>document.title='taken'</script>";
const warnings = [
  {
    code: "SP-406",
    title: "Agent not running",
    detail: "the agent does not answer at `/run/sallyport/local.sock` since 2026-11-23T08:00:00Z",
    fix: "start it: `systemctl start sallyport-agent`",
  },
];
const stepUp = {
  ...closedResource("payroll"),
  state: "stepUp" as const,
  reasons: [{ code: "step_up_needed" as const, params: {} }],
  fixes: [{ signal: "disk.encrypted", text: evil, who: "it" as const }],
};
const partly = statusOf(
  "narrowed",
  [openResource("wiki"), openResource("git.corp"), closedResource("db-prod"), stepUp],
  {
    warnings,
    reportedAt: new Date(Date.now() - 200_000).toISOString(),
    managedBy: "Example Corp",
    supportUrl: "https://help.example",
  },
);

let agent: PlayedAgent;
let server: PageServer;
let browser: Browser;
let page: Page;
let complaints: string[];

describe("the status page in Chromium", () => {
  beforeAll(async () => {
    if (absent !== null) return;
    mkdirSync(pictures, { recursive: true });
    agent = playAgent(partly);
    server = await openPageServer(agent);
    ({ browser, page, complaints } = await openBrowser());
    await page.goto(server.link());
  });
  beforeEach(({ skip }) => {
    if (absent !== null) skip(absent);
  });
  afterAll(async () => {
    if (absent !== null) return;
    await browser.close();
    await server.close();
  });

  test.each(["light", "dark"] as const)(
    "%s: nothing keeps people with a keyboard, a screen reader or weak eyes out",
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: true });
      expect(await findingsOf(page)).toEqual([]);
    },
  );

  // 640: 1280 at 200 %.
  test.each([320, 640])("%d px wide, nothing has to be moved sideways", async (width) => {
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width, height: 800 });
    await page.screenshot({ path: join(pictures, `${width}.png`), fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(width);
    expect(await findingsOf(page)).toEqual([]);
  });

  test("every control is reached by the keyboard, with a ring of two pixels", async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    const controls = await page
      .locator("a, button:not([disabled]), input, summary, [tabindex]")
      .evaluateAll((all) => all.filter((one) => one.checkVisibility()).length);
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const rings: string[] = [];
    for (let at = 0; at < controls; at += 1) {
      await page.keyboard.press("Tab");
      rings.push(
        await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement!);
          return `${outlineStyle} ${outlineWidth}`;
        }),
      );
    }
    expect(rings.length).toBeGreaterThan(8);
    expect(new Set(rings)).toEqual(new Set(["solid 2px"]));
  });

  test("words of others stay words, and nothing is asked of another host", async () => {
    expect(await page.title()).toContain("Sallyport");
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.getByText("<img src=x").count()).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });

  test("a change is put in without a reload; the focus and what did not change stay", async () => {
    await page.locator("#recheck").focus();
    const kept = async (part: string) =>
      page.evaluate((at) => "kept" in document.querySelector(at)!, `${part} h2`);
    await page.evaluate(() => {
      for (const heading of document.querySelectorAll("h2")) Object.assign(heading, { kept: true });
    });
    agent.set({ ...partly, resources: [openResource("wiki"), openResource("db-prod")] });
    await page.locator("#blocked").getByText("Nothing.").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("recheck");
    expect([await kept("#settings"), await kept("#resources")]).toEqual([true, false]);
  });

  test("ages go on while nothing changes, and say the exact instant on hover", async () => {
    const age = page.locator("#state time[data-ago]");
    const before = await age.textContent();
    await page.waitForFunction(
      (text) => document.querySelector("#machine time[data-ago]")?.textContent !== text,
      await page.locator("#machine time[data-ago]").first().textContent(),
    );
    expect(before).toMatch(/ ago$/);
    expect(await age.getAttribute("title")).toMatch(/ here; .* UTC$/);
  });

  test("an agent that goes away is said at once", async () => {
    agent.set(null);
    await page.getByRole("alert").getByText("Protection is NOT working").waitFor();
    await page.screenshot({ path: join(pictures, "stopped.png"), fullPage: true });
    expect(await findingsOf(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
