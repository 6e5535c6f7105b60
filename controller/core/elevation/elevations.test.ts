// A time box that a bad posture closed stays closed: whoever was approved in good state asks anew.
import { expect, test } from "vitest";
import {
  eventOf,
  ids,
  only,
  openWorld,
  policyRecord,
  reportOf,
  say,
  storedState,
  type World,
} from "../../../test/fakes/controller-world.ts";
import type { Effect } from "../effect.ts";
import type { AccessRequest } from "./access-request.ts";

const policy = policyRecord(
  "policies: [{id: jit, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki, vault]}, when: {firewall.enabled: {is: true}, elevation: {role: dba}}}]\n",
);

function approve(world: World, more: Partial<AccessRequest> = {}): void {
  const request: AccessRequest = {
    id: "req_1",
    device: ids.device,
    resource: ids.wiki,
    role: "dba",
    reason: "incident",
    seconds: 3_600,
    requestedBy: ids.device,
    requestedByName: "laptop",
    at: world.now,
    status: "approved",
    approvals: [{ admin: "adm_1", name: "ann", at: world.now }],
    approvalsNeeded: 1,
    sinceAt: world.now,
    untilAt: world.now + 3_600_000,
    endedBecause: null,
    ...more,
  };
  world.takeDurably({
    kind: "recordsChanged",
    changes: [{ kind: "accessRequest", record: request }],
  });
}

const effects = (world: World) =>
  [...(world.state.devices.get(ids.device)?.decisions.values() ?? [])].map(({ effect }) => effect);

const endedIn = (effects: readonly Effect[]) =>
  only(effects, "write")
    .flatMap(({ writes }) => writes)
    .filter(({ kind }) => kind === "accessRequest");

test("a posture that drops ends it for good, and a better one does not bring it back", () => {
  const world = openWorld(storedState({ policy }));
  expect(effects(world)).toEqual(["deny", "deny"]);
  approve(world);
  expect(effects(world)).toEqual(["allow", "allow"]);
  const closing = say(world, 2, reportOf(eventOf(3, "firewall.enabled", false)));
  expect(endedIn(closing)).toMatchObject([
    { request: { status: "ended", endedBecause: "posture" } },
  ]);
  say(world, 2, reportOf(eventOf(4, "firewall.enabled", true)));
  world.advance(120_000);
  expect(effects(world)).toEqual(["deny", "deny"]);
});

test("what was asked for a resource that is removed ends, approved or not; the rest stays", () => {
  const world = openWorld(storedState({ policy }));
  const waiting = { status: "pending", approvals: [], sinceAt: null, untilAt: null } as const;
  approve(world);
  approve(world, { id: "req_2", ...waiting });
  approve(world, { id: "req_3", resource: ids.vault, ...waiting });
  const changes = [{ kind: "resourceRemoved", id: ids.wiki }] as const;
  const ended = endedIn(world.takeDurably({ kind: "recordsChanged", changes }));
  const over = { status: "ended", endedBecause: "resource removed" };
  expect(ended).toMatchObject([
    { request: { id: "req_1", ...over }, actor: "controller" },
    { request: { id: "req_2", ...over }, actor: "controller" },
  ]);
  expect([...(world.state.devices.get(ids.device)?.requests.keys() ?? [])]).toEqual(["req_3"]);
});
