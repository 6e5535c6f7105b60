// Resources and sites are taken away where nothing names them any more, over what was read alone.
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Decision } from "#shared/policy/decision.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { applySet, looked, tokenHeaders } from "../../../test/fakes/approval-scene.ts";
import { enrolGateway } from "../../../test/fakes/enrolled-device.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
  await api.ask("PUT", "/sites/hq", { body: {} });
  const text = `apiVersion: sallyport/v1
resources: [{name: git, site: hq, targets: [{host: 10.0.0.9, proto: tcp, ports: [22]}]}]
`;
  await api.ask("POST", "/resources", { body: { files: [{ file: "r.yaml", text }] } });
});
afterEach(() => api.close());

async function tagOf(path: string): Promise<string> {
  const { headers } = await fetch(`${api.url}${path}`, { headers: api.asRoot });
  return headers.get("etag") ?? "";
}

const over = (tag: string) => ({ ...api.asRoot, "if-match": tag });
const remove = (path: string, headers = api.asRootOver) => api.ask("DELETE", path, { headers });
const namesAt = async (path: string) =>
  ((await api.ask("GET", path)).body["items"] as { name: string }[]).map(({ name }) => name);

const namingGit = `apiVersion: sallyport/v1
policies: [{id: staff-git, effect: allow, subjects: {groups: [staff]}, resources: {names: [git]}}]
`;
const files = [{ file: "p.yaml", text: namingGit }];
const expectKept = async (why: string) => {
  expect(await remove("/resources/git")).toMatchObject({
    status: 409,
    body: { code: "SP-705", detail: expect.stringContaining(why) },
  });
  expect(await namesAt("/resources")).toContain("git");
};

test.each([
  ["/resources/git", "resourceRemoved", "resource remove"],
  ["/sites/spare", "siteRemoved", "site remove"],
])(
  "%s goes over what was read alone, tells the loop, and is written down",
  async (path, kind, action) => {
    await api.ask("PUT", "/sites/spare", { body: {} });
    const { body: held } = await api.ask("GET", path);
    expect((await remove(path, api.asRoot)).status).toBe(428);
    expect((await remove(path, over('"7"'))).status).toBe(412);
    const tag = await tagOf(path);
    const { id, name } = held;
    const would = await remove(`${path}?dryRun=true`, over(tag));
    expect(would).toMatchObject({ status: 200, body: { id, name } });
    expect((await api.ask("GET", path)).status).toBe(200);
    expect(api.control.changes).not.toContainEqual({ kind, id });
    const headers = { ...over(tag), "idempotency-key": "once" };
    const done = await remove(path, headers);
    expect(done).toMatchObject({ status: 200, body: { id, name } });
    expect(api.control.changes).toContainEqual({ kind, id });
    expect((await api.ask("GET", path)).status).toBe(404);
    // Its answer was lost: the same is answered again, and done once.
    expect(await remove(path, headers)).toEqual(done);
    expect((await remove(path)).status).toBe(404);
    const audit = await api.ask("GET", `/audit?search=${encodeURIComponent(action)}`);
    expect(audit.body["items"]).toMatchObject([
      { action, actor: expect.stringMatching(/^admin:/), subject: id, body: { before: { name } } },
    ]);
  },
);

test("the answer to a removal names the gateways that closed something, and when", async () => {
  await enrolGateway(api, "gw-hq", "hq");
  const { body } = await api.ask("GET", "/gateways/gw-hq");
  api.fleet.closed = [{ gateway: String(body["id"]), removed: 3, tookMs: 41 }];
  const closed = [{ gateway: "gw-hq", removed: 3, tookMs: 41 }];
  const would = await remove("/resources/git?dryRun=true");
  expect(would.body).toMatchObject({ removals: [] });
  expect((await remove("/resources/git")).body).toMatchObject({
    name: "git",
    tookMs: expect.any(Number),
    removals: closed,
  });
});

test("what a policy set holds is left out of the set, not removed", async () => {
  await applySet(api, "firewall.enabled: {is: true}");
  expect(await remove("/resources/wiki")).toMatchObject({
    status: 409,
    body: { detail: expect.stringContaining("leave it out of the set and apply") },
  });
  expect(await namesAt("/resources")).toContain("wiki");
});

test("what a rule in force names stays, and the rule is told", async () => {
  await api.ask("POST", "/policies", { body: { files, ...looked } });
  await expectKept("`staff-git` of the set in force names resource `git`");
});

test("what a watched set names stays", async () => {
  await api.ask("PUT", "/policies/shadow", { body: { files, ...looked } });
  await expectKept("`staff-git` of the set that is watched");
});

test("what a set on its way names stays", async () => {
  await applySet(api, "firewall.enabled: {is: true}");
  const rings = 'rings:\n  - {name: canary, groups: [it]}\n  - {name: all, groups: ["*"]}\n';
  const ringed = [{ file: "p.yaml", text: `${namingGit}${rings}` }];
  const order = { files: ringed, allowLockout: true, ...looked };
  expect((await api.ask("POST", "/policies", { body: order })).body).toMatchObject({
    status: "rolling",
  });
  await expectKept("`staff-git` of the set that is on its way");
});

test("Attack: nobody takes a protection away alone where two must agree", async () => {
  await applySet(api, "firewall.enabled: {is: true}");
  await tokenHeaders(api, { name: "ana", role: "approver" });
  const rules = { secondApprover: true };
  await api.ask("PUT", "/policies/rules", { body: rules, headers: api.asRootOver });
  await expectKept("a second person approves changes here");
});

test("a resource that is called as another's id is does not go in its place", async () => {
  const { body: git } = await api.ask("GET", "/resources/git");
  const text = `apiVersion: sallyport/v1
resources: [{name: ${String(git["id"])}, site: hq, targets: [{host: 10.0.0.8, proto: tcp, ports: [22]}]}]
`;
  await api.ask("POST", "/resources", { body: { files: [{ file: "r.yaml", text }] } });
  expect((await remove(`/resources/${String(git["id"])}`)).body).toMatchObject({ name: "git" });
});

test("past decisions are shown with the name of a resource that is gone", async () => {
  const { body: git } = await api.ask("GET", "/resources/git");
  const decision: Decision = {
    id: "dec_01k00000000000000000000000",
    reference: "0000-0000",
    at: 1,
    device: "dev_1",
    resource: String(git["id"]),
    effect: "deny",
    determinedBy: [],
    obligations: { record: false },
    leaseSeconds: 120,
    validUntilAt: 2,
    unmet: [],
    policyVersion: "v",
    inputHash: "h",
    errors: [],
  };
  await api.store.write("rows.write", [{ kind: "decision", decision }]);
  await remove("/resources/git");
  expect((await api.ask("GET", "/decisions")).body["items"]).toMatchObject([
    { resourceName: "git" },
  ]);
});

test("a site stays while somebody serves it, may join there or lies there, and says who", async () => {
  const gate = await enrolGateway(api, "gate", "hq");
  const key = { name: "gates", role: "gateway", site: "hq" };
  const { body: made } = await api.ask("POST", "/enrol-keys", { body: key });
  expect(await remove("/sites/hq")).toMatchObject({
    status: 409,
    body: {
      code: "SP-705",
      detail: expect.stringMatching(
        /`hq` still has gateway `gate`.*resource `git`.*enrolment key `gates`/,
      ),
    },
  });
  await api.ask("POST", `/identities/${gate}/revoke`);
  await remove("/resources/git");
  await api.ask("POST", `/enrol-keys/${String(made["id"])}/revoke`);
  expect(await remove("/sites/hq")).toMatchObject({ status: 200, body: { name: "hq" } });
  expect(await namesAt("/sites")).toEqual([]);
  expect(await namesAt("/gateways")).toEqual(["gate"]);
  const { body: anew } = await api.ask("PUT", "/sites/hq", { body: {} });
  expect(anew).toMatchObject({ name: "hq" });
  expect(await remove("/sites/hq")).toMatchObject({ status: 200, body: { id: anew["id"] } });
});
