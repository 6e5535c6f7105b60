import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { EdrProduct } from "#shared/posture/edr-product.ts";
import { startGenuine, startImpostor } from "../../../../test/fakes/impostor.ts";
import { collectProtection } from "./protection.ts";
import { runningForSystem } from "./processes.ts";
import type { ProtectionPlaces } from "./protection.ts";

let folder = "";
let path = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-protection-"));
  path = join(folder, "sensor");
});
afterEach(() => rmSync(folder, { recursive: true }));

const product = (): EdrProduct => ({
  id: "sensor",
  name: "Sensor",
  class: "edr",
  os: "linux",
  services: [],
  programs: [[path]],
  health: null,
});

async function runs(ofSystem: ProtectionPlaces["ofSystem"] = (all) => Promise.resolve(all)) {
  const trust = () => Promise.resolve(null);
  const { observations } = await collectProtection({ products: [product()], trust, ofSystem });
  return observations.find(({ fact }) => fact.signal === "edr.running")?.fact.reading;
}

const known = (value: boolean) => ({ kind: "known", value });

test("attack: another program under the path of a product, in a mount namespace of one's own, is none", async ({
  skip,
}) => {
  const genuine = await startGenuine(path);
  const impostor = await startImpostor(path);
  try {
    skip(impostor === null, "user namespaces are not allowed here");
    expect(await runs()).toEqual(known(true));
    genuine.kill("SIGKILL");
    await once(genuine, "exit");
    expect(await runs()).toEqual(known(false));
  } finally {
    genuine.kill("SIGKILL");
    impostor?.kill("SIGKILL");
  }
});

test("attack: a product's own program that a person runs is not the product at work", async () => {
  const genuine = await startGenuine(path);
  try {
    expect(await runs(() => Promise.resolve([]))).toEqual(known(false));
  } finally {
    genuine.kill("SIGKILL");
  }
});

test.each([
  [0, true],
  [110, true],
  [1_000, false],
  [61_999, true],
  [65_534, false],
  [165_536, false],
])("a program of the account %d runs for the system: %j", async (uid, isSystem) => {
  const of = (pid: number) => ({ pid, path });
  expect(await runningForSystem([of(1)], () => Promise.resolve(uid))).toHaveLength(
    isSystem ? 1 : 0,
  );
});
