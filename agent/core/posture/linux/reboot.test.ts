import fc from "fast-check";
import { expect, test } from "vitest";
import { compareReleases, judgeReboot } from "./reboot.ts";
import type { RebootSigns } from "./reboot.ts";

const running = "6.1.0-9-amd64";
const judge = (installed: string[], more: Partial<RebootSigns> = {}) =>
  judgeReboot({ marked: false, markerKept: false, asked: null, running, installed, ...more });

test("the marker decides, then a newer kernel of the same flavour", () => {
  expect(judge([], { marked: true })).toEqual({ kind: "known", value: true });
  expect(judge([running, "6.1.0-40-amd64"])).toEqual({ kind: "known", value: true });
  expect(judge([running, "6.1.0-8-amd64"])).toEqual({ kind: "known", value: false });
  expect(judge([running, "6.12.3-1-cloud-amd64"])).toEqual({ kind: "known", value: false });
});

test("dnf's word about libraries counts beside the kernels", () => {
  expect(judge([running], { asked: true })).toEqual({ kind: "known", value: true });
  expect(judge([], { asked: false })).toEqual({ kind: "known", value: false });
  expect(judge([running, "6.1.0-40-amd64"], { asked: false })).toEqual({
    kind: "known",
    value: true,
  });
});

test("a machine that shows neither kernels nor markers is unknown", () => {
  expect(judge([])).toEqual({ kind: "unknown", reason: "no_data" });
  expect(judge(["6.1.0-8-amd64"])).toEqual({ kind: "unknown", reason: "no_data" });
  expect(judge([], { markerKept: true })).toEqual({ kind: "known", value: false });
});

test("releases compare by number, not by letter", () => {
  expect(compareReleases("6.1.0-40-amd64", "6.1.0-9-amd64")).toBeGreaterThan(0);
  expect(compareReleases("5.15.0-91-generic", "5.15.0-100-generic")).toBeLessThan(0);
  fc.assert(
    fc.property(fc.string(), fc.string(), (left, right) => {
      const forward = Math.sign(compareReleases(left, right));
      expect(forward + Math.sign(compareReleases(right, left))).toBe(0);
    }),
  );
});
