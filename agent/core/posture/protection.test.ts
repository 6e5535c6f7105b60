import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { withSignatureAge } from "./edr/health.ts";
import { judgeProtection, runningProducts } from "./protection.ts";

const names = (...paths: string[]) =>
  runningProducts(
    edrCatalogue,
    paths.map((path, index) => ({ pid: index + 1, path })),
  ).map(({ product }) => product.id);

test("a product runs when all its programs do", () => {
  expect(names("/usr/sbin/clamd")).toEqual([]);
  expect(names("/usr/sbin/clamd", "/usr/bin/freshclam")).toEqual(["clamav"]);
  expect(names("/opt/CrowdStrike/falcon-sensor-bpf")).toEqual(["crowdstrike"]);
});

test("a name is not a path, and watching is not protecting", () => {
  expect(names("/srv/falcon-sensor", "/opt/CrowdStrike/falcon-sensor/x/evil")).toEqual([]);
  expect(names("/opt/osquery/bin/osqueryd")).toEqual([]);
});

test("the healthiest product decides; one that cannot be asked leaves health unknown", () => {
  const healthy = { kind: "healthy", signatureAgeHours: 5 } as const;
  const degraded = { kind: "degraded", because: "x", signatureAgeHours: 9 } as const;
  const mute = { kind: "unknown" } as const;
  const known = (value: boolean | number) => ({ kind: "known", value });
  const noData = { kind: "unknown", reason: "no_data" };
  expect(judgeProtection([])).toEqual({
    running: known(false),
    healthy: known(false),
    signatureAge: noData,
  });
  expect(judgeProtection([degraded, healthy])).toEqual({
    running: known(true),
    healthy: known(true),
    signatureAge: known(9),
  });
  expect(judgeProtection([degraded, mute]).healthy).toEqual(noData);
  const planted = { kind: "unknown", reason: "tampered_tool" } as const;
  expect(judgeProtection([degraded, planted]).healthy).toEqual(planted);
  expect(judgeProtection([degraded]).healthy).toEqual(known(false));
});

test("old signatures are not healthy", () => {
  expect(withSignatureAge({ kind: "healthy", signatureAgeHours: 72 }).kind).toBe("healthy");
  expect(withSignatureAge({ kind: "healthy", signatureAgeHours: 73 }).kind).toBe("degraded");
});

test("every product of the catalogue names full paths", () => {
  for (const product of edrCatalogue) {
    for (const path of product.programs.flat()) expect(path).toMatch(/^\/[^*]+\*?$/);
  }
});
