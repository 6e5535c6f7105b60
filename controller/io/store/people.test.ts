// One person may come by a token and by an identity provider; neither may approve what the other did.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi, rootToken } from "../../../test/fakes/admin-api.ts";
import { enrolDevice } from "../../../test/fakes/enrolled-device.ts";
import { newAccessRequest } from "../../core/elevation/new-access-request.ts";
import type { StoreThreads } from "./store-threads.ts";

const now = 1_800_000_000_000;
const hash = "c".repeat(64);
const audit = { at: now, actor: "t", action: "token create", subject: "", body: {} } as const;
let api: AdminApiUnderTest;
let store: StoreThreads;

/** Signs somebody in and returns the administrator that the person acts as. */
async function signIn(name: string) {
  const person = {
    issuer: "https://idp.example.test",
    subject: `sub-${name}`,
    externalId: name,
    name,
    displayName: name,
    email: `${name}@example.test`,
    groups: ["dba"],
  };
  await store.write("session.open_person", {
    person,
    role: "approver",
    admitUnknown: true,
    hash: `${hash}${name}`,
    id: `ses_${name}`,
    expiresAt: now + 1_000,
    at: now,
  });
  const session = await store.read("session.live", { hash: `${hash}${name}`, nowAt: now });
  return session ?? expect.fail("not signed in");
}

beforeEach(async () => {
  api = await openAdminApi();
  store = api.store;
  await store.write("token.create", { token: rootToken("ann"), audit });
});
afterEach(() => api.close());

test("names, ids and the address of a person lead to the same one, with its groups", async () => {
  const session = await signIn("ann");
  expect(session.adminName).not.toBe("ann");
  const found = await store.read("person.find", session.admin);
  expect(found).toMatchObject({ groups: ["dba"] });
  expect(found.names).toEqual(expect.arrayContaining(["ann", "ann@example.test"]));
  expect((await store.read("person.find", "adm-ann")).names).toContain("ann@example.test");
  expect(await store.read("person.find", "nobody")).toEqual({ names: ["nobody"], groups: [] });
  const { users, groups } = await store.read("people.names", undefined);
  expect(found.names).toContain(users[0]);
  expect((await store.read("person.find", "Ann@Example.test")).names).toContain(users[0]);
  expect(groups).toEqual(["dba"]);
});

test("who has a token and signs in is not a second approver of a change", async () => {
  const [ann, bob] = [await signIn("ann"), await signIn("bob")];
  const set = { version: "v1", body: "[]" };
  const order = {
    kind: "apply",
    source: "files",
    author: "ann",
    authorId: "adm-ann",
    reason: "because",
    approver: null,
    body: {},
  } as const;
  const begin = { policy: set, files: "[]", former: null, mode: "waiting", order } as const;
  const policyAudit = { ...audit, action: "policy apply" } as const;
  const { change } = await store.write("policy_change.begin", {
    ...begin,
    credential: "adm-ann",
    resources: [],
    audit: policyAudit,
  });
  const approve = ({ admin, adminName }: typeof ann) =>
    store.write("policy_change.approve", {
      change,
      approver: adminName,
      approverId: admin,
      credential: admin,
      reason: "looked",
      mode: "atOnce",
      announcedPercent: [],
      ringOpen: [],
      resources: [],
      audit: policyAudit,
    });
  await expect(approve(ann)).rejects.toThrow(/SP-635/);
  await expect(approve(bob)).resolves.toMatchObject({ change });
});

test("nor of an own request, nor twice", async () => {
  await store.write("token.create", { token: rootToken("bob"), audit });
  const [ann, bob] = [await signIn("ann"), await signIn("bob")];
  const wanted = { role: "dba", wanted: "approval", approvedBy: 2 };
  const reasons = [{ code: "approval_needed", params: wanted } as const];
  const request = newAccessRequest(reasons, {
    id: "req_1",
    device: await enrolDevice(api, "laptop"),
    resource: "res_1",
    reason: "x",
    seconds: 600,
    role: "dba",
    requestedBy: "adm-ann",
    requestedByName: "ann",
    at: now,
  });
  if (request === null) expect.fail("no request");
  await store.write("access_request.make", {
    request,
    audit: { ...audit, action: "request create" },
  });
  const approve = (id: string, name: string) =>
    store.write("access_request.step", {
      id: "req_1",
      step: "approve",
      admin: { id, name },
      credential: id,
      audit: { ...audit, action: "request approve" },
    });
  await expect(approve(ann.admin, ann.adminName)).rejects.toThrow(/somebody else than who asked/);
  await expect(approve(bob.admin, bob.adminName)).resolves.toMatchObject({ status: "pending" });
  await expect(approve("adm-bob", "bob")).rejects.toThrow(/you approved it already/);
});
