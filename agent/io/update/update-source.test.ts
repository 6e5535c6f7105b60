import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { toJSONSchema } from "zod";
import { controllerMessage } from "#shared/protocol/controller-message.ts";
import {
  startUpdateRepository,
  type UpdateRepository,
} from "../../../test/fakes/update-repository.ts";
import { patience } from "./patient-fetcher.ts";
import { findUpdate, type UpdateOptions } from "./update-source.ts";

let directory: string;
let repository: UpdateRepository;
let options: UpdateOptions;
const target = "stable/linux-x64.deb";
const bytes = Buffer.from("a package");

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  repository = await startUpdateRepository();
  const rootFile = join(directory, "update-root.json");
  writeFileSync(rootFile, repository.root, { mode: 0o644 });
  options = {
    url: repository.url,
    target,
    rootFile,
    directory: join(directory, "update"),
    installed: "1.4.2",
    machineId: "one",
  };
});
afterEach(async () => {
  await repository.close();
  rmSync(directory, { recursive: true });
});

const offer = (version: string, more: object = {}) =>
  repository.publish({ target, bytes, custom: { version, rollout: 100 }, ...more });

test("a newer package that is signed is downloaded", async () => {
  offer("1.5.0");
  const found = await findUpdate(options);
  expect(found).toMatchObject({ verdict: "take", version: "1.5.0" });
  expect(readFileSync(found.file ?? "", "utf8")).toBe("a package");
});

test("a package has the time that it takes over a slow line", () => {
  const packageBytes = 35e6;
  const slowBytesPerMs = 128e3 / 8 / 1_000;
  expect(patience.lookMs).toBeGreaterThan(packageBytes / slowBytesPerMs);
  expect(patience.windowBytes).toBeLessThan(slowBytesPerMs * patience.windowMs);
});

test.each([
  [
    "falls silent in the middle",
    { lookMs: 3_600_000, windowMs: 20, windowBytes: 1_000_000 },
    /slower/,
  ],
  ["keeps us beyond one look", { lookMs: 20, windowMs: 3_600_000, windowBytes: 0 }, /timeout/],
])("endless data: a repository that %s is left", async (_what, limits, why) => {
  offer("1.5.0");
  repository.stall(10);
  await expect(findUpdate({ ...options, patience: limits })).rejects.toThrow(why);
  repository.stall(Infinity);
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
});

test("what is here already, or for others first, is left", async () => {
  offer("1.4.2");
  expect(await findUpdate(options)).toMatchObject({ verdict: "current", file: null });
  repository.publish({
    target,
    bytes,
    custom: { version: "1.5.0", rollout: 0 },
    metadataVersion: 2,
  });
  expect(await findUpdate(options)).toMatchObject({ verdict: "later", file: null });
});

test("machines take a ring in about the share that is set, each the same way every time", async () => {
  repository.publish({ target, bytes, custom: { version: "1.5.0", rollout: 50 } });
  const verdicts = await Promise.all(
    Array.from({ length: 40 }, (_, at) =>
      findUpdate({
        ...options,
        machineId: `machine ${at}`,
        directory: join(directory, `machine-${at}`),
      }).then(({ verdict }) => verdict),
    ),
  );
  const taken = verdicts.filter((verdict) => verdict === "take").length;
  expect(taken).toBeGreaterThan(8);
  expect(taken).toBeLessThan(32);
});

test("a package of another content is refused, whatever its length", async () => {
  for (const forged of ["A package", "a package and more"]) {
    offer("1.5.0");
    repository.files.set(`/targets/${target}`, Buffer.from(forged));
    await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
  }
});

test("CVE-2024-5921: metadata that was changed, or signed by somebody else, is refused", async () => {
  offer("1.5.0");
  const path = "/metadata/targets.json";
  const text = repository.files.get(path)?.toString() ?? "";
  repository.files.set(path, Buffer.from(text.replace("1.5.0", "1.6.0")));
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
  const other = await startUpdateRepository();
  other.publish({ target, bytes, custom: { version: "1.5.0" } });
  await expect(findUpdate({ ...options, url: other.url })).rejects.toThrow(/SP-424/);
  await other.close();
});

test("an older package is refused, though its keys are the right ones", async () => {
  offer("1.4.1");
  await expect(findUpdate(options)).rejects.toThrow(/older than what is here/);
});

test("a repository that was rolled back, or stands still, is refused", async () => {
  offer("1.5.0", { metadataVersion: 3 });
  await findUpdate(options);
  offer("1.5.0", { metadataVersion: 2 });
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
  offer("1.5.0", { metadataVersion: 4, expires: "2020-01-01T00:00:00Z" });
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
  offer("1.5.0", { metadataVersion: 5 });
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
});

test("parts of two states of the repository are refused together", async () => {
  offer("1.5.0");
  const former = repository.files.get("/metadata/targets.json") ?? Buffer.of();
  offer("1.6.0", { metadataVersion: 2 });
  repository.files.set("/metadata/targets.json", former);
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
});

test("what another channel has is not taken, under its name or under ours", async () => {
  const canary = Buffer.from("a package for a few");
  repository.publish({
    target: "canary/linux-x64.deb",
    bytes: canary,
    custom: { version: "1.6.0" },
  });
  await expect(findUpdate(options)).rejects.toThrow(/no `stable\/linux-x64\.deb` there/);
  offer("1.5.0", { metadataVersion: 2 });
  repository.files.set(`/targets/${target}`, canary);
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
});

test("new keys are followed where the former ones vouch for them, and nowhere else", async () => {
  offer("1.5.0");
  await findUpdate(options);
  repository.rotate(true);
  offer("1.5.0", { metadataVersion: 2 });
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
  repository.rotate(false);
  offer("1.6.0", { metadataVersion: 3 });
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
});

test("a root that root has put here anew takes the place of the former repository's", async () => {
  offer("1.5.0", { metadataVersion: 7 });
  await findUpdate(options);
  const other = await startUpdateRepository();
  other.publish({ target, bytes, custom: { version: "1.6.0" } });
  const moved = { ...options, url: other.url };
  await expect(findUpdate(moved)).rejects.toThrow(/SP-424/);
  writeFileSync(options.rootFile, other.root);
  expect(await findUpdate(moved)).toMatchObject({ verdict: "take", version: "1.6.0" });
  await other.close();
});

test("keys that were rotated out stay out, though a package brings the first root once more", async () => {
  offer("1.5.0");
  const signedByFormer = new Map(repository.files);
  repository.rotate(true);
  offer("1.5.0", { metadataVersion: 2 });
  await findUpdate(options);
  writeFileSync(options.rootFile, JSON.stringify(JSON.parse(repository.root), null, 2));
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
  repository.files.clear();
  for (const [path, file] of signedByFormer) repository.files.set(path, file);
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
});

/** Three rotations, each seen by one look; answers the repository as its first keys have signed it. */
async function rotateThreeTimes(): Promise<ReadonlyMap<string, Buffer>> {
  offer("1.5.0");
  const signedByFormer = new Map(repository.files);
  await findUpdate(options);
  for (const metadataVersion of [2, 3, 4]) {
    repository.rotate(true);
    offer("1.5.0", { metadataVersion });
    await findUpdate(options);
  }
  return signedByFormer;
}

function serve(files: ReadonlyMap<string, Buffer>): void {
  repository.files.clear();
  for (const [path, file] of files) repository.files.set(path, file);
}

const rootSeen = () =>
  (
    JSON.parse(readFileSync(join(options.directory, "metadata", "root.json"), "utf8")) as {
      signed: { version: number };
    }
  ).signed.version;

test.each([
  ["written anew", () => JSON.stringify(JSON.parse(repository.root), null, 2)],
  ["the second one", () => String(repository.files.get("/metadata/2.root.json"))],
  ["the newest one", () => String(repository.files.get("/metadata/4.root.json"))],
])("after three rotations a file that is %s brings no former key back", async (_what, text) => {
  const signedByFormer = await rotateThreeTimes();
  const now = new Map(repository.files);
  const [changed, first] = [text(), repository.root];
  // The last is a file that is rolled back after it was changed.
  for (const content of [changed, first, changed]) {
    writeFileSync(options.rootFile, content);
    serve(signedByFormer);
    await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
    expect(rootSeen()).toBe(4);
    serve(now);
    expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
  }
});

test("three rotations in one look leave the way by which they were learned", async () => {
  offer("1.5.0");
  const signedByFormer = new Map(repository.files);
  for (let rotation = 0; rotation < 3; rotation++) repository.rotate(true);
  offer("1.5.0", { metadataVersion: 2 });
  await findUpdate(options);
  writeFileSync(options.rootFile, JSON.stringify(JSON.parse(repository.root), null, 2));
  // What a power cut left of the newest one; the way leads there all the same.
  writeFileSync(join(options.directory, "metadata", "root.json"), '{"signed":');
  serve(signedByFormer);
  await expect(findUpdate(options)).rejects.toThrow(/SP-424/);
  expect(rootSeen()).toBe(4);
});

test("an older file that leads to no key in use is refused until somebody says so", async () => {
  const signedByFormer = await rotateThreeTimes();
  writeFileSync(options.rootFile, String(repository.files.get("/metadata/4.root.json")));
  rmSync(join(options.directory, "metadata"), { recursive: true });
  await findUpdate(options);
  writeFileSync(options.rootFile, repository.root);
  serve(signedByFormer);
  await expect(findUpdate(options)).rejects.toThrow(
    /leads to version 1 of the root, 4 was learned/,
  );
  expect(rootSeen()).toBe(4);
  rmSync(join(options.directory, "metadata"), { recursive: true });
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
});

test("a file that its own keys have not signed, or that is in pieces, changes nothing", async () => {
  await rotateThreeTimes();
  const forged = JSON.parse(repository.root) as { signed: { version: number } };
  forged.signed.version = 9;
  for (const content of [JSON.stringify(forged), repository.root.slice(0, 100), "{}"]) {
    writeFileSync(options.rootFile, content);
    await expect(findUpdate(options)).rejects.toThrow(/is no root metadata/);
    expect(rootSeen()).toBe(4);
  }
});

test("a link that its former keys have not signed is no way", async () => {
  await rotateThreeTimes();
  const roots = join(options.directory, "metadata", "roots");
  const other = await startUpdateRepository();
  other.rotate(true);
  writeFileSync(join(roots, "2.root.json"), other.files.get("/metadata/2.root.json") ?? "");
  await other.close();
  writeFileSync(options.rootFile, JSON.stringify(JSON.parse(repository.root), null, 2));
  // The same as what was begun with, so what was learned stays.
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
  rmSync(join(options.directory, "metadata", "anchor.json"));
  await expect(findUpdate(options)).rejects.toThrow(/leads to version 1/);
  expect(rootSeen()).toBe(4);
});

test("a root that was cut off while it was written is taken anew", async () => {
  offer("1.5.0");
  await findUpdate(options);
  writeFileSync(join(options.directory, "metadata", "root.json"), '{"signed":');
  expect(await findUpdate(options)).toMatchObject({ verdict: "take" });
});

test("an installation in pieces takes its own version again, and still nothing older", async () => {
  const damaged = { ...options, damaged: true };
  offer("1.4.2");
  expect(await findUpdate(damaged)).toMatchObject({ verdict: "take", version: "1.4.2" });
  offer("1.4.1", { metadataVersion: 2 });
  await expect(findUpdate(damaged)).rejects.toThrow(/older than what is here/);
});

test("without a root that only root could write nothing is asked", async () => {
  offer("1.5.0");
  chmodSync(options.rootFile, 0o666);
  await expect(findUpdate(options)).rejects.toThrow(/SP-425/);
  rmSync(options.rootFile);
  await expect(findUpdate(options)).rejects.toThrow(/SP-425/);
});

test("what is offered without a version of ours is refused", async () => {
  repository.publish({ target, bytes, custom: { version: "newest; rm -rf /" } });
  await expect(findUpdate(options)).rejects.toThrow(/SP-424 .* its `custom\.version`: Invalid/);
});

test("CVE-2025-0309: no message of a controller can name a repository, a package or a time to install", () => {
  const words = JSON.stringify(toJSONSchema(controllerMessage, { unrepresentable: "any" }));
  expect(words).not.toMatch(/update|install|package|channel|repository/i);
  // Control: the words of the messages are those that are looked at.
  expect(words).toContain('"trust"');
});
