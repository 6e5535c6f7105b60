import { expect, test } from "vitest";
import { describeError } from "#shared/base/coded-error.ts";
import type { NetdAnswer } from "../netd.ts";
import { outcomeOf } from "./outcome.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 1, steps: [], observed: null };
const detail = "interface sp0 is not ours: kind veth";

test("a failed step is named with netd's own words and with what to do", () => {
  const steps = [
    { name: "guard", result: "ok" },
    { name: "link", result: "failed", detail },
    { name: "routes", result: "skipped" },
  ];
  const [error] = outcomeOf({ ...good, steps }, 7).errors;
  const told = describeError(error ?? { code: "SP-901", params: {} });
  expect(told.detail).toBe(`configuration 7: step \`link\` failed: ${detail}`);
  expect(told.fix).toContain("ip link delete");
  expect(told.fix).not.toContain("{");
});

test("on Windows nobody is sent to Linux' tools", () => {
  const steps = ["guard", "link", "names", "peers"].map((name) => ({
    name,
    result: "failed",
    detail,
  }));
  const fixes = outcomeOf({ ...good, steps }, 7, "windows").errors.map(
    (error) => describeError(error).fix,
  );
  for (const fix of fixes) {
    expect(fix).toContain("netd.log");
    expect(fix).not.toMatch(/journalctl|modprobe|kernel|ip link|\{/);
  }
  expect(fixes[2]).toContain("-LocalPort 53");
});

const harms = [
  [["guard", "names"], "guard"],
  [["filter"], "guard"],
  [["link"], "tunnel"],
  [["forwarding", "names"], "tunnel"],
  [["names"], "names"],
  [["a step of a later netd"], "tunnel"],
] as const;

test.each(harms)("what failed in %j costs the %s", (names, harm) => {
  const steps = names.map((name) => ({ name, result: "failed", detail }));
  expect(outcomeOf({ ...good, steps }, 7).harm).toBe(harm);
});

test("every failed step is reported, and a reason of any length fits the wire", () => {
  const steps = ["rules", "guard"].map((name) => ({
    name,
    result: "failed",
    detail: "x".repeat(9_000),
  }));
  const { errors } = outcomeOf({ ...good, steps }, 7);
  expect(errors.map(({ params }) => params["step"])).toEqual(["rules", "guard"]);
  for (const { params } of errors) expect(String(params["why"]).length).toBeLessThanOrEqual(512);
});
