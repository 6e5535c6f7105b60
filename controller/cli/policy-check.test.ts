import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { runProgram } from "./program.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const head = "apiVersion: sallyport/v1\n";
const resources = `${head}resources: [{name: git, site: s, tags: [dev], targets: [{host: 10.0.0.1, proto: tcp}]}]\n`;
const policy = (when: string, tests: string) =>
  `${head}policies: [{id: a, effect: allow, subjects: {groups: [eng]}, resources: {tags: [dev]}, when: {${when}}, tests: [${tests}]}]\n`;

async function run(verb: string, texts: Record<string, string>, ...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-policy-"));
  folders.push(folder);
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, name), text);
  let [out, talk] = ["", ""];
  const streams = {
    out: (text: string) => void (out += text),
    talk: (text: string) => void (talk += text),
  };
  const world = { environment: {}, streams, nowAt: () => Date.UTC(2026, 10, 20, 12) };
  const exit = await runProgram(["policy", verb, "--from", folder, ...more], world);
  return { exit, out, talk };
}

const good = policy(
  "firewall.enabled: {is: true}",
  "{given: {firewall.enabled: false}, expect: deny}",
);

test("a clean folder is linted and tested without a controller", async () => {
  const texts = { "a.yaml": resources, "b.yaml": good };
  expect(await run("lint", texts)).toMatchObject({ exit: 0, out: "1 rule, 0 findings\n" });
  expect(await run("test", texts)).toMatchObject({ exit: 0, out: "1 passed, 0 failed\n" });
});

test("lint says what it did not ask the controller about, but for who asked for JSON", async () => {
  const texts = { "a.yaml": resources, "b.yaml": good };
  expect((await run("lint", texts)).talk).toContain("`--online` asks the controller too");
  expect((await run("lint", texts, "--json")).talk).toBe("");
  expect((await run("test", texts)).talk).toBe("");
});

test("findings and failed tests exit 1, with their place", async () => {
  const dead = policy("risk.session: {below: 5, above: 9}", "");
  expect(await run("lint", { "a.yaml": resources, "b.yaml": dead })).toMatchObject({
    exit: 1,
    out: "b.yaml:2:12: W620 the condition of `a` can never hold\n  for example: user usr_example, groups eng, at 2026-11-20T12:00:00.000Z\n1 rule, 1 finding\n",
  });
  const wrong = good.replace("expect: deny", "expect: allow");
  const failed = await run("test", { "a.yaml": resources, "b.yaml": wrong });
  expect(failed.exit).toBe(1);
  expect(failed.out).toContain("a: expected allow to git, got deny\n0 passed, 1 failed\n");
});

test("documents that are wrong exit 2, as JSON too", async () => {
  const { exit, out } = await run(
    "lint",
    { "a.yaml": good.replace("firewall.e", "firewal.e") },
    "--json",
  );
  expect(exit).toBe(2);
  expect(JSON.parse(out)).toMatchObject({
    schema: "sallyport.policy-check/1",
    ok: false,
    errors: [{ code: "SP-609", hint: "firewall.enabled" }],
  });
});
