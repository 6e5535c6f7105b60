import { afterAll, beforeAll, expect, test } from "vitest";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
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

let controller: ControllerUnderTest;
let gateway: Member;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  gateway = await joinGateway(controller, "gate");
});
afterAll(() => controller.remove());

const isOpen = ({ jws }: { jws: string }) => payloadOf(jws)["state"] === "open";
const isBlocked = ({ jws }: { jws: string }) => payloadOf(jws)["state"] === "blocked";

/** A device whose way to the wiki is open at a gateway that answers. */
async function openDevice(name: string): Promise<{
  readonly device: Member;
  readonly gatewayLink: RawLink;
  readonly deviceLink: RawLink;
  readonly jti: string;
}> {
  const gatewayLink = await link(controller, gateway);
  await gatewayLink.next("snapshot");
  answerGrants(gatewayLink);
  const device = await join(controller, name);
  const deviceLink = await link(controller, device);
  await deviceLink.next("config", isBlocked);
  deviceLink.send(reportOf(device.key, eventOf(1, "firewall.enabled", true)));
  deviceLink.send(beatOf({ "firewall.enabled": true }, 1));
  const grants = await gatewayLink.next("grants", ({ add }) =>
    add.some((jws) => String(payloadOf(jws)["sub"]).endsWith(device.id)),
  );
  await deviceLink.next("config", isOpen);
  const jti = String(payloadOf(grants.add[0]!)["jti"]);
  return { device, gatewayLink, deviceLink, jti };
}

test("a device reports, is granted, and loses the grant at its first bad report", async () => {
  const { device, gatewayLink, deviceLink, jti } = await openDevice("laptop");
  const from = deviceLink.messages.length;
  deviceLink.send(reportOf(device.key, eventOf(2, "firewall.enabled", false)));
  await gatewayLink.next("grants", ({ remove }) => remove.includes(jti));
  await deviceLink.next("config", isBlocked, from);
  const { resources } = await deviceLink.next(
    "verdict",
    (verdict) => verdict.resources[0]?.state === "blocked",
    from,
  );
  expect(resources[0]).toMatchObject({ name: "wiki", reasons: [{ code: "level_not_met" }] });
  expect(resources[0]?.fixes[0]?.signal).toBe("firewall.enabled");
  await deviceLink.next("ack", ({ seq }) => seq === 2);
  const shown = await controller.ask({
    method: "GET",
    path: `/decisions/${resources[0]?.reference ?? ""}`,
  });
  expect(JSON.stringify(shown)).toContain(device.id);
  expect(await controller.ask({ method: "GET", path: "/devices/laptop" })).toMatchObject({
    risk: { session: 20, identity: 20, contributions: [{ kind: "posture.regression" }] },
  });
});

test("an event is acked once it is durable and may come again without harm", async () => {
  const device = await join(controller, "repeater");
  const raw = await link(controller, device);
  const first = reportOf(device.key, eventOf(1, "firewall.enabled", true));
  raw.send(first);
  expect(await raw.next("ack")).toMatchObject({ seq: 1 });
  const from = raw.messages.length;
  raw.send(first);
  expect(await raw.next("ack", () => true, from)).toMatchObject({ seq: 1 });
  raw.close();
  const again = await link(controller, device);
  expect(await again.next("welcome")).toMatchObject({ ackedSeq: 1 });
});

test("events out of order are acked only as far as they are whole", async () => {
  const device = await join(controller, "shuffler");
  const raw = await link(controller, device);
  raw.send(reportOf(device.key, eventOf(2, "disk.encrypted", true)));
  expect(await raw.next("ack")).toMatchObject({ seq: 0 });
  raw.send(reportOf(device.key, eventOf(1, "firewall.enabled", true)));
  await raw.next("ack", ({ seq }) => seq === 2);
});

test("the same name with other bytes raises an alarm and keeps the first", async () => {
  const device = await join(controller, "liar");
  const raw = await link(controller, device);
  raw.send(reportOf(device.key, eventOf(1, "firewall.enabled", false)));
  await raw.next("ack");
  raw.send(reportOf(device.key, eventOf(1, "firewall.enabled", true)));
  await raw.next("ack", () => true, raw.messages.length);
  const detail = await controller.ask({ method: "GET", path: `/devices/${device.id}` });
  expect(JSON.stringify(detail)).toContain('"value":false');
});

test("a report signed by another key changes nothing", async () => {
  const device = await join(controller, "forged");
  const other = await join(controller, "forger");
  const raw = await link(controller, device);
  raw.send(reportOf(other.key, eventOf(1, "firewall.enabled", true)));
  raw.send(reportOf(device.key, eventOf(1, "firewall.enabled", false)));
  await raw.next("ack", ({ seq }) => seq === 1);
  const detail = await controller.ask({ method: "GET", path: `/devices/${device.id}` });
  expect(JSON.stringify(detail)).not.toContain('"value":true');
});

test("quarantine and revocation end access at once, revocation the link too", async () => {
  const { device, gatewayLink, deviceLink, jti } = await openDevice("thief");
  await controller.ask({ method: "POST", path: `/identities/${device.id}/quarantine` });
  await gatewayLink.next("grants", ({ remove }) => remove.includes(jti));
  await controller.ask({ method: "POST", path: `/identities/${device.id}/revoke` });
  expect(await deviceLink.ended).toBe(4403);
});

test("a restart under load cuts nobody: the snapshot names the same grants", async () => {
  const { device, jti } = await openDevice("steady");
  await controller.restart();
  const gatewayLink = await link(controller, gateway);
  const snapshot = await gatewayLink.next("snapshot");
  expect(snapshot.grants.map((jws) => payloadOf(jws)["jti"])).toContain(jti);
  answerGrants(gatewayLink);
  const deviceLink = await link(controller, device);
  expect(payloadOf((await deviceLink.next("config")).jws)["state"]).toBe("open");
  deviceLink.send(beatOf({ "firewall.enabled": true }, 1));
  await gatewayLink.next("leases", ({ jws }) => (payloadOf(jws)["jti"] as string[]).includes(jti));
  const removals = gatewayLink.messages.filter(
    (message) => message.kind === "grants" && message.remove.includes(jti),
  );
  expect(removals).toEqual([]);
});
