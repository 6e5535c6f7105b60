// Risk in a running controller: places by an operator's file, reports of others, a restart.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { mmdbFile } from "../fakes/mmdb-file.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { patience } from "./patience.ts";
import { beatOf, eventOf, join, link, type Member, type RawLink, reportOf } from "./raw-agent.ts";

const policy = `apiVersion: sallyport/v1
policies:
  - id: staff-wiki
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {firewall.enabled: {is: true}, net.country: {in: [DE]}}
  - id: odd
    effect: deny
    subjects: {groups: ["*"]}
    resources: {names: [wiki]}
    when: {risk.identity: {atLeast: 60}}
`;
const folder = mkdtempSync(pathOf(tmpdir(), "sallyport-risk-"));
const file = pathOf(folder, "city.mmdb");
let controller: ControllerUnderTest;
let laptop: Member;

beforeAll(async () => {
  writeFileSync(file, mmdbFile([["127.0.0.0/8", { country: { iso_code: "DE" } }]]));
  controller = await startController({ geography: { files: [file], pins: [], egress: [] } });
  await controller.furnish();
  const files = [{ file: "policy.yaml", text: policy }];
  await controller.ask({ method: "POST", path: "/policies", body: { files, reason: "test" } });
  laptop = await join(controller, "laptop");
  const device = { owner: "ann@example.com" };
  await controller.ask({ method: "PATCH", path: "/devices/laptop", body: device });
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const isBlocked = ({ resources }: { readonly resources: readonly { readonly state: string }[] }) =>
  resources[0]?.state === "blocked";

interface Shown {
  readonly risk: { readonly identity: number; readonly contributions: readonly object[] };
}

const show = async () =>
  (await controller.ask({ method: "GET", path: "/devices/laptop" })) as Shown;
const report = (sighting: string, detail: string) =>
  controller.ask({
    method: "POST",
    path: "/risk/reports",
    body: { user: "ann@example.com", sighting, detail },
  });

/** What the person is told of the wiki once the link has said that the firewall is on. */
async function greeted(seq: number): Promise<RawLink> {
  const opened = await link(controller, laptop);
  opened.send(reportOf(laptop.key, eventOf(seq, "firewall.enabled", true)));
  opened.send(beatOf({ "firewall.enabled": true }, seq));
  return opened;
}

test("the country of the channel's own address opens, what others report closes, and a restart forgets nothing", async () => {
  const first = await greeted(1);
  await first.next("verdict", ({ resources }) => resources[0]?.state === "pending");
  const from = first.messages.length;
  await report("edr.alert", "case 7");
  await report("auth.failures", "12 wrong passwords");
  await report("auth.mfa_fatigue", "9 prompts refused");
  const closed = await first.next("verdict", isBlocked, from);
  expect(JSON.stringify(closed)).not.toMatch(/case 7|passwords|DE|risk\.identity/);
  const path = `/decisions/${closed.resources[0]?.reference ?? ""}/replay`;
  // What closes is told before it is written.
  await vi.waitFor(async () => {
    expect(await controller.ask({ method: "GET", path })).toMatchObject({
      decision: { effect: "deny", determinedBy: ["odd"] },
      replay: { kind: "decided", same: true },
    });
  }, patience);
  expect((await show()).risk).toMatchObject({
    identity: expect.toSatisfy((points: number) => points >= 83),
    contributions: expect.arrayContaining([
      expect.objectContaining({ kind: "edr.alert", detail: "case 7", points: 50 }),
      expect.objectContaining({
        kind: "auth.mfa_fatigue",
        detail: "9 prompts refused",
        points: 50,
      }),
      expect.objectContaining({ kind: "auth.failures", detail: "12 wrong passwords", points: 35 }),
    ]),
  });
  await controller.stop();
  await controller.start();
  await greeted(2);
  await vi.waitFor(async () => {
    const { access } = (await show()) as unknown as { access: readonly object[] };
    expect(access).toMatchObject([{ effect: "deny", determinedBy: ["odd"] }]);
  }, patience);
  expect((await show()).risk.identity).toBeGreaterThanOrEqual(83);
  const listed = (await controller.ask({ method: "GET", path: "/audit" })) as { items: object[] };
  expect(listed.items).toContainEqual(
    expect.objectContaining({ action: "risk report", subject: "ann@example.com" }),
  );
});
