// Debian's own Chromium, driven over its protocol; no browser is fetched.
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { expect } from "vitest";
import { noBrowser } from "../run/tally.ts";

const clone = dirname(dirname(import.meta.dirname));

/** Where the pictures of the pages are kept. */
const pictures = join(clone, ".cache", "console-pages");

/** The machine's Chromium, or null. */
export const chromiumPath =
  ["/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser"].find(existsSync) ??
  null;

/** Why a test in a browser is skipped, or null: no set-up installs a browser. */
export const absent = chromiumPath === null ? noBrowser : null;

// Every set-up builds it; to skip its tests would show green for pages that nobody looked at.
if (absent === null && !existsSync(join(clone, ".build", "console", "index.html"))) {
  throw new Error("the console is not built: `node packaging/bootstrap/main.cjs` builds it");
}

/** Opens the browser; what a page complains of (its policy above all), or asks of another host, ends up in `complaints`. */
export async function openBrowser(): Promise<{
  readonly browser: Browser;
  readonly page: Page;
  readonly complaints: string[];
}> {
  const asRoot = process.getuid?.() === 0;
  const browser = await chromium.launch({
    executablePath: chromiumPath ?? "",
    args: asRoot ? ["--no-sandbox"] : [],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A refusal is an answer of the API, which the page shows.
    const refusal = message.text().startsWith("Failed to load resource");
    if (message.type() === "error" && !refusal) complaints.push(message.text());
  });
  page.on("request", (request) => {
    const { protocol, hostname } = new URL(request.url());
    const here = ["127.0.0.1", "localhost"].includes(hostname);
    if (protocol.startsWith("http") && !here) complaints.push(`asked elsewhere: ${request.url()}`);
  });
  return { browser, page, complaints };
}

type ColorScheme = "light" | "dark";

/** Keeps a picture of the page in light and dark; `look` is called while it is in each. */
export async function keepPictures(
  page: Page,
  name: string,
  look: (colorScheme: ColorScheme) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.waitForFunction(
      (wanted) => document.documentElement.dataset["mantineColorScheme"] === wanted,
      colorScheme,
    );
    await page.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) });
    await look(colorScheme);
  }
}

/** Keeps a picture of the page in light and dark, and has it judged in both. */
export function judgePage(page: Page, name: string): Promise<void> {
  return keepPictures(page, name, async (colorScheme) => {
    expect({ name, colorScheme, findings: await findingsOf(page) }).toEqual({
      name,
      colorScheme,
      findings: [],
    });
  });
}

/** What keeps people with a keyboard, a screen reader or weak eyes out; WCAG 2.2 A and AA. */
export async function findingsOf(page: Page): Promise<readonly string[]> {
  // Evaluated by the debugger, so the page's policy against foreign scripts stands.
  await page.evaluate(axe.source);
  return page.evaluate(async () => {
    const judge = (globalThis as unknown as { readonly axe: typeof axe }).axe;
    const tags = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"];
    const { violations } = await judge.run(document, { runOnly: { type: "tag", values: tags } });
    return violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
    );
  });
}
