import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import { renderCatalogue } from "./catalogue-page.ts";

const page = new URL("../../docs/signals.md", import.meta.url);

test("docs/signals.md is what the catalogue says (`npm run docs:signals` rewrites it)", () => {
  const text = renderCatalogue(catalogue);
  if (process.env["SALLYPORT_WRITE_DOCS"] === "1") writeFileSync(page, text);
  expect(readFileSync(page, "utf8")).toBe(text);
});

test("every signal has its own section with a fix per system", () => {
  const text = renderCatalogue(catalogue);
  for (const entry of catalogue) {
    expect(text).toContain(`\n## ${entry.signal}\n`);
    for (const os of entry.os) expect(text).toContain(entry.fix[os].text);
  }
});
