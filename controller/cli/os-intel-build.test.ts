import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openOsIntel } from "../io/os-intel/signature.ts";
import { runProgram } from "./program.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-os-intel-"));
  const pem = privateKey.export({ type: "pkcs8", format: "pem" });
  writeFileSync(join(folder, "publisher.pem"), pem);
});
afterEach(() => rmSync(folder, { recursive: true }));

const { privateKey, publicKey } = generateKeyPairSync("ed25519");
const feed = (name: string) => join(import.meta.dirname, "../../test/fixtures/os-intel", name);
const nowAt = Date.UTC(2026, 10, 22, 12);

const build = (...more: readonly string[]) => run("build", ...more);

async function run(verb: string, ...more: readonly string[]) {
  let said = "";
  const streams = {
    out: (text: string) => void (said += text),
    talk: (text: string) => void (said += text),
  };
  const key = join(folder, "publisher.pem");
  const argv = ["os-intel", verb, "--key", key, "--out", join(folder, "bundle.jws"), ...more];
  const exit = await runProgram(argv, { environment: {}, streams, nowAt: () => nowAt });
  return { exit, said };
}

test("a bundle is built from files of the feeds, signed, and opens with the publisher's key", async () => {
  const feeds = [
    "--sofa",
    feed("sofa.json"),
    "--pmv",
    feed("pmv.json"),
    "--cvrf",
    feed("cvrf.json"),
  ];
  const ends = ["--end-of-life", `windows=${feed("windows-v0.json")}`];
  const { exit, said } = await build("--sequence", "7", ...feeds, ...ends);
  expect({ exit, said }).toMatchObject({ exit: 0 });
  expect(said).toContain("bundle 7:");
  const opened = openOsIntel(readFileSync(join(folder, "bundle.jws"), "utf8"), publicKey);
  expect(opened).toMatchObject({
    bundle: {
      sequence: 7,
      expiresAt: nowAt + 14 * 86_400_000,
      support: { issuedOn: "2026-11-22", products: { windows: { "26100": "2026-10-13" } } },
      builds: { windows: [{ build: "10.0.26100.7171" }] },
    },
  });
});

test.each([
  [["--sequence", "0"], "a number from 1"],
  [["--sequence", "1", "--sofa", feed("pmv.json")], "another shape"],
  [["--sequence", "1", "--end-of-life", feed("debian-v1.json")], "PRODUCT=FILE"],
  [["--sequence", "1", "--cvrf", "/absent"], "cannot be read"],
] as const)("%j is refused and nothing is written", async (more, why) => {
  const { exit, said } = await build(...more);
  expect(exit).toBe(2);
  expect(said).toContain(why);
  expect(() => readFileSync(join(folder, "bundle.jws"))).toThrow();
});

test("the bundle that is shipped is signed with the dates that it has", async () => {
  const shipped = join(import.meta.dirname, "../../shared/posture/os-intel.json");
  const { exit, said } = await run("sign", shipped);
  expect({ exit, said }).toMatchObject({ exit: 0 });
  expect(said).toContain("builds count until 2026-09-24, ends of support until 2027-06-30");
  const opened = openOsIntel(readFileSync(join(folder, "bundle.jws"), "utf8"), publicKey);
  expect(opened).toEqual({ bundle: JSON.parse(readFileSync(shipped, "utf8")) });
});

test("what is no bundle is not signed", async () => {
  const { exit, said } = await run("sign", feed("sofa.json"));
  expect(exit).toBe(2);
  expect(said).toContain("another shape");
  expect(() => readFileSync(join(folder, "bundle.jws"))).toThrow();
});
