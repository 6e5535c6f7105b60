import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProofPage } from "#shared/protocol/api/proof.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { eventOf, join as joinDevice, link, reportOf } from "./raw-agent.ts";

const folder = mkdtempSync(join(tmpdir(), "sallyport-proof-"));
const file = join(folder, "proof.json");
let controller: ControllerUnderTest;

beforeAll(async () => {
  controller = await startController();
  const device = await joinDevice(controller, "laptop");
  const raw = await link(controller, device);
  const signals = ["firewall.enabled", "disk.encrypted", "edr.running"];
  raw.send(
    reportOf(device.key, ...signals.map((signal, index) => eventOf(index + 1, signal, true))),
  );
  await raw.next("ack", ({ seq }) => seq === 3);
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

async function run(...argv: readonly string[]) {
  const { exit, out, talk } = await runCommand(controller, argv);
  return { exit, said: `${out}${talk}` };
}

const runProve = (name: string) => run("device", "prove", name, "--out", file);

const otherCertificate = readFileSync(
  join(import.meta.dirname, "../fixtures/posture/linux/own-root.pem"),
  "utf8",
);
const proofOf = () => JSON.parse(readFileSync(file, "utf8")) as ProofPage;

/** Writes a changed proof beside the true one and checks it. */
function check(change: (proof: ProofPage) => unknown) {
  const proof = proofOf();
  change(proof);
  const changed = join(folder, "changed.json");
  writeFileSync(changed, JSON.stringify(proof));
  return run("device", "check-proof", changed);
}

test("one signature for a batch proves each of its events, without asking the controller", async () => {
  expect(await runProve("laptop")).toMatchObject({ exit: 0 });
  expect(proofOf().items.map(({ signature }) => signature !== null)).toEqual([false, false, true]);
  const { exit, said } = await check(() => undefined);
  expect({ exit, said }).toMatchObject({ exit: 0 });
  expect(said).toMatch(
    /all 3 events are dev_\w+'s, signed by [0-9a-f]{64}\n\S+\.1 to \S+\.3, after /,
  );
});

test.each([
  ["another value in an event before the last", "1 of its events are not signed"],
  ["another value in the last event", "3 of its events are not signed"],
  ["no signature", "3 of its events are not signed"],
  ["another's certificate", "3 of its events are not signed"],
  ["an event taken out", "1 places in the chain are empty"],
  ["another device's name", "3 of its events are not signed"],
  ["an event twice", "1 do not follow the one before"],
  ["no events at all", "it holds no event"],
  ["a certificate that is none", "holds no certificate"],
])("attack: %s, and the proof fails", async (what, why) => {
  const { exit, said } = await check((proof) => {
    const lie = { kind: "known", value: false } as const;
    const [first, , last] = proof.items;
    if (what.startsWith("another value in an")) first!.event.fact!.reading = lie;
    if (what.startsWith("another value in the")) last!.event.fact!.reading = lie;
    if (what === "no signature") last!.signature = null;
    if (what.startsWith("another's")) proof.certificates = [otherCertificate];
    if (what === "an event taken out") proof.items.splice(1, 1);
    if (what === "an event twice") proof.items.push(last!);
    if (what === "no events at all") proof.items = [];
    if (what.endsWith("name")) proof.device.id = "dev_01m82jq0r826xd0crdsqb9e9h3";
    if (what.endsWith("none")) proof.certificates = ["none"];
  });
  expect(exit).toBe(2);
  expect(said).toContain(why);
});

test("each run names what it follows: one that is left out shows, and so does a copied state", async () => {
  const device = await joinDevice(controller, "desk");
  const raw = await link(controller, device);
  const heads: string[] = [];
  const run = async (number: number, after: string | undefined) => {
    const epoch = `${number}`.padStart(32, "0");
    const [first, second] = [1, 2].map((seq) => eventOf(seq, "disk.encrypted", true, epoch));
    const report = reportOf(device.key, { ...first!, ...(after && { prev: after }) }, second!);
    raw.send(report);
    await raw.next("ack", (ack) => ack.epoch === epoch && ack.seq === 2);
    heads.push(report.head);
  };
  await run(1, undefined);
  await run(2, heads[0]);
  await run(3, heads[1]);
  await run(4, heads[0]);
  expect(await runProve("desk")).toMatchObject({ exit: 0 });
  const lines = async (change: (proof: ProofPage) => unknown) =>
    (await check(change)).said.split("\n").filter((line) => / to .*, after /.test(line));
  expect(await lines(() => undefined)).toEqual([
    expect.stringMatching(/01\.1 to 0+1\.2, after nothing$/),
    expect.stringMatching(/02\.1 to 0+2\.2, after 0+1\.2, which another event follows, too/),
    expect.stringMatching(/03\.1 to 0+3\.2, after 0+2\.2$/),
    expect.stringMatching(/04\.1 to 0+4\.2, after 0+1\.2, which another event follows, too/),
  ]);
  expect(
    await lines((proof) => {
      proof.items = proof.items.filter(({ event }) => !event.epoch.endsWith("2"));
    }),
  ).toContainEqual(
    expect.stringMatching(/03\.1 to 0+3\.2, after an event that is not in the file$/),
  );
});

test("what the device itself declared lost is no empty place in the chain, wherever it says so", async () => {
  const device = await joinDevice(controller, "shelf");
  const raw = await link(controller, device);
  const gap = { from: 2, to: 4, because: "spool_full" } as const;
  raw.send(reportOf(device.key, eventOf(1, "disk.encrypted", true)));
  const declared = { ...eventOf(6, "disk.encrypted", true), fact: null, gap };
  raw.send(reportOf(device.key, eventOf(5, "disk.encrypted", true), declared));
  await raw.next("ack", ({ seq }) => seq === 6);
  expect(await runProve("shelf")).toMatchObject({ exit: 0 });
  const { exit, said } = await check(() => undefined);
  expect({ exit, said }).toMatchObject({ exit: 0 });
  const narrower = await check((proof) => {
    proof.items.at(-1)!.event.gap!.to = 3;
  });
  expect(narrower.said).toMatch(/1 places in the chain are empty.*\.4/s);
});
