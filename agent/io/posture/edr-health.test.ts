import { chmodSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import { runningProducts } from "../../core/posture/protection.ts";
import { askHealth } from "./edr-health.ts";
import { observe } from "./observation.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-health-"));
afterAll(() => rmSync(folder, { recursive: true }));

function productOf(id: string): EdrProduct {
  const product = edrCatalogue.find((each) => each.id === id && each.os === "linux");
  if (product === undefined) throw new Error(id);
  return product;
}

const wazuh = (file: string): EdrProduct => ({
  ...productOf("wazuh"),
  health: { kind: "wazuh", file },
});

test("attack: a product's program that its user could have replaced is not run", async () => {
  const program = join(folder, "falconctl");
  const ran = join(folder, "ran");
  writeFileSync(program, `#!/bin/sh\ntouch ${ran}\necho 'aid="00", rfm-state=false'\n`);
  chmodSync(program, 0o755);
  const falcon = productOf("crowdstrike");
  if (falcon.health?.kind !== "command") throw new Error("no command");
  const planted = { ...falcon, health: { ...falcon.health, candidates: [program] } };
  expect(await askHealth(planted)).toEqual({
    health: { kind: "unknown", reason: "tampered_tool" },
    text: "tampered_tool",
  });
  expect(() => utimesSync(ran, 1, 1)).toThrow("ENOENT");
});

test("a program that says it is healthy and fails is not believed; trouble is, whatever the code", async () => {
  const status = 'aid="0123456789abcdef0123456789abcdef", rfm-state=false';
  const falcon = productOf("crowdstrike");
  const ask = (script: string) =>
    askHealth({
      ...falcon,
      health: {
        kind: "command",
        parser: "falcon",
        candidates: ["/bin/sh", "/usr/bin/sh"],
        runs: [["-c", script]],
      },
    }).then(({ health }) => health.kind);
  expect(await ask(`echo '${status}'`)).toBe("healthy");
  expect(await ask(`echo '${status}'; exit 1`)).toBe("unknown");
  expect(await ask(`echo '${status}' | sed s/false/true/; exit 1`)).toBe("degraded");
});

test("a product is added as data alone: it runs, is asked in a known form, and keeps its secret", async () => {
  const madeUp: EdrProduct = {
    id: "made-up",
    name: "Made Up",
    class: "edr",
    os: "linux",
    services: ["made-up"],
    programs: [["/opt/made-up/bin/agent*"]],
    health: {
      kind: "command",
      parser: "cortex",
      candidates: ["/bin/echo", "/usr/bin/echo"],
      runs: [["Tenant Code: t-4711\npmd 1234 root Running /opt/made-up/bin/agent"]],
    },
    redactions: ["tenant code"],
  };
  const programs = [{ pid: 7, path: "/opt/made-up/bin/agent-7.1" }];
  expect(runningProducts([madeUp], programs).map(({ product }) => product.id)).toEqual(["made-up"]);
  const { health, text } = await askHealth(madeUp);
  expect(health.kind).toBe("healthy");
  expect(text).toContain("Running");
  expect(text).not.toContain("4711");
});

test("attack: what the catalogue calls a product's secret is cut out of the text that is kept", async () => {
  const secret: EdrProduct = {
    ...productOf("defender"),
    health: {
      kind: "command",
      parser: "defender",
      candidates: ["/bin/echo", "/usr/bin/echo"],
      runs: [['{"orgId":"4711","healthy":false}']],
    },
  };
  const { text } = await askHealth(secret);
  expect(text).toContain("healthy");
  expect(text).not.toContain("4711");
});

test("a state file is read while its writer lives; one that stopped is degraded", async () => {
  const file = join(folder, "wazuh-agentd.state");
  writeFileSync(file, "status='connected'\n");
  expect((await askHealth(wazuh(file))).health.kind).toBe("healthy");
  const old = Date.now() / 1_000 - 3_600;
  utimesSync(file, old, old);
  expect((await askHealth(wazuh(file))).health.kind).toBe("degraded");
});

test("attack: a state file that is a link to a secret tells neither health nor secret", async () => {
  const [secret, link] = [join(folder, "secret"), join(folder, "link")];
  writeFileSync(secret, "status='connected'\npassword=hunter2\n");
  symlinkSync(secret, link);
  expect(await askHealth(wazuh(link))).toEqual({ health: { kind: "unknown" }, text: "" });
});

test("attack: what a program prints of keys and tokens is kept nowhere", () => {
  const text =
    "Site Key: abcdef\nAuthorization: Bearer x\nRecovery Password: 111111-222222\nState: on\n";
  const [kept] = observe([["edr.healthy", { kind: "known", value: true }]], {
    collector: "protection",
    collectorVersion: 1,
    by: "edr",
    text,
    tookMs: 1,
  });
  expect(kept?.raw).toContain("State: on");
  expect(kept?.raw).not.toMatch(/abcdef|111111/);
  expect(JSON.stringify(kept?.fact)).not.toContain("abcdef");
});
