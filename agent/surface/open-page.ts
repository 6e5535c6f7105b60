/** `sallyport status --open`: serves the page and shows it in the browser of whoever asked. */
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { placesOf } from "../io/places.ts";
import { print, talk } from "../cli/output.ts";
import { openAgentSource } from "./agent-source.ts";
import { html } from "./html.ts";
import { openPageServer } from "./page-server.ts";
import { minuteMs } from "#shared/base/time-span.ts";

const idleMs = 15 * minuteMs;
const lookMs = 10_000;

/** Serves until nobody looked at the page for a quarter of an hour, or Ctrl-C; returns 0. */
export async function openPage(): Promise<number> {
  const source = openAgentSource(placesOf(process.env));
  const server = await openPageServer(source);
  const link = server.link();
  print(link);
  if (!showInBrowser(link)) talk("Open this link in a browser on this machine; it works once.");
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  while (!stop.signal.aborted && performance.now() < server.askedMs() + idleMs) {
    await delay(lookMs, undefined, { signal: stop.signal }).catch(() => undefined);
  }
  source.close();
  await server.close();
  return 0;
}

/**
 * Shows a link in the person's own browser; false where there is no desktop. It goes by a file that
 * only this person can read, since everybody can read the arguments of a program.
 */
export function showInBrowser(link: string): boolean {
  const browser = browserHere();
  if (browser === null || !existsSync(browser.program)) return false;
  const file = join(browser.folder, "sallyport-page.html");
  rmSync(file, { force: true });
  const { markup } = html`<meta http-equiv="refresh" content="0;url=${link}" />`;
  writeFileSync(file, `<!doctype html>${markup}\n`, { mode: 0o600, flag: "wx" });
  const child = spawn(browser.program, [...browser.before, file], {
    stdio: "ignore",
    detached: true,
  });
  child.on("error", () => talk(`Open this link: ${link}`));
  child.unref();
  return true;
}

/** What opens a file in the browser, and a folder that is this person's alone. */
interface Browser {
  readonly program: string;
  readonly before: readonly string[];
  readonly folder: string;
}

function browserHere(): Browser | null {
  if (process.platform === "darwin") {
    return { program: "/usr/bin/open", before: [], folder: tmpdir() };
  }
  if (process.platform === "win32") {
    const system = join(process.env["SystemRoot"] ?? "C:\\Windows", "System32");
    const program = join(system, "rundll32.exe");
    return { program, before: ["url.dll,FileProtocolHandler"], folder: tmpdir() };
  }
  const { DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR: folder } = process.env;
  if ((DISPLAY ?? WAYLAND_DISPLAY) === undefined || folder === undefined) return null;
  return { program: "/usr/bin/xdg-open", before: [], folder };
}
