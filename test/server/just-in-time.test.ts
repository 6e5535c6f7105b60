// Time-boxed access: asked by the device or for it, approved by somebody else, ended by posture or with
// its resource.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as pathOf } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { ControllerMessageOf } from "#shared/protocol/controller-message.ts";
import { type Call, makeApiClient } from "../../controller/cli/api-client.ts";
import { runProgram } from "../../controller/cli/program.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { patience } from "./patience.ts";
import {
  answerGrants,
  beatOf,
  eventOf,
  join,
  joinGateway,
  link,
  type Member,
  payloadOf,
  type RawLink,
  reportOf,
} from "./raw-agent.ts";

const policy = `apiVersion: sallyport/v1
policies:
  - id: staff-wiki-jit
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {firewall.enabled: {is: true}, elevation: {role: wiki-admin, approvedBy: 2, maxDuration: PT1H}}
`;

const folder = mkdtempSync(pathOf(tmpdir(), "sallyport-jit-"));
let controller: ControllerUnderTest;
let device: Member;
let deviceLink: RawLink;
let gatewayLink: RawLink;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  const files = [{ file: "policy.yaml", text: policy }];
  await controller.ask({ method: "POST", path: "/policies", body: { files, reason: "test" } });
  gatewayLink = await link(controller, await joinGateway(controller, "gate"));
  await gatewayLink.next("snapshot");
  answerGrants(gatewayLink);
  device = await join(controller, "laptop");
  deviceLink = await link(controller, device);
  deviceLink.send(reportOf(device.key, eventOf(1, "firewall.enabled", true)));
  deviceLink.send(beatOf({ "firewall.enabled": true }, 1));
  await deviceLink.next("verdict", ({ resources }) =>
    resources.some(({ reasons }) => reasons.some(({ code }) => code === "approval_needed")),
  );
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

async function asAdmin(name: string, role: string): Promise<Call> {
  const body = { name, role, validForSeconds: 600 };
  const made = await controller.ask({ method: "POST", path: "/tokens", body });
  const tokenFile = pathOf(folder, name);
  writeFileSync(tokenFile, (made as { token: string }).token, { mode: 0o600 });
  return makeApiClient({ url: controller.apiUrl, tokenFile });
}

interface Shown {
  readonly id: string;
  readonly state: string;
  readonly endedBecause: string | null;
}

async function shown(id: string): Promise<Shown | undefined> {
  const list = await controller.ask({ method: "GET", path: "/requests" });
  return (list as { items: readonly Shown[] }).items.find((one) => one.id === id);
}

function namesPosture({ resources }: ControllerMessageOf<"verdict">): boolean {
  return resources[0]?.reasons.some(({ code }) => code === "level_not_met") ?? false;
}

test("two others approve, the box opens, a bad posture ends it for good", async () => {
  const [ann, bob, eve] = [
    await asAdmin("ann", "approver"),
    await asAdmin("bob", "approver"),
    await asAdmin("eve", "operator"),
  ];
  const asked = { ref: "1.1", resource: "wiki", reason: "incident 4711", seconds: 7_200 };
  deviceLink.send({ kind: "accessRequest", ...asked });
  const answer = await deviceLink.next("accessAnswer");
  expect(answer).toMatchObject({ ref: "1.1", result: "waiting" });
  const id = answer.request ?? expect.fail("no request");
  const approve = { method: "POST", path: `/requests/${id}/approve` } as const;

  await expect(eve(approve)).rejects.toMatchObject({ failure: { code: "SP-704" } });
  const own = (owner: string) =>
    controller.ask({ method: "PATCH", path: "/devices/laptop", body: { owner } });
  await own("ann");
  await expect(ann(approve)).rejects.toMatchObject({
    failure: { detail: expect.stringContaining("somebody else than who owns the device") },
  });
  await own("mara@example.com");
  expect(await ann(approve)).toMatchObject({ state: "pending" });
  await expect(ann(approve)).rejects.toMatchObject({ failure: { code: "SP-705" } });
  expect(await bob(approve)).toMatchObject({ state: "approved", seconds: 3_600 });
  const grants = await gatewayLink.next("grants", ({ add }) => add.length > 0);
  const claims = payloadOf(grants.add[0]!);
  const jti = String(claims["jti"]);
  expect(Number(claims["exp"])).toBeLessThanOrEqual(Date.now() / 1_000 + 3_600);

  const beforeBad = deviceLink.messages.length;
  deviceLink.send(reportOf(device.key, eventOf(2, "firewall.enabled", false)));
  await gatewayLink.next("grants", ({ remove }) => remove.includes(jti));
  const isEnded = async () => expect(await shown(id)).toMatchObject({ state: "ended" });
  await vi.waitFor(isEnded, patience);
  expect((await shown(id))?.endedBecause).toBe("posture");
  // What the device is told comes on a link of its own, and may come later.
  const bad = await deviceLink.next("verdict", namesPosture, beforeBad);
  const from = deviceLink.messages.indexOf(bad);
  deviceLink.send(reportOf(device.key, eventOf(3, "firewall.enabled", true)));
  const after = await deviceLink.next("verdict", (verdict) => !namesPosture(verdict), from);
  expect(after.resources[0]?.reasons).toMatchObject([{ code: "approval_needed" }]);
});

async function run(as: string, ...argv: readonly string[]): Promise<string> {
  let out = "";
  const exit = await runProgram(argv, {
    environment: {
      SALLYPORT_CONTROLLER: controller.apiUrl,
      SALLYPORT_TOKEN_FILE: pathOf(folder, as),
    },
    streams: { out: (text) => void (out += text), talk: (text) => void (out += text) },
    nowAt: () => Date.now(),
  });
  expect({ argv, exit, out }).toMatchObject({ exit: 0 });
  return out;
}

test("by command a yes, a no and an end each say their effect and their time", async () => {
  const wanted = async () => {
    const body = { device: "laptop", resource: "wiki", reason: "migration", seconds: 600 };
    return ((await controller.ask({ method: "POST", path: "/requests", body })) as Shown).id;
  };
  expect(await run("ann", "request", "deny", await wanted())).toMatch(
    /^req_\w+ is denied, done in \d+ ms\n$/,
  );
  const id = await wanted();
  expect(await run("ann", "request", "approve", id)).toMatch(/is pending, done in \d+ ms\n$/);
  const from = gatewayLink.messages.length;
  expect(await run("bob", "request", "approve", id)).toMatch(
    /is approved until 2\S+Z, done in \d+ ms\n$/,
  );
  await gatewayLink.next("grants", ({ add }) => add.length > 0, from);
  expect(await run("eve", "request", "end", id)).toMatch(
    /is ended, done in \d+ ms\ngate closed 1 access in \d+ ms\n$/,
  );
});

const byTags = `  - id: staff-open
    effect: allow
    subjects: {groups: [staff]}
    resources: {tags: [open]}
    when: {firewall.enabled: {is: true}}
  - id: staff-asked
    effect: allow
    subjects: {groups: [staff]}
    resources: {tags: [asked]}
    when: {elevation: {role: box-admin}}
`;
const made = `apiVersion: sallyport/v1
resources:
  - {name: docs, site: office, tags: [open], targets: [{cidr: 10.77.0.8/32, proto: tcp, ports: [443]}]}
  - {name: box, site: office, tags: [asked], targets: [{cidr: 10.77.0.9/32, proto: tcp, ports: [22]}]}
`;

test("a resource that is removed closes at its gateway, and ends who asked for it", async () => {
  await asAdmin("pia", "policy-author");
  const files = [{ file: "policy.yaml", text: `${policy}${byTags}` }];
  const order = { files, reason: "by tags", allowLockout: true };
  await controller.ask({ method: "POST", path: "/policies", body: order });
  const from = gatewayLink.messages.length;
  const body = { files: [{ file: "made.yaml", text: made }] };
  await controller.ask({ method: "POST", path: "/resources", body });
  const shownOf = async (name: string) =>
    (await controller.ask({ method: "GET", path: `/resources/${name}` })) as { id: string };
  const [docs, box] = [await shownOf("docs"), await shownOf("box")];
  const holds = (jws: string) => JSON.stringify(payloadOf(jws)).includes(docs.id);
  const opened = await gatewayLink.next("grants", ({ add }) => add.some(holds), from);
  const jti = String(payloadOf(opened.add.find(holds) ?? "")["jti"]);
  const asked = { device: "laptop", resource: "box", reason: "migration", seconds: 600 };
  const { id } = (await controller.ask({
    method: "POST",
    path: "/requests",
    body: asked,
  })) as Shown;

  const removing = gatewayLink.messages.length;
  expect(await run("pia", "resource", "remove", "docs")).toContain("send this in clear again");
  await gatewayLink.next("grants", ({ remove }) => remove.includes(jti), removing);
  await run("pia", "resource", "remove", box.id);
  const isEnded = async () =>
    expect(await shown(id)).toMatchObject({ state: "ended", endedBecause: "resource removed" });
  await vi.waitFor(isEnded, patience);
  expect(await shown(id)).toMatchObject({ resourceName: "box" });
});

test("who asks for a device does not approve it, and a restart forgets no approval", async () => {
  const cleo = await asAdmin("cleo", "admin");
  const body = { device: "laptop", resource: "wiki", reason: "migration", seconds: 600 };
  const made = (await cleo({ method: "POST", path: "/requests", body })) as Shown;
  const approve = { method: "POST", path: `/requests/${made.id}/approve` } as const;
  await expect(cleo(approve)).rejects.toMatchObject({
    failure: { detail: "somebody else than who asked must approve it" },
  });
  await (
    await asAdmin("dan", "approver")
  )(approve);
  await controller.stop();
  await controller.start();
  await (
    await asAdmin("fay", "approver")
  )(approve);
  expect(await shown(made.id)).toMatchObject({ state: "approved" });
  const end = { method: "POST", path: `/requests/${made.id}/end` } as const;
  expect(await (await asAdmin("gil", "operator"))(end)).toMatchObject({ state: "ended" });
});

test("what no approval opens is refused to whoever asks", async () => {
  const again = await link(controller, device);
  again.send({
    kind: "accessRequest",
    ref: "x",
    resource: "vault",
    reason: "why not",
    seconds: 60,
  });
  expect(await again.next("accessAnswer")).toMatchObject({ ref: "x", result: "refused" });
});
