import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readConfiguration, requireRootOwned } from "./config-file.ts";
import { placesOf } from "./places.ts";

let directory: string;
let config: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  config = join(directory, "agent.yaml");
});
afterEach(() => rmSync(directory, { recursive: true }));

const read = (environment: Record<string, string> = {}) =>
  readConfiguration(placesOf({ SALLYPORT_CONFIG: config }), environment);

function manage(name: string, content: object): void {
  mkdirSync(join(directory, "managed.d"), { recursive: true });
  writeFileSync(join(directory, "managed.d", name), JSON.stringify(content));
}

test("has defaults that let the user disconnect and leave netd's own ceilings", () => {
  expect(read()).toEqual({
    settings: {
      allowUserDisconnect: true,
      disconnectRequiresReason: false,
      managedBy: null,
      supportUrl: null,
    },
    logLevel: "info",
    ceilings: {},
    proxy: null,
  });
});

test("device management wins over the file, the file over the environment, the last name first", () => {
  writeFileSync(config, "LogLevel: warn\nAllowUserDisconnect: true\n");
  manage("10-base.json", { AllowUserDisconnect: true, ManagedByOrganizationName: "Example" });
  manage("20-strict.json", { AllowUserDisconnect: false });
  const { settings, logLevel } = read({ SALLYPORT_LOG_LEVEL: "debug" });
  expect(logLevel).toBe("warn");
  expect(settings).toMatchObject({ allowUserDisconnect: false, managedBy: "Example" });
});

test.each([
  ["an unknown key", "AllowUserDisconect: false\n"],
  ["a wrong type", "AllowUserDisconnect: maybe\n"],
  ["no YAML", "a: [1\n"],
  ["a prefix with host bits", "ceilings: { allowedPrefixes: [10.0.0.1/8] }\n"],
])("refuses %s with SP-130", (_what, text) => {
  writeFileSync(config, text);
  expect(() => read()).toThrow(/SP-130/);
});

test("device management cannot set ceilings, and a file with them must be root's alone", () => {
  manage("10.json", { ceilings: { allowedPrefixes: ["0.0.0.0/0"] } });
  expect(() => read()).toThrow(/SP-130/);
  writeFileSync(config, "ceilings: { allowedPrefixes: [10.0.0.0/8] }\n");
  chmodSync(config, 0o666);
  expect(() => requireRootOwned(config)).toThrow(/SP-130/);
});
