import { expect, test } from "vitest";
import { catalogue } from "../posture/catalogue.ts";
import { compilePolicies } from "./compile.ts";
import { parseDocument } from "./parse/document.ts";

const targetsWith = (count: number, first: number) =>
  Array.from({ length: count }, (_, index) => `{domain: n${first + index}.example, proto: tcp}`);

/** Names in resources of 64 targets at most. */
function compiled(names: number) {
  const resources = Array.from({ length: Math.ceil(names / 64) }, (_, index) => {
    const targets = targetsWith(Math.min(64, names - index * 64), index * 64);
    return `  - {name: r${index}, site: hq, targets: [${targets.join(", ")}]}`;
  });
  const text = `apiVersion: sallyport/v1\nresources:\n${resources.join("\n")}\n`;
  const parsed = parseDocument("names.yaml", text);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.errors));
  return compilePolicies([parsed.document], catalogue);
}

test("a set takes as many domains as a device can keep inside, and no more", () => {
  expect(compiled(512).kind).toBe("compiled");
  const refused = compiled(513);
  expect(refused).toMatchObject({ kind: "refused", errors: [{ code: "SP-601" }] });
});
