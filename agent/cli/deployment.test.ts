import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { carriesTunnel } from "../io/tunnel-library.ts";
import { linesOf } from "./deployment.ts";
import type { SettingLine } from "./settings.ts";
import { statusLine } from "./status-line.ts";

const detail = "wintun.dll is not loaded: it is damaged";
const withoutTunnel = statusLine.parse({
  schema: "sallyport.status/1",
  state: "cannotEnforce",
  device: { id: "dev_1", hostname: "laptop" },
  reportedAt: "2026-11-24T14:02:11.320Z",
  resources: [],
  warnings: [{ code: "SP-427", title: "", detail, fix: "" }],
  session: { state: "valid", certificateUntil: "tomorrow" },
});

const failedOf = (status: typeof withoutTunnel, tunnelMeant: boolean) =>
  linesOf(status, [], { tunnelMeant, updatesItself: true })
    .filter(({ ok }) => !ok)
    .map(({ name, detail: why }) => [name, why]);

test("a package that brought a tunnel and has none is not whole, whatever the state is called", () => {
  expect(failedOf(withoutTunnel, false)).toEqual([]);
  for (const state of ["cannotEnforce", "connected", "blocked"] as const) {
    expect(failedOf({ ...withoutTunnel, state }, true)).toEqual([
      ["verdicts", `${detail} (SP-427)`],
    ]);
  }
  const netdAway = { ...withoutTunnel, warnings: [] };
  for (const meant of [false, true]) {
    expect(failedOf(netdAway, meant)).toMatchObject([["verdicts", expect.any(String)]]);
  }
});

test("says where updates come from, and that a system without them takes none", () => {
  const set = (key: string, value: string) => ({ key, value, source: "managed" }) as const;
  const url = "https://updates.example.com";
  const updates = (settings: readonly SettingLine[], updatesItself: boolean) =>
    linesOf(withoutTunnel, settings, { tunnelMeant: false, updatesItself }).find(
      ({ name }) => name === "updates",
    )?.detail;
  const both = [set("InstallUpdates", "always"), set("UpdateURL", url)];
  expect(updates([], true)).toBe("off");
  expect(updates(both, true)).toBe(url);
  expect(updates(both.slice(0, 1), true)).toContain("no `UpdateURL`");
  expect(updates(both, false)).toContain("not on this system");
});

test("a library beside the program is found", () => {
  const folder = mkdtempSync(join(tmpdir(), "sallyport-"));
  const program = join(folder, "sallyport.exe");
  expect(carriesTunnel(program)).toBe(false);
  writeFileSync(join(folder, "wintun.dll"), "");
  expect(carriesTunnel(program)).toBe(true);
  rmSync(folder, { recursive: true });
});
