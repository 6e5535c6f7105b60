import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { documents } from "./documents.ts";

test.each(Object.entries(documents))("%s is current (else run `npm run docs`)", (path, content) => {
  expect(readFileSync(path, "utf8")).toBe(content);
});
