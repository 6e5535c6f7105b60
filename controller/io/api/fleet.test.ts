// Many devices at once: who reaches what, one step for many, leases, reports, settings.
import { afterEach, beforeEach, expect, test } from "vitest";
import { apiContract, contractOf } from "#shared/protocol/api/contract.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { enrolDevice } from "../../../test/fakes/enrolled-device.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
  await api.ask("PUT", "/sites/hq", { body: {} });
  const text = `apiVersion: sallyport/v1
resources:
  - {name: wiki, site: hq, tags: [all], targets: [{host: 10.0.0.1, proto: tcp, ports: [443]}]}
  - {name: vault, site: hq, tags: [all], targets: [{host: 10.0.0.2, proto: tcp, ports: [443]}]}
`;
  await api.ask("POST", "/resources", { body: { files: [{ file: "r.yaml", text }] } });
});
afterEach(() => api.close());

test("the matrix holds the decisions in force, and no cell where no rule names a pair", async () => {
  const device = await enrolDevice(api, "laptop");
  const { body: list } = await api.ask("GET", "/resources");
  const [vault, wiki] = list["items"] as { id: string }[];
  const common = { device, shadow: undefined, errors: [] };
  const params = { signal: "firewall.enabled", wanted: "is true", had: "false" };
  api.fleet.decided = [
    {
      ...common,
      resource: wiki?.id,
      effect: "deny",
      determinedBy: [],
      reference: "7QK2-M4XE",
      unmet: [{ policy: "staff", reason: { code: "level_not_met", params } }],
    },
    { ...common, resource: vault?.id, effect: "deny", determinedBy: [], unmet: [], reference: "R" },
  ];
  expect(await api.ask("GET", "/explorer")).toMatchObject({
    status: 200,
    body: {
      resources: [{ name: "vault" }, { name: "wiki" }],
      resourcesMore: 0,
      nextAfter: null,
      items: [
        {
          name: "laptop",
          cells: [{ resource: wiki?.id, effect: "deny", why: { code: "level_not_met", params } }],
        },
      ],
    },
  });
  const narrow = await api.ask("GET", "/explorer?resource=VAULT&search=nobody");
  expect(narrow.body).toMatchObject({ items: [], resources: [{ name: "vault" }] });
});

test("the audit log is searched by the names that it shows", async () => {
  const subject = await enrolDevice(api, "laptop");
  await api.ask("POST", `/identities/${subject}/quarantine`);
  const { body } = await api.ask("GET", "/audit?search=laptop&limit=1");
  expect(body["items"]).toMatchObject([
    { action: "device quarantine", subject, subjectName: "laptop" },
  ]);
});

test("a step says what each gateway closed in what time, and which has not said so", async () => {
  await enrolDevice(api, "laptop");
  api.fleet.closed = [
    { gateway: "gw_1", removed: 3, tookMs: 41 },
    { gateway: "gw_2", removed: 1, tookMs: null },
    { gateway: "gw_1", removed: 1, tookMs: 7 },
  ];
  expect(await api.ask("POST", "/identities/laptop/quarantine")).toMatchObject({
    status: 200,
    body: {
      tookMs: expect.any(Number),
      removals: [
        { gateway: "gw_1", removed: 4, tookMs: 41 },
        { gateway: "gw_2", removed: 1, tookMs: null },
      ],
    },
  });
});

test("one step for many devices says of each what became of it, and the audit names each", async () => {
  const ids = [await enrolDevice(api, "one"), await enrolDevice(api, "two")];
  const nobody = "dev_00000000000000000000000000";
  const body = { step: "quarantine", devices: [...ids, nobody, ids[0]] };
  const { body: answer } = await api.ask("POST", "/devices/steps", { body });
  expect(answer["items"]).toMatchObject([
    { name: "one", status: "quarantined", problem: null },
    { name: "two", status: "quarantined", problem: null },
    { device: nobody, problem: { code: "SP-702" } },
  ]);
  const audit = await api.ask("GET", "/audit?search=device%20quarantine");
  expect(audit.body["items"]).toHaveLength(2);
  // What opens again is for one at a time.
  const release = { step: "release", devices: ids };
  expect((await api.ask("POST", "/devices/steps", { body: release })).status).toBe(400);
});

test("documents are judged while they are written: errors with places, doubts, own tests", async () => {
  const check = (text: string) =>
    api.ask("POST", "/policies/check", { body: { files: [{ file: "p.yaml", text }] } });
  const rule = (when: string) => `apiVersion: sallyport/v1
policies:
  - id: staff-wiki
    effect: allow
    subjects: {groups: [staff]}
    resources: {names: [wiki]}
    when: {${when}}
    tests:
      - {expect: allow}
      - {given: {firewall.enabled: false}, expect: allow}
`;
  expect((await check(rule("firewal.enabled: {is: true}"))).body).toMatchObject({
    ok: false,
    errors: [{ file: "p.yaml", line: 7, hint: "firewall.enabled" }],
    tests: [],
  });
  const judged = await check(rule("firewall.enabled: {is: true}"));
  expect(judged.body).toMatchObject({
    ok: false,
    errors: [],
    tests: [
      { policy: "staff-wiki", line: 9, passed: true },
      { policy: "staff-wiki", line: 10, passed: false, why: expect.any(String) },
    ],
  });
  expect((await api.ask("GET", "/policies/status")).body).toMatchObject({ version: null });
});

test("how long things are kept is changed over what was read, and told in the audit", async () => {
  const { body } = await api.ask("GET", "/settings");
  expect(body).toMatchObject({ retention: { eventDays: 30, otherDays: 400 } });
  const change = { body: { retention: { eventDays: 90, otherDays: 800 } } };
  expect((await api.ask("PATCH", "/settings", change)).status).toBe(428);
  const over = { ...change, headers: { ...api.asRoot, "if-match": '"0"' } };
  expect((await api.ask("PATCH", "/settings", over)).status).toBe(412);
  const done = await api.ask("PATCH", "/settings", { ...change, headers: api.asRootOver });
  expect(done).toMatchObject({ status: 200, body: { retention: { eventDays: 90 } } });
  const audit = await api.ask("GET", "/audit?search=settings");
  const before = { eventDays: 30, otherDays: 400 };
  const after = { eventDays: 90, otherDays: 800 };
  expect(audit.body["items"]).toMatchObject([{ body: { before, after } }]);
});

async function tagOf(path: string): Promise<string> {
  const { headers } = await fetch(`${api.url}${path}`, { headers: api.asRoot });
  return headers.get("etag") ?? "";
}

const resourceAt = (port: number) => ({
  files: [
    {
      file: "r.yaml",
      text: `apiVersion: sallyport/v1
resources:
  - {name: wiki, site: hq, targets: [{cidr: 10.50.0.10/32, proto: tcp, ports: [${port}]}]}
`,
    },
  ],
});
const watched = (signal: string) => ({
  reason: "try",
  files: [
    {
      file: "p.yaml",
      text: `apiVersion: sallyport/v1
policies:
  - {id: a, effect: allow, subjects: {groups: [staff]}, resources: {names: [wiki]}, when: {${signal}: {is: true}}}
`,
    },
  ],
});

test("resources that are there as they shall be are not written again", async () => {
  const entries = async () =>
    ((await api.ask("GET", "/audit?search=resource%20apply")).body["items"] as object[]).length;
  await api.ask("POST", "/resources", { body: resourceAt(80) });
  const before = await entries();
  const again = await api.ask("POST", "/resources", { body: resourceAt(80) });
  expect(again).toMatchObject({ status: 200, body: { items: [{ name: "wiki" }] } });
  expect(await entries()).toBe(before);
  await api.ask("POST", "/resources", { body: resourceAt(81) });
  expect(await entries()).toBe(before + 1);
});

test("of changes at once over the same that was read one is done (lost update)", async () => {
  await api.ask("PUT", "/sites/hq", { body: {} });
  await api.ask("POST", "/resources", { body: resourceAt(80) });
  await api.ask("PUT", "/policies/shadow", { body: watched("firewall.enabled") });
  const token = { name: "ana", role: "approver", validForSeconds: 60 };
  await api.ask("POST", "/tokens", { body: token });
  const days = (otherDays: number) => ({ retention: { eventDays: 60, otherDays } });
  const changes: readonly (readonly [string, string, readonly object[]])[] = [
    ["PATCH", "/settings", [401, 402, 403].map(days)],
    ["POST", "/resources", [81, 82, 83].map(resourceAt)],
    ["PUT", "/policies/shadow", ["disk.encrypted", "edr.running"].map(watched)],
    ["PUT", "/policies/rules", [{ secondApprover: true }, { secondApprover: true }]],
  ];
  for (const [method, path, bodies] of changes) {
    const headers = { ...api.asRoot, "if-match": await tagOf(path) };
    const all = await Promise.all(bodies.map((body) => api.ask(method, path, { body, headers })));
    const statuses = all.map(({ status }) => status).toSorted();
    expect({ path, statuses }).toEqual({
      path,
      statuses: bodies.map((_, place) => (place === 0 ? 200 : 412)),
    });
  }
});

test("a set that is watched is replaced over what was read alone", async () => {
  const first = watched("firewall.enabled");
  expect((await api.ask("PUT", "/policies/shadow", { body: first })).status).toBe(200);
  const next = { body: watched("disk.encrypted") };
  expect((await api.ask("PUT", "/policies/shadow", next)).status).toBe(428);
  const over = { ...next, headers: { ...api.asRoot, "if-match": '"another"' } };
  expect((await api.ask("PUT", "/policies/shadow", over)).status).toBe(412);
  const done = await api.ask("PUT", "/policies/shadow", { ...next, headers: api.asRootOver });
  expect(done.status).toBe(200);
});

test("each path has one contract, the one of its own words first", () => {
  for (const route of Object.keys(apiContract)) {
    const [method = "", path = ""] = route.split(" ");
    const found = contractOf(method, path.replace(/:\w+/g, "x"));
    expect({ route, summary: found?.summary }).toEqual({
      route,
      summary: apiContract[route as keyof typeof apiContract].summary,
    });
  }
});
