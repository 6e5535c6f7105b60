import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { agoTag, marked } from "./marked.ts";

beforeEach(() => void vi.stubEnv("TZ", "Europe/Berlin"));
afterEach(() => void vi.unstubAllEnvs());

const nowMs = Date.parse("2026-11-23T12:00:00Z");
const shown = (text: string) => marked(text, nowMs).markup;

test("code is code, without its backticks", () => {
  expect(shown("run `sudo ufw enable`, then `sallyport recheck`.")).toBe(
    "run <code>sudo ufw enable</code>, then <code>sallyport recheck</code>.",
  );
  expect(shown("a lone ` stays")).toBe("a lone ` stays");
});

test("Attack: code and words of others never become markup", () => {
  expect(shown("`<script>alert(1)</script>` <img src=x onerror=alert(2)> `\" x='`")).toBe(
    "<code>&lt;script&gt;alert(1)&lt;/script&gt;</code> &lt;img src=x onerror=alert(2)&gt; " +
      "<code>&quot; x=&#39;</code>",
  );
  expect(shown("a`\u202e\u0000\u061c`b")).toBe("a<code>\u{fffd}\u{fffd}\u{fffd}</code>b");
  const long = "`".repeat(10_000);
  expect(shown(long)).toBe(long);
});

test("an instant is said by the clock on the wall, and exactly on hover", () => {
  expect(shown("it flows on until 2026-11-23T14:30:00.000Z at the latest")).toBe(
    'it flows on until <time datetime="2026-11-23T14:30:00.000Z" ' +
      'title="23 Nov 2026, 15:30:00 here; 2026-11-23 14:30:00.000 UTC">15:30</time> at the latest',
  );
  expect(agoTag("2026-11-23T11:59:55Z", nowMs).markup).toContain("data-ago>5 s ago</time>");
});
