import { expect, test } from "vitest";
import { parseHello } from "./netd-line.ts";

test("why there is no tunnel is taken over, whatever its length", () => {
  const whyOf = (why?: string) =>
    parseHello({ ok: true, error: null, fields: { wireguard: "none", os: "windows", why } })?.why;
  expect(whyOf("not built for this system yet")).toBe("not built for this system yet");
  expect(whyOf("x".repeat(10_000))).toHaveLength(512);
  expect(whyOf()).toBeUndefined();
});
