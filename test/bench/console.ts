// `npm run bench:console`: how soon the console can be used in headless Chromium, and how it bears a
// fleet of thousands: scrolling, searching, live changes. Controller and store are real.
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { parseArgs } from "node:util";
import { chromiumPath } from "../server/browser.ts";
import { type ControllerUnderTest, startController } from "../server/controller-under-test.ts";
import { joinGateway } from "../server/raw-agent.ts";
import { populate } from "./api-population.ts";
import { aim, benchReport, tableHead, tableRow } from "./bench-report.ts";
import { quantilesOf } from "./quantiles.ts";

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "10000" },
    decisions: { type: "string", default: "50000" },
    rounds: { type: "string", default: "10" },
    /** Changes of devices per second while the list stands at its end. */
    writes: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});
const sizes = [values.devices, values.decisions, values.rounds, values.writes].map(Number);
const [devices = 0, decisions = 0, rounds = 0, writes = 0] = sizes;
const writingMs = 5_000;

/** Kept in each page before its own scripts: what blocked its thread. */
const watchLongTasks = `
  globalThis.longTasks = [];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) globalThis.longTasks.push(duration);
  }).observe({ type: "longtask", buffered: true });
`;

/** How long the page's thread was blocked beyond 50 ms a task, as browsers count it. */
const blockedMs = (page: Page): Promise<number> =>
  page.evaluate<number>(
    "globalThis.longTasks.splice(0).reduce((sum, one) => sum + Math.max(0, one - 50), 0)",
  );

async function signedIn(browser: Browser, { ask, apiUrl }: ControllerUnderTest) {
  const context = await browser.newContext();
  const page = await context.newPage();
  const { url } = (await ask({ method: "POST", path: "/session/links" })) as { url: string };
  await page.goto(url.replace(/^http:\/\/[^/]+/, apiUrl));
  await page.getByText("Live", { exact: true }).waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

type State = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** From the address to a page that is complete and live, with nothing in the browser's cache. */
async function load(browser: Browser, state: State, url: string) {
  const context = await browser.newContext({ storageState: state });
  const page = await context.newPage();
  await page.addInitScript(watchLongTasks);
  const begunMs = performance.now();
  await page.goto(url, { waitUntil: "commit" });
  const live = page.getByText("Live", { exact: true }).waitFor();
  const figures = page
    .getByText(/ connected$/)
    .first()
    .waitFor();
  const lines = page.getByRole("row").nth(5).waitFor();
  await Promise.all([live, figures, lines]);
  // A key that is answered: the thread is free.
  await page.keyboard.press("Control+k");
  await page.waitForFunction(() => document.activeElement?.hasAttribute("data-find") === true);
  const tookMs = performance.now() - begunMs;
  const blocked = await blockedMs(page);
  await context.close();
  return { tookMs, blocked };
}

/** Goes down until every device is loaded; the time between frames is that of a person scrolling. */
async function scroll(page: Page) {
  const begunMs = performance.now();
  const frames = await page.evaluate(async (count) => {
    const grid = document.querySelector<HTMLElement>("[role=grid]");
    const took: number[] = [];
    if (grid === null) return took;
    let before = performance.now();
    const endAt = before + 120_000;
    while (before < endAt) {
      grid.scrollTop += 400;
      await new Promise(requestAnimationFrame);
      const now = performance.now();
      took.push(now - before);
      before = now;
      if (Number(grid.getAttribute("aria-rowcount")) > count) break;
    }
    return took;
  }, devices);
  const rows = await page.getByRole("row").count();
  return { frames, rows, allLoadedMs: performance.now() - begunMs };
}

async function search(page: Page): Promise<readonly number[]> {
  const field = page.getByLabel("Name, owner, group, address");
  const took: number[] = [];
  for (let n = 0; n < rounds; n += 1) {
    const wanted = `laptop-${String((n * 977 + 13) % devices).padStart(5, "0")}`;
    await field.fill("");
    await page.getByRole("row").nth(5).waitFor();
    const begunMs = performance.now();
    await field.fill(wanted);
    await page.waitForFunction(
      (name) => {
        const rows = [...document.querySelectorAll(".grid-row")];
        return rows.length === 1 && rows[0]?.textContent?.includes(name) === true;
      },
      wanted,
      { polling: "raf" },
    );
    took.push(performance.now() - begunMs);
  }
  return took;
}

/** Requests of the page while devices change, and what that costs its thread. */
async function bear(page: Page, { ask }: ControllerUnderTest) {
  let asked = 0;
  let refused = 0;
  page.on("response", (response) => {
    if (!response.url().includes("/api/v1/devices")) return;
    asked += 1;
    if (response.status() >= 400) refused += 1;
  });
  await blockedMs(page);
  const begunMs = performance.now();
  for (let n = 0; performance.now() - begunMs < writingMs; n += 1) {
    const path = `/devices/laptop-${String(n % devices).padStart(5, "0")}`;
    await ask({ method: "PATCH", path, body: { tags: [`turn-${n}`] } });
    const restMs = begunMs + ((n + 1) * 1_000) / writes - performance.now();
    if (restMs > 0) await page.waitForTimeout(restMs);
  }
  const seconds = (performance.now() - begunMs) / 1_000;
  const heap = await (await page.context().newCDPSession(page)).send("Runtime.getHeapUsage");
  return {
    requestsPerSecond: Math.round((asked / seconds) * 10) / 10,
    refused,
    blockedMsPerSecond: Math.round((await blockedMs(page)) / seconds),
    heapMiB: Math.round(heap.usedSize / 1024 ** 2),
  };
}

const startedAt = new Date().toISOString();
if (chromiumPath === null) throw new Error("bench:console needs Chromium");
const controller = await startController();
const browser = await chromium.launch({
  executablePath: chromiumPath,
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  await controller.furnish();
  await controller.enrolKey({});
  await joinGateway(controller, "gate");
  await controller.stop();
  populate(controller, { devices, decisions });
  await controller.start();
  const state = await signedIn(browser, controller);
  const loads = [];
  for (let n = 0; n < rounds; n += 1) loads.push(await load(browser, state, controller.apiUrl));
  const context = await browser.newContext({ storageState: state });
  const page = await context.newPage();
  await page.addInitScript(watchLongTasks);
  await page.goto(`${controller.apiUrl}/devices`);
  await page.getByRole("row").nth(5).waitFor();
  const scrolled = await scroll(page);
  const live = await bear(page, controller);
  await page.goto(`${controller.apiUrl}/devices`);
  const found = await search(page);
  const results = {
    interactive: quantilesOf(loads.map(({ tookMs }) => tookMs)),
    interactiveBlocked: quantilesOf(loads.map(({ blocked }) => blocked)),
    frames: quantilesOf(scrolled.frames),
    search: quantilesOf(found),
    rowsInPage: scrolled.rows,
    allLoadedMs: Math.round(scrolled.allLoadedMs),
    live,
  };
  const aims = [
    aim("interactive max", 1_500, results.interactive.max),
    aim("search p50", 300, results.search.p50),
    aim("frames p95", 34, results.frames.p95),
    aim("heap MiB", 300, live.heapMiB),
    aim("requests per second under changes", 10, live.requestsPerSecond),
  ];
  const args = { devices, decisions, rounds, writes };
  const report = benchReport({
    schema: "sallyport.bench.console/1",
    startedAt,
    args,
    results,
    aims,
  });
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const { interactive, interactiveBlocked, frames, search: looked, ...rest } = results;
    const rows = { interactive, interactiveBlocked, frames, search: looked };
    const lines = Object.entries(rows).map(([name, row]) => tableRow(name, row));
    process.stdout.write(`${[tableHead, ...lines, JSON.stringify(rest)].join("\n")}\n`);
  }
} finally {
  await browser.close();
  await controller.remove();
}
