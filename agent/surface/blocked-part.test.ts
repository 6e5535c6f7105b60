import { expect, test } from "vitest";
import { closedResource, statusOf } from "../../test/fakes/surface-samples.ts";
import { blockedPart } from "./blocked-part.ts";

const wiki = { ...closedResource("wiki"), reference: "AAAA-1111" };
const git = { ...closedResource("git"), reference: "BBBB-2222" };
const [reason] = wiki.reasons;

test("what one cause closes stands on one card, with each resource's reference", () => {
  const page = blockedPart(statusOf("blocked", [wiki, git]), [], 0).markup;
  expect(page.match(/class="card"/g)).toHaveLength(1);
  expect(page).toContain("<h3>wiki, git</h3>");
  expect(page).toContain("Reference AAAA-1111 (wiki), BBBB-2222 (git)");
});

test("what another cause closes stands on another card", () => {
  const other = { ...git, reasons: reason === undefined ? [] : [reason, reason] };
  const page = blockedPart(statusOf("blocked", [wiki, other]), [], 0).markup;
  expect(page.match(/class="card"/g)).toHaveLength(2);
  expect(page).toContain("Reference AAAA-1111</p>");
});
