// Names change hands: by a directory, nobody becomes a second person who agrees with the first.
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type AdminApiUnderTest,
  type ApiAnswer,
  openAdminApi,
} from "../../../../test/fakes/admin-api.ts";
import {
  applySet,
  approveChange,
  approveRequest,
  type Headers,
  looked,
  storeRequest,
  tokenHeaders,
} from "../../../../test/fakes/approval-scene.ts";
import { enrolDevice } from "../../../../test/fakes/enrolled-device.ts";
import { cookieOf } from "../session-cookie.ts";
import { tokenHash } from "../../token/token.ts";

const signIn = {
  issuer: "https://idp.example.test",
  clientId: "console",
  scopes: ["openid"],
  groupsClaim: "groups",
  directoryClaim: "sub",
  admitUnknown: true,
  roles: [{ group: "admins", role: "admin" }],
  strengths: { mfa: [], phishing_resistant: [] },
  deviceSessionSeconds: 3_600,
  sealedSecret: null,
};

let api: AdminApiUnderTest;
let ana: Headers;
let scim: Headers;
let signIns = 0;

beforeEach(async () => {
  api = await openAdminApi();
  await api.ask("PUT", "/sites/hq", { body: {} });
  await apply("disk.encrypted: {is: true}");
  await api.store.write("setting.put", { key: "signIn", value: signIn });
  ana = await tokenHeaders(api, { name: "ana", role: "approver" });
  scim = await tokenHeaders(api, { name: "scim", role: "provisioner" });
});
afterEach(() => api.close());

const apply = (condition: string) => applySet(api, condition);
const approve = (change: unknown, headers: Headers) => approveChange(api, change, headers);
const answer = (headers: Headers) => approveRequest(api, headers);

/** Signs a person in at the console by the provider. */
async function byProvider(name: string, groups: readonly string[] = ["admins"]): Promise<Headers> {
  const secret = `${name}${(signIns += 1)}`.padEnd(43, "s");
  const person = {
    issuer: signIn.issuer,
    subject: name,
    externalId: name,
    name,
    displayName: name,
    email: null,
    groups,
  };
  await api.store.write("session.open_person", {
    person,
    hash: tokenHash(secret),
    id: `ses_${signIns}`,
    expiresAt: Date.now() + 3_600_000,
    at: Date.now(),
    role: "admin",
    admitUnknown: true,
  });
  return { cookie: cookieOf(secret).replace(/;.*$/, ""), "sec-fetch-site": "same-origin" };
}

async function directory(method: string, path: string, body: object): Promise<string> {
  const answer = await fetch(`${api.url.replace("/api/v1", "")}/scim/v2/Users${path}`, {
    method,
    headers: { ...scim, "content-type": "application/scim+json" },
    body: JSON.stringify(body),
  });
  expect(answer.ok).toBe(true);
  return ((await answer.json()) as { id: string }).id;
}

const bring = (userName: string, more: object = {}) =>
  directory("POST", "", {
    schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
    userName,
    active: true,
    ...more,
  });

const rename = (id: string, userName: string) =>
  directory("PATCH", `/${id}`, {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    Operations: [{ op: "replace", path: "userName", value: userName }],
  });

const switchOn = (secondApprover = true) =>
  api.ask("PUT", "/policies/rules", { headers: api.asRootOver, body: { secondApprover } });

async function agree(headers: Headers): Promise<ApiAnswer> {
  const { body } = await api.ask("GET", "/policies/rules");
  const { hash } = body["wanted"] as { hash: string };
  return api.ask("POST", "/policies/rules/approve", { headers, body: { hash } });
}

test("Attack: a directory takes the name away by which one administrator's two identities are one", async () => {
  const own = await byProvider("root");
  expect((await switchOn()).body).toMatchObject({
    approvers: ["root (token)", "ana (token)", expect.stringContaining("(provider)")],
  });
  const before = await apply("edr.running: {is: true}");
  await bring("root");
  expect((await approve(before.body["change"], own)).body).toMatchObject({ code: "SP-635" });
  await switchOn(false);
  expect((await agree(own)).body).toMatchObject({ code: "SP-635" });
  const deny = `/policies/changes/${String(before.body["change"])}/deny`;
  await api.ask("POST", deny, { body: looked });
  const after = await apply("edr.running: {is: true}");
  expect((await approve(after.body["change"], own)).body).toMatchObject({ code: "SP-635" });
  await storeRequest(api);
  expect(await answer(own)).toMatchObject({ status: 409 });
  // Whoever agrees to a new list does not see that one of it has another name now.
  await tokenHeaders(api, { name: "carl", role: "approver" });
  await switchOn();
  expect((await agree(ana)).status).toBe(200);
  expect((await approve(after.body["change"], own)).body).toMatchObject({ code: "SP-635" });
  expect((await approve(after.body["change"], ana)).body).toMatchObject({ status: "done" });
});

test("Attack: a directory renames who asked for access, before that one approves it", async () => {
  const id = await bring("root", { externalId: "root" });
  const own = await byProvider("root");
  await storeRequest(api);
  expect((await answer(own)).body["detail"]).toContain("somebody else than who asked");
  await rename(id, "zoe");
  expect((await answer(own)).body["detail"]).toContain("somebody else than who asked");
  expect((await answer(ana)).body).toMatchObject({ status: "approved" });
});

test("Attack: one approver is renamed between two approvals", async () => {
  const id = await bring("root", { externalId: "root" });
  const own = await byProvider("root");
  await storeRequest(api, { approvalsNeeded: 2, requestedBy: "adm_other" });
  expect((await answer(own)).body).toMatchObject({ status: "pending" });
  await rename(id, "zoe");
  expect((await answer(api.asRoot)).body["detail"]).toContain("you approved it already");
});

test("Attack: who is signed in on a device asks by it and approves", async () => {
  const own = await byProvider("eve");
  const device = await enrolDevice(api, "tablet");
  await storeRequest(api, { device, requestedBy: device });
  const person = { issuer: signIn.issuer, subject: "eve", externalId: "eve", name: "eve" };
  const session = {
    id: "ses_device",
    device,
    acr: "",
    amr: [],
    authAt: 1,
    expiresAt: Date.now() + 1e6,
  };
  await api.store.write("user_session.open", {
    person: { ...person, displayName: "eve", email: null, groups: ["admins"] },
    session,
    admitUnknown: true,
    at: Date.now(),
  });
  expect((await answer(own)).body["detail"]).toContain("signed in on it");
  expect((await answer(ana)).body).toMatchObject({ status: "approved" });
});

test("a name that changes hands the other way locks out, and lets nobody in", async () => {
  const bob = await byProvider("bob");
  await switchOn();
  const { body } = await apply("edr.running: {is: true}");
  await bring("carl", { emails: [{ value: "root", primary: true }] });
  expect((await approve(body["change"], bob)).body).toMatchObject({ status: "done" });
  const id = await bring("dave", { externalId: "dave" });
  const dave = await byProvider("dave");
  await switchOn();
  expect((await agree(ana)).status).toBe(200);
  const next = await apply("firewall.enabled: {is: true}");
  await rename(id, "root");
  expect((await approve(next.body["change"], dave)).body).toMatchObject({ code: "SP-635" });
  await api.ask("POST", `/policies/changes/${String(next.body["change"])}/deny`, { body: looked });
  const last = await apply("firewall.enabled: {is: true}");
  await rename(id, "dave");
  expect((await approve(last.body["change"], dave)).body).toMatchObject({ code: "SP-635" });
});

test("people of a provider count by the roles that their groups give", async () => {
  await api.ask("POST", "/tokens/ana/revoke");
  await byProvider("vic", ["staff"]);
  expect((await switchOn()).body).toMatchObject({ code: "SP-705" });
  await byProvider("vic", ["staff", "admins"]);
  expect((await switchOn()).body).toMatchObject({ secondApprover: true });
});
