import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { collectCertificates } from "./certificates.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-certificates-"));
  mkdirSync(join(folder, "own/mozilla"), { recursive: true });
  mkdirSync(join(folder, "added"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const body = (text: string) => Buffer.from(text).toString("base64");
const pem = (text: string) =>
  `-----BEGIN CERTIFICATE-----\n${body(text)}\n-----END CERTIFICATE-----\n`;
const digest = (text: string) => createHash("sha256").update(text).digest("hex");

async function extras() {
  const store = {
    bundle: join(folder, "bundle.crt"),
    own: join(folder, "own"),
    added: [join(folder, "added"), join(folder, "absent")],
  };
  const [observation] = await collectCertificates(store);
  return observation?.fact.reading;
}

test("what the bundle has beyond the distribution's own files is extra", async () => {
  writeFileSync(join(folder, "own/mozilla/a.crt"), pem("a"));
  writeFileSync(join(folder, "bundle.crt"), pem("a") + pem("interceptor"));
  expect(await extras()).toEqual({ kind: "known", value: [digest("interceptor")] });
});

test("without the distribution's own list the administrators' folder tells", async () => {
  writeFileSync(join(folder, "added/corp.pem"), pem("corp"));
  expect(await extras()).toEqual({ kind: "known", value: [digest("corp")] });
});

test("a certificate that is cut is unknown, not left out", async () => {
  writeFileSync(join(folder, "added/corp.pem"), pem("corp").slice(0, 40));
  expect(await extras()).toEqual({ kind: "unknown", reason: "parse" });
});

test("no store that we know is unknown, not empty", async () => {
  rmSync(join(folder, "added"), { recursive: true });
  expect(await extras()).toEqual({ kind: "unknown", reason: "no_data" });
});
