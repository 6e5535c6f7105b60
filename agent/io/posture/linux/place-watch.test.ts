import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
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

const signal = "os.held_packages";

/** Watches a folder for `status…`; the answer waits until so many were told and gives all of them. */
function listen(folder: string, reviveMs = 10) {
  const told: string[] = [];
  let wake: () => void = () => undefined;
  const say = (text: string) => {
    told.push(text);
    wake();
  };
  end = watchPlaces([{ folder, names: /^status/, signals: [signal] }], {
    changed: (signals) => say(signals.join()),
    onLost: (_, because) => say(because),
    reviveMs,
  });
  return async (count: number) => {
    while (told.length < count) await new Promise<void>((resolve) => (wake = resolve));
    return told;
  };
}

test("a file replaced by a rename is heard, as package tools do it; other names are not", async () => {
  const folder = join(root, "dpkg");
  mkdirSync(folder);
  const heard = listen(folder, 60_000);
  writeFileSync(join(folder, "lock"), "x");
  writeFileSync(join(folder, ".dpkg-tmp"), "x");
  renameSync(join(folder, ".dpkg-tmp"), join(folder, "status"));
  expect(await heard(1)).toEqual([signal]);
  // What was written before would have been told before.
  renameSync(join(folder, "status"), join(folder, "old"));
  expect(await heard(2)).toEqual([signal, signal]);
});

test("a folder that is made later is watched, and looked at once for what nobody heard", async () => {
  const folder = join(root, "sudoers.d");
  const heard = listen(folder);
  mkdirSync(folder);
  expect(await heard(1)).toEqual([signal]);
});

test("a folder that vanishes is told as lost; its successor is watched", async () => {
  const folder = join(root, "lists");
  mkdirSync(folder);
  const heard = listen(folder);
  rmSync(folder, { recursive: true });
  expect(await heard(1)).toEqual(["the folder was removed or replaced"]);
  mkdirSync(folder);
  expect((await heard(2))[1]).toBe(signal);
  writeFileSync(join(folder, "status"), "x");
  expect((await heard(3))[2]).toBe(signal);
});
