import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectHardware } from "./hardware.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-hardware-"));
  mkdirSync(join(folder, "dmi"));
  mkdirSync(join(folder, "tree"));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function readings() {
  const roots = { dmi: join(folder, "dmi"), deviceTree: join(folder, "tree") };
  const observations = await collectHardware(roots);
  return Object.fromEntries(observations.map(({ fact }) => [fact.signal, fact.reading]));
}

test("DMI files, some of them missing or unfilled", async () => {
  writeFileSync(join(folder, "dmi/sys_vendor"), "LENOVO\n");
  writeFileSync(join(folder, "dmi/product_name"), "System Product Name\n");
  writeFileSync(join(folder, "dmi/product_serial"), "PF3ABCDE\n");
  writeFileSync(join(folder, "dmi/board_serial"), "Not Specified\n");
  expect(await readings()).toEqual({
    "hardware.vendor": { kind: "known", value: "LENOVO" },
    "hardware.model": { kind: "unknown", reason: "no_data" },
    "hardware.serials": { kind: "known", value: ["PF3ABCDE"] },
  });
});

test("a machine without DMI tells by its device tree", async () => {
  rmSync(join(folder, "dmi"), { recursive: true });
  writeFileSync(join(folder, "tree/model"), "Raspberry Pi 5 Model B Rev 1.0\0");
  writeFileSync(join(folder, "tree/serial-number"), "10000000a1b2c3d4\0");
  expect(await readings()).toMatchObject({
    "hardware.model": { kind: "known", value: "Raspberry Pi 5 Model B Rev 1.0" },
    "hardware.serials": { kind: "known", value: ["10000000a1b2c3d4"] },
  });
});

test("nothing at all is unknown", async () => {
  expect(await readings()).toMatchObject({
    "hardware.serials": { kind: "unknown", reason: "no_data" },
  });
});
