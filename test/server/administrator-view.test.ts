// What a user is told and what the administrator finds are the same: one reference for both.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { runCommand } from "./controller-command.ts";
import { patience } from "./patience.ts";
import { beatOf, eventOf, join, joinGateway, link, reportOf } from "./raw-agent.ts";

let controller: ControllerUnderTest;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  await joinGateway(controller, "gate");
});
afterAll(() => controller.remove());

async function cli(...argv: string[]): Promise<string> {
  const { exit, out, talk } = await runCommand(controller, argv);
  expect({ exit, talk }).toEqual({ exit: 0, talk: "" });
  return out;
}

test("a refusal's reference leads the administrator to the decision, its rule and the fact", async () => {
  const device = await join(controller, "laptop");
  const socket = await link(controller, device);
  socket.send(reportOf(device.key, eventOf(1, "firewall.enabled", false)));
  socket.send(beatOf({ "firewall.enabled": false }, 1));
  const verdict = await socket.next("verdict", ({ resources }) =>
    resources.some(({ reasons }) => reasons.some((reason) => reason.code === "level_not_met")),
  );
  const [refused] = verdict.resources;
  const reference = refused?.reference ?? expect.fail("a refusal without a reference");

  // A refusal is told before it is on disk, so the look-up may come too early.
  const spoken = reference.toLowerCase().replace("-", " ");
  const detail = await vi.waitFor(() => cli("decision", spoken), patience);
  expect(detail).toMatch(/effect +deny/);
  expect(detail).toMatch(/device +laptop/);
  expect(detail).toMatch(/resource +wiki/);
  expect(detail).toContain("staff-wiki");
  expect(detail).toContain("firewall.enabled");
  expect(await cli("decision", "--device", "laptop")).toContain(reference);

  const shown = await cli("device", "show", "laptop");
  expect(shown).toMatch(/connected +true/);
  expect(shown).toMatch(/firewall\.enabled +os +\S+Z +\S+Z +false/);
  expect(shown).toMatch(new RegExp(`wiki +deny +${reference}`));
  expect(await cli("device", "list", "--status", "closed")).toContain("laptop");
  expect(await cli("device", "list", "--status", "clear")).not.toContain("laptop");
  expect(await cli("device", "recheck", "laptop")).toMatch(/^asked, done in \d+ ms\n$/);
  await socket.next("command", ({ verb }) => verb === "recheck");
});

test("a decision is made again from what it was made from, after a restart too", async () => {
  const list = JSON.parse(await cli("decision", "--json")) as {
    items: { id: string; effect: string; unmet: { policy: string }[] }[];
  };
  const asked = list.items.filter(({ unmet }) => unmet.every(({ policy }) => policy !== ""));
  expect(asked.length).toBeGreaterThan(0);
  await controller.stop();
  await controller.start();
  for (const { id, effect } of asked) {
    const again = JSON.parse(await cli("explain", id, "--json")) as object;
    expect(again).toMatchObject({
      decision: { id, effect },
      replay: { kind: "decided", same: true, answer: { effect } },
      provenance: expect.any(Array),
    });
  }
  const text = await cli("explain", asked[0]!.id);
  expect(text).toMatch(/firewall\.enabled +\{"kind":"known","value":false\} +os +fresh/);
  expect(text).toContain("the same in every part");
});

test("a revoked device is cut at once and not let in again", async () => {
  const device = await join(controller, "lost");
  const socket = await link(controller, device);
  await cli("device", "revoke", "lost");
  expect(await socket.ended).toBe(4403);
  expect(await cli("device", "list")).toMatch(/lost +revoked +no/);
});

test("what was not confirmed for too long reads as unknown, and its level and decision with it", async () => {
  const text = `apiVersion: sallyport/v1
levels:
  guarded: {firewall.enabled: {is: true}}
policies:
  - {id: staff-wiki, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {level: guarded}}
`;
  const body = { files: [{ file: "policy.yaml", text }], reason: "levels" };
  await controller.ask({ method: "POST", path: "/policies", ifMatch: "*", body });
  const device = await join(controller, "sleeper");
  const socket = await link(controller, device);
  // Kept on the device for an hour before it could be told.
  socket.send(reportOf(device.key, { ...eventOf(1, "firewall.enabled", true), ageMs: 3_600_000 }));
  const shown = await vi.waitFor(async () => {
    const found = await cli("device", "show", "sleeper");
    expect(found).toMatch(/firewall\.enabled .*unknown \(stale\), was true\n/);
    return found;
  }, patience);
  expect(shown).toMatch(/guarded +unknown \(stale\) +firewall\.enabled unknown \(stale\)/);
  const why = /wiki +deny .*firewall\.enabled was unknown \(stale\): not confirmed lately/;
  expect(shown).toMatch(why);
  const simulated = await runCommand(controller, ["policy", "simulate", "--device", "sleeper"]);
  expect(simulated.out).toContain("firewall.enabled was unknown (stale): not confirmed lately");
});
