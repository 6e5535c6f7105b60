/** `sallyport status --open`: serves the page and shows it in the browser of whoever asked. */
import { spawn } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { placesOf } from "../io/places.ts";
import { print, talk } from "../cli/output.ts";
import { openAgentSource } from "./agent-source.ts";
import { openPageServer } from "./page-server.ts";

const opener = "/usr/bin/xdg-open";
const idleMs = 15 * 60_000;
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
  const { DISPLAY, WAYLAND_DISPLAY, XDG_RUNTIME_DIR: runtime } = process.env;
  const desktop = (DISPLAY ?? WAYLAND_DISPLAY) !== undefined;
  if (!desktop || runtime === undefined || !existsSync(opener)) return false;
  const file = join(runtime, "sallyport-page.html");
  rmSync(file, { force: true });
  const page = `<!doctype html><meta http-equiv="refresh" content="0;url=${link}">\n`;
  writeFileSync(file, page, { mode: 0o600, flag: "wx" });
  const child = spawn(opener, [file], { stdio: "ignore", detached: true });
  child.on("error", () => talk(`Open this link: ${link}`));
  child.unref();
  return true;
}
