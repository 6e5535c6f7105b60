import { expect, test } from "vitest";
import { statusLines, type StatusLine } from "../cli/status-line.ts";
import { playAgent, statusOf } from "../../test/fakes/surface-samples.ts";
import { faceOf } from "./face.ts";
import { menuOf } from "./menu.ts";
import { noticesOf } from "./notices.ts";
import { pageOf } from "./page.ts";

const steering =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const hostile = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(2)>',
  "`</code><script>alert(3)</script>`",
  "a\u202eb\u0000c\u001b[2Jd\u061ce\u2028f",
  '2026-11-24T08:00:00Z" onmouseover="alert(4)',
  "x".repeat(10_000),
  "\u{1f600}".repeat(5_000),
];

/** A status in which every text that comes from elsewhere is this one. */
function statusWith(text: string, count = 1): StatusLine {
  const resources = Array.from({ length: count }, () => ({
    name: text,
    state: "blocked" as const,
    reference: text,
    gateway: text,
    reasons: [{ code: "denied_by_rule" as const, params: { message: text } }],
    fixes: [{ signal: "firewall.enabled", text, command: text, who: "it" as const }],
  }));
  return statusOf("narrowed", resources, {
    device: { id: "dev_1", hostname: text },
    managedBy: text,
    message: text,
    supportUrl: text,
    session: { user: text },
    warnings: [{ code: "SP-402", title: text, detail: text, fix: text }],
  });
}

async function pageFor(status: StatusLine): Promise<string> {
  const agent = playAgent(status);
  const [posture, settings, shared] = await Promise.all([
    agent.posture(),
    agent.settings(),
    agent.shared({ sinceAt: 0 }),
  ]);
  return pageOf({
    status,
    posture,
    settings,
    shared,
    said: { text: status.message ?? "" },
    nowMs: 0,
  });
}

test.each(hostile)("Attack: %j stays text on the page", async (text) => {
  const page = await pageFor(statusWith(text));
  const tags = page.match(/<[^>]*>/g) ?? [];
  expect(
    tags.filter((tag) => /<script|<img|onerror|onmouseover/i.test(tag.replace(/"[^"]*"/g, ""))),
  )
    // The page's own.
    .toEqual(['<script src="page.js" defer>']);
  expect(page).not.toMatch(steering);
});

test.each(hostile)("Attack: %j steers neither tray nor terminal", (text) => {
  const status = statusWith(text);
  const lines = menuOf(status).flatMap((line) => [line, ...line.children]);
  expect(lines.length).toBeGreaterThan(8);
  for (const { label } of lines) {
    expect(label).not.toMatch(/[\n\t]/);
    expect(label).not.toMatch(steering);
    expect(label.length).toBeLessThanOrEqual(80);
    expect(label.isWellFormed()).toBe(true);
  }
  const open = status.resources.map((resource) => ({ ...resource, state: "open" as const }));
  const notices = noticesOf({ ...status, state: "connected", resources: open }, status);
  expect(notices).toHaveLength(1);
  for (const { title, body } of notices) {
    expect(title + body).not.toMatch(steering);
    expect(title + body).not.toMatch(/\n/);
    expect([title.length <= 45, body.length <= 140]).toEqual([true, true]);
  }
  for (const line of statusLines(status)) {
    expect(line).not.toMatch(steering);
    expect(line).not.toMatch(/\n/);
  }
});

test("five hundred blocked resources are nine lines, one notice and a page", async () => {
  const one = statusWith("db", 500);
  const resources = one.resources.map((resource, at) => ({ ...resource, name: `db-${at}` }));
  const status = { ...one, resources };
  const menu = menuOf(status);
  expect(menu.length).toBeLessThanOrEqual(9);
  expect(menu.find(({ label }) => label === "Resources")?.children.at(-1)?.label).toBe("492 more…");
  expect(faceOf(status).line).toMatch(/^500 blocked/);
  const open = resources.map((resource) => ({ ...resource, state: "open" as const }));
  expect(noticesOf({ ...status, state: "connected", resources: open }, status)).toMatchObject([
    { title: "db-0 and 499 more are blocked" },
  ]);
  const page = await pageFor(status);
  expect(page).toContain("db-499");
});
