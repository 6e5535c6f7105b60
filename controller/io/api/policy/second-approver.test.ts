// Where a second person has to agree, no single administrator gets round it: over the real API and store.
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
  filesFor,
  type Headers,
  looked,
  storeRequest,
  tokenHeaders,
} from "../../../../test/fakes/approval-scene.ts";

let api: AdminApiUnderTest;
let ana: Headers;

const apply = (condition: string) => applySet(api, condition);
const rules = (secondApprover: boolean, headers: Headers = api.asRootOver) =>
  api.ask("PUT", "/policies/rules", { headers, body: { secondApprover } });
async function answer(step: string, headers: Headers): Promise<ApiAnswer> {
  const wanted = (await api.ask("GET", "/policies/rules")).body["wanted"] as {
    hash?: string;
  } | null;
  const body = { hash: wanted?.hash ?? "0".repeat(16) };
  return api.ask("POST", `/policies/rules/${step}`, { headers, body });
}
const approve = (change: unknown, headers: Headers) => approveChange(api, change, headers);
const tokenOf = (name: string, more: Readonly<{ role?: string; admin?: string }> = {}) =>
  tokenHeaders(api, { name, role: "admin", ...more });

beforeEach(async () => {
  api = await openAdminApi();
  await api.ask("PUT", "/sites/hq", { body: {} });
  await apply("disk.encrypted: {is: false}");
  await apply("firewall.enabled: {is: true}");
});
afterEach(() => api.close());

async function wantSecondApprover(): Promise<void> {
  ana = await tokenOf("ana", { role: "approver" });
  expect(await rules(true)).toMatchObject({ status: 200, body: { secondApprover: true } });
}

test("without anybody else to agree it is not switched on", async () => {
  expect(await rules(true)).toMatchObject({ status: 409, body: { code: "SP-705" } });
  await tokenOf("again", { admin: "root" });
  expect((await rules(true)).status).toBe(409);
});

test("Attack: one administrator alone switches the second approver off", async () => {
  await wantSecondApprover();
  const off = await rules(false);
  expect(off.body).toMatchObject({ secondApprover: true, wanted: { by: "root" } });
  expect((await apply("edr.running: {is: true}")).body).toMatchObject({ status: "waiting" });
  expect((await answer("approve", api.asRoot)).body).toMatchObject({ code: "SP-635" });
  const twin = await tokenOf("twin", { admin: "root" });
  expect((await answer("approve", twin)).status).toBe(409);
  expect((await api.ask("GET", "/policies/rules")).body).toMatchObject({ secondApprover: true });
  expect((await answer("approve", ana)).body).toEqual({
    secondApprover: false,
    approvers: null,
    authors: null,
    wanted: null,
  });
  const trail = await api.ask("GET", "/audit");
  const actions = (trail.body["items"] as { action: string }[]).map(({ action }) => action);
  expect(actions).toEqual(expect.arrayContaining(["policy rules", "policy rules approve"]));
});

test("the first set of all waits, too", async () => {
  const fresh = await openAdminApi();
  const body = { name: "ben", role: "approver", validForSeconds: 60 };
  const made = await fresh.ask("POST", "/tokens", { body });
  await fresh.ask("PUT", "/sites/hq", { body: {} });
  const on = { headers: fresh.asRootOver, body: { secondApprover: true } };
  await fresh.ask("PUT", "/policies/rules", on);
  const order = { body: { files: filesFor("disk.encrypted: {is: true}"), ...looked } };
  const begun = await fresh.ask("POST", "/policies", order);
  expect(begun.body).toMatchObject({ status: "waiting", change: 1 });
  expect((await fresh.ask("GET", "/policies/active")).status).toBe(404);
  const headers = { authorization: `Bearer ${String(made.body["token"])}` };
  const agreed = { headers, body: looked };
  const done = await fresh.ask("POST", "/policies/changes/1/approve", agreed);
  expect(done.body).toMatchObject({ status: "done" });
  expect((await fresh.ask("GET", "/policies/active")).status).toBe(200);
  await fresh.close();
});

test("Attack: what another approver agrees to is exchanged after that one looked", async () => {
  await wantSecondApprover();
  await tokenOf("carl", { role: "approver" });
  const seen = (await rules(true)).body["wanted"] as { hash: string };
  await rules(false);
  const order = { headers: ana, body: { hash: seen.hash } };
  const late = await api.ask("POST", "/policies/rules/approve", order);
  expect(late).toMatchObject({ status: 412, body: { code: "SP-711" } });
  expect((await api.ask("POST", "/policies/rules/deny", order)).status).toBe(412);
  expect((await api.ask("GET", "/policies/rules")).body).toMatchObject({ secondApprover: true });
});

test("Attack: one administrator asks by a second identity and approves by the own one", async () => {
  const author = { role: "policy-author" };
  const ci = await tokenOf("ci", author);
  await wantSecondApprover();
  const other = await tokenOf("other", author);
  const puppet = await tokenOf("puppet");
  const order = { files: filesFor("edr.running: {is: true}"), ...looked };
  for (const headers of [other, puppet]) {
    const asked = await api.ask("POST", "/policies", { headers, body: order });
    expect(asked).toMatchObject({ status: 409, body: { code: "SP-705" } });
  }
  expect((await rules(false, { ...puppet, "if-match": "*" })).status).toBe(409);
  const asked = await api.ask("POST", "/policies", { headers: ci, body: order });
  expect(asked.body).toMatchObject({ status: "waiting" });
  const shown = await rules(true);
  expect(shown.body).toMatchObject({
    authors: ["ci (token)"],
    wanted: { authors: ["ci (token)", "other (token)"] },
  });
});

test("what was wanted is thrown away by a no", async () => {
  await wantSecondApprover();
  await rules(false);
  expect((await answer("deny", ana)).body).toMatchObject({ secondApprover: true, wanted: null });
  expect((await answer("approve", ana)).status).toBe(404);
});

test("Attack: one administrator makes a second identity to agree with", async () => {
  await wantSecondApprover();
  const { body } = await apply("edr.running: {is: true}");
  const puppet = await tokenOf("puppet");
  const asAna = await tokenOf("ana-2", { admin: "ana", role: "approver" });
  for (const made of [puppet, asAna]) {
    expect(await approve(body["change"], made)).toMatchObject({
      status: 409,
      body: { code: "SP-705", detail: expect.stringContaining("newer than the list") },
    });
  }
  await rules(false);
  expect((await answer("approve", puppet)).status).toBe(409);
  expect(await approve(body["change"], ana)).toMatchObject({ body: { status: "done" } });
});

test("Attack: one administrator makes more approvers than a list holds", async () => {
  await wantSecondApprover();
  const { body } = await apply("edr.running: {is: true}");
  const puppet = await tokenOf("puppet", { role: "approver" });
  const audit = {
    at: 0,
    actor: "root",
    action: "token create",
    subject: "puppet",
    body: {},
  } as const;
  for (let number = 0; number < 1_000; number++) {
    const admin = { id: "adm_puppet", name: "puppet" };
    const grant = { role: "approver", expiresAt: null } as const;
    const token = {
      id: `tok_${number}`,
      name: `t${number}`,
      tokenHash: `${number}`,
      admin,
      ...grant,
    };
    await api.store.write("token.create", { token, audit });
  }
  expect(await rules(true)).toMatchObject({ status: 409, body: { code: "SP-705" } });
  expect((await approve(body["change"], puppet)).status).toBe(409);
});

test("a new approver counts once two who are there agree", async () => {
  await wantSecondApprover();
  const carl = await tokenOf("carl", { role: "approver" });
  const wanted = await rules(true);
  expect(wanted.body).toMatchObject({
    approvers: ["root (token)", "ana (token)"],
    wanted: { secondApprover: true, approvers: ["root (token)", "ana (token)", "carl (token)"] },
  });
  expect((await answer("approve", carl)).status).toBe(409);
  expect((await answer("approve", ana)).status).toBe(200);
  const { body } = await apply("edr.running: {is: true}");
  expect(await approve(body["change"], carl)).toMatchObject({ body: { status: "done" } });
});

test("Attack: one administrator goes back to an older, wider set", async () => {
  await wantSecondApprover();
  const { body } = await api.ask("GET", "/policies/changes");
  const [narrow, wide] = (body["items"] as { version: string }[]).map(({ version }) => version);
  const back = (version: unknown) =>
    api.ask("POST", "/policies/rollback", { body: { version, ...looked } });
  const { body: begun } = await apply("edr.running: {is: true}");
  await approve(begun["change"], ana);
  expect((await back(wide)).body).toMatchObject({ status: "waiting" });
  const waits = (await api.ask("GET", "/policies/status")).body["change"] as { id: number };
  await api.ask("POST", `/policies/changes/${waits.id}/deny`, { body: looked });
  // What is undone is the last change alone, and its undoing leads nowhere else.
  expect((await back(narrow)).body).toMatchObject({ status: "done" });
  expect((await back(wide)).body).toMatchObject({ status: "waiting" });
});

test("Attack: one administrator approves time-boxed access by a second identity", async () => {
  await wantSecondApprover();
  const puppet = await tokenOf("puppet");
  await storeRequest(api);
  expect(await approveRequest(api, puppet)).toMatchObject({
    status: 409,
    body: { code: "SP-705" },
  });
  expect(await approveRequest(api, ana)).toMatchObject({
    status: 200,
    body: { status: "approved" },
  });
});

test("Attack: one administrator names another provider of approvers", async () => {
  await wantSecondApprover();
  const value = {
    issuer: "https://evil.example",
    clientId: "c",
    sealedSecret: null,
  } as never;
  const audit = { at: 1, actor: "t", action: "sign-in apply", subject: "", body: {} } as const;
  const change = () => api.store.write("sign_in.apply", { value, audit });
  await expect(change()).resolves.toBeUndefined();
  const approvers = [{ credential: "adm_x", name: "eve", by: "provider" }];
  const held = { key: "policyChanges", value: { secondApprover: true, approvers } };
  await api.store.write("setting.put", held);
  await expect(change()).rejects.toThrow(/SP-705/);
  await api.store.write("setting.put", { ...held, value: { secondApprover: true } });
  await expect(change()).rejects.toThrow(/SP-705/);
});
