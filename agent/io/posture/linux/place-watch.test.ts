import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "vitest";
import { watchPlaces } from "./place-watch.ts";

let root = "";
let end: () => void = () => undefined;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sallyport-place-"));
});
afterEach(() => {
  end();
  rmSync(root, { recursive: true });
});

/** Watches a folder; what is told comes as a line of promises. */
function listen(folder: string, reviveMs = 10) {
  const told: string[] = [];
  let wake: () => void = () => undefined;
  const say = (text: string) => {
    told.push(text);
    wake();
  };
  const place = { folder, names: /^status/, signals: ["os.held_packages"] };
  end = watchPlaces([place], {
    changed: (signals) => say(signals.join()),
    onLost: (_, because) => say(because),
    reviveMs,
  });
  return async (text: string) => {
    while (!told.includes(text)) await new Promise<void>((resolve) => (wake = resolve));
  };
}

test("a file replaced by a rename is heard, as package tools do it", async () => {
  const folder = join(root, "dpkg");
  mkdirSync(folder);
  const heard = listen(folder, 60_000);
  writeFileSync(join(folder, "status-new"), "x");
  renameSync(join(folder, "status-new"), join(folder, "status"));
  await heard("os.held_packages");
});

test("a folder that is made later is watched, and looked at once for what nobody heard", async () => {
  const folder = join(root, "sudoers.d");
  const heard = listen(folder);
  mkdirSync(folder);
  await heard("os.held_packages");
});

test("a folder that vanishes is told as lost; its successor is watched", async () => {
  const folder = join(root, "lists");
  mkdirSync(folder);
  const heard = listen(folder);
  rmSync(folder, { recursive: true });
  await heard("the folder was removed or replaced");
  mkdirSync(folder);
  await heard("os.held_packages");
});
