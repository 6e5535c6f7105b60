import fc from "fast-check";
import { expect, test } from "vitest";
import { parseOsRelease } from "./os-release.ts";
import { judgeRelease, readUptime } from "./release.ts";

const debian =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n';

test("a Debian release is known and supported until its LTS ends", () => {
  expect(judgeRelease(debian, "2026-11-22")).toEqual({
    product: { kind: "known", value: "debian" },
    version: { kind: "known", value: "12" },
    supported: { kind: "known", value: true },
    daysLeft: { kind: "known", value: 586 },
  });
  expect(judgeRelease('ID=debian\nVERSION_ID="10"\n', "2026-11-22").supported).toEqual({
    kind: "known",
    value: false,
  });
});

test("a rolling distribution has no version and is supported", () => {
  expect(judgeRelease("ID=arch\nBUILD_ID=rolling\n", "2026-11-22")).toEqual({
    product: { kind: "known", value: "arch" },
    version: { kind: "unknown", reason: "no_data" },
    supported: { kind: "known", value: true },
    daysLeft: { kind: "notApplicable", proof: "a rolling distribution has no end of support" },
  });
});

test("an unknown distribution is not called unsupported", () => {
  expect(judgeRelease('ID=slackware\nVERSION_ID="15.0"\n', "2026-11-22").supported).toEqual({
    kind: "unknown",
    reason: "no_data",
  });
});

test("quotes and escapes follow os-release(5), nothing is expanded", () => {
  const values = parseOsRelease(
    `A="a \\"b\\" \\$c"\nB='d $e'\nC=f\nD="open\nE=two words\nF=$(id)\n`,
  );
  expect(Object.fromEntries(values)).toEqual({ A: 'a "b" $c', B: "d $e", C: "f", F: "$(id)" });
});

test("garbage has no version and no support", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const readings = judgeRelease(text, "2026-11-22");
      expect(readings.supported.kind).toBe("unknown");
    }),
  );
});

test("uptime counts whole days and takes nothing but the kernel's form", () => {
  expect(readUptime("350735.47 234388.90\n")).toEqual({ kind: "known", value: 4 });
  expect(readUptime("up 4 days")).toEqual({ kind: "unknown", reason: "parse" });
});
