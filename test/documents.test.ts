import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { documents } from "./documents/documents.ts";

const top = dirname(import.meta.dirname);
const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: top, encoding: "utf8" })
  .split("\0")
  .filter((path) => path !== "" && !path.startsWith("native/vendor/"));
const text = (path: string) => readFileSync(join(top, path), "utf8");
const pages = tracked.filter((path) => /^(docs\/.*|[^/]*)\.md$/.test(path));

test.each(Object.entries(documents))("%s is current (else run `npm run docs`)", (path, content) => {
  expect(readFileSync(path, "utf8")).toBe(content);
});

test.each(pages)("%s leads nowhere that is not there", (page) => {
  const targets = [...text(page).matchAll(/\]\((?!https?:)([^)#\s]+)[^)]*\)/g)].map(
    ([, target]) => target ?? "",
  );
  expect(targets.filter((target) => !existsSync(join(top, dirname(page), target)))).toEqual([]);
});

test.each(pages.filter((page) => !(page in documents)))("%s has one width", (page) => {
  const prose = text(page).replaceAll(/^ *```[^]*?^ *```$/gm, "");
  const wide = prose.split("\n").filter((line) => line.length > 140 && !line.startsWith("|"));
  expect(wide).toEqual([]);
});

test("commands that a page names are scripts of the package", () => {
  const { scripts } = JSON.parse(text("package.json")) as { scripts: Record<string, string> };
  const named = pages.flatMap((page) =>
    [...text(page).matchAll(/npm run ([a-z0-9:]+)/g)].map(([, name]) => name ?? ""),
  );
  expect(named.filter((name) => !(name in scripts))).toEqual([]);
});

test("the README leads to every page of docs", () => {
  const readme = text("README.md");
  const chapters = pages.filter((path) => /^docs\/[^/]+$/.test(path));
  expect(chapters.filter((path) => !readme.includes(`](${path})`))).toEqual([]);
});

test("Go tests that a page names are there", () => {
  const goTests = tracked.filter((path) => path.endsWith("_test.go")).map(text);
  const held = new Set(
    goTests.flatMap((code) => [...code.matchAll(/^func (\w+)\(/gm)].map(([, name]) => name)),
  );
  const named = pages.flatMap((page) =>
    [...text(page).matchAll(/`((?:Test|Fuzz)[A-Z]\w+)`/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(0);
  expect(named.filter((name) => !held.has(name))).toEqual([]);
});

test("each attack of the security page has a test that bears its name", () => {
  const section = text("docs/security.md")
    .split("## Attacks that others met")[1]
    ?.split("\n## ")[0];
  const rows = [...(section ?? "").matchAll(/^\| ([^|]+?) \| (.+) \|$/gm)].slice(1);
  const goTests = tracked.filter((path) => path.endsWith("_test.go")).map(text);
  const unnamed = rows.filter(([, attack = "", tests = ""]) => {
    const name = (attack.split(/[,:]/)[0] ?? "").toLowerCase();
    const files = [...tests.matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) =>
      text(join("docs", target)).toLowerCase(),
    );
    if (files.some((code) => code.includes(`"${name}`))) return false;
    // A name of Go has no room for that of an advisory; the sentence above it has.
    const held = [...tests.matchAll(/`(TestAttack\w+)`/g)].flatMap(([, test]) =>
      goTests.filter((code) => code.includes(`func ${test}(`)),
    );
    const isAdvisory = /^(cve|ghsa|ts)-/.test(name);
    return !held.some((code) => !isAdvisory || code.toLowerCase().includes(name));
  });
  expect(rows.length).toBeGreaterThan(20);
  expect(unnamed.map(([, attack]) => attack)).toEqual([]);
});

test("what the security page says of states and moments names its test, sentence by sentence", () => {
  const sections = text("docs/security.md").split("\n## ");
  const told = sections.filter((section) => /^What (may flow|is said)/.test(section));
  const blocks = told.flatMap((section) => section.split("\n\n").slice(1));
  const sentences = blocks.flatMap((block) => {
    if (block.startsWith("|")) return block.trim().split("\n").slice(2);
    return block
      .trim()
      .replaceAll("\n", " ")
      .split(/(?<=[.)])\s+(?=[A-Z][a-z])/);
  });
  const held = /`(Test|Fuzz)[A-Z]|\.test\.ts\)|†/;
  expect(told.length).toBe(4);
  expect(sentences.filter((sentence) => !held.test(sentence) && !sentence.endsWith(":"))).toEqual(
    [],
  );
});

test("decision records are one page, numbered once, and in their index", () => {
  const records = tracked.filter((path) => /^docs\/decisions\/\d/.test(path));
  const index = [
    ...text("docs/decisions/README.md").matchAll(/^\| \[(\d{4})\]\((\1-[a-z0-9-]+\.md)\) \|/gm),
  ];
  expect(index.map(([, , file]) => `docs/decisions/${file}`)).toEqual(records);
  const titles = [
    ...text("docs/decisions/README.md").matchAll(/^\| \[\d{4}\]\(.*?\) \| (.*) \|$/gm),
  ];
  expect(titles.map(([, title]) => title)).toEqual(
    records.map((path) => /^# \d{4} (.*)$/m.exec(text(path))?.[1]),
  );
  const numbers = index.map(([, number]) => number);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect(records.filter((path) => text(path).split("\n").length > 60)).toEqual([]);
});

test("the folders of the architecture page are those of the tree, no more and no less", () => {
  const section = text("docs/architecture.md").split("\n## Folders\n")[1]?.split("\n## ")[0] ?? "";
  const rows = [...section.matchAll(/^\| `([^`]+\/)` \| (.*) \|$/gm)];
  for (const [, parent = "", children = ""] of rows) {
    const named = [...children.matchAll(/`([a-z0-9-]+)\/`/g)].map(([, name]) => name ?? "");
    const inside = tracked.filter((path) => path.startsWith(parent));
    const held = inside.map((path) => path.slice(parent.length).split("/"));
    const folders = new Set(held.filter(({ length }) => length > 1).map(([folder]) => folder));
    expect({ parent, folders: named.toSorted() }).toEqual({
      parent,
      folders: [...folders].toSorted(),
    });
  }
  const parents = new Set(rows.map(([, parent]) => parent?.split("/")[0]));
  const tops = tracked.filter((path) => path.includes("/")).map((path) => path.split("/")[0] ?? "");
  expect([...parents].toSorted()).toEqual(
    [...new Set(tops)].filter((folder) => !folder.startsWith(".")).toSorted(),
  );
});
