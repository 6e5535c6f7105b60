import { chmodSync, mkdtempSync, mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fingerprintOf, keepAnswer, lastAnswer } from "./held-answer.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-held-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const answer = { stdout: "0 upgraded", tool: "/usr/bin/apt-get", exitCode: 0 };

test("an answer is given again with what it stands on", async () => {
  await keepAnswer(folder, "apt", { fingerprint: "one", answer });
  expect(await lastAnswer(folder, "apt")).toEqual({ fingerprint: "one", answer });
  const noted = { ...answer, basis: "[]" };
  await keepAnswer(folder, "apt", { fingerprint: "two", answer: noted });
  expect(await lastAnswer(folder, "apt")).toEqual({ fingerprint: "two", answer: noted });
  expect(await lastAnswer(join(folder, "absent"), "apt")).toBeNull();
});

test("attack: a kept answer that others may write is not believed, and a cut one neither", async () => {
  await keepAnswer(folder, "apt", { fingerprint: "one", answer });
  chmodSync(join(folder, "apt.json"), 0o622);
  expect(await lastAnswer(folder, "apt")).toBeNull();
  writeFileSync(join(folder, "zypper.json"), '{"fingerprint":"one","stdout"', { mode: 0o600 });
  expect(await lastAnswer(folder, "zypper")).toBeNull();
});

test("the fingerprint moves with content, with times alone, with new and with removed files", async () => {
  const lists = join(folder, "lists");
  mkdirSync(lists);
  // The clock of a file system may stand still for some milliseconds.
  utimesSync(lists, 2, 2);
  const file = join(lists, "a");
  const seen: string[] = [];
  const look = async () => {
    seen.push(await fingerprintOf([lists, join(folder, "absent")]));
  };
  await look();
  writeFileSync(file, "x");
  await look();
  utimesSync(file, 1, 1);
  await look();
  rmSync(file);
  await look();
  expect(new Set(seen).size).toBe(4);
  await look();
  expect(seen[4]).toBe(seen[3]);
});

test("where nothing can be kept nothing fails", async () => {
  await keepAnswer(join(folder, "absent"), "apt", { fingerprint: "one", answer });
  expect(await lastAnswer(join(folder, "absent"), "apt")).toBeNull();
});
