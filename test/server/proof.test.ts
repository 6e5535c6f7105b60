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
  expect(await run("device", "prove", "laptop", "--out", file)).toMatchObject({ exit: 0 });
  expect(proofOf().items.map(({ signature }) => signature !== null)).toEqual([false, false, true]);
  const { exit, said } = await check(() => undefined);
  expect({ exit, said }).toMatchObject({ exit: 0 });
  expect(said).toMatch(/all 3 events, \S+ to \S+, are dev_\w+'s, signed by [0-9a-f]{64}/);
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
