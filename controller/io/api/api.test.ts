import { afterEach, beforeEach, expect, test } from "vitest";
import {
  type AdminApiUnderTest,
  type ApiAnswer,
  openAdminApi,
} from "../../../test/fakes/admin-api.ts";
import { enrolDevice } from "../../../test/fakes/enrolled-device.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

function ask(method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return api.ask(method, path, { body });
}

const joinDevice = (usesMax = 1) => enrolDevice(api, "laptop", usesMax);

const resource = (text: string) => ({ files: [{ file: "r.yaml", text }] });
const wiki = `apiVersion: sallyport/v1
resources:
  - name: wiki
    site: hq
    targets: [{ cidr: 10.50.0.10/32, proto: tcp, ports: ["8080"] }]
`;

test("without a token, with a wrong one, and from a web page nothing is answered", async () => {
  expect(await api.ask("GET", "/devices", { headers: {} })).toMatchObject({
    status: 401,
    body: { code: "SP-701", type: "urn:sallyport:not-signed-in" },
  });
  const wrong = { authorization: `Bearer sallyport_pat_${"x".repeat(43)}` };
  expect((await api.ask("GET", "/devices", { headers: wrong })).status).toBe(401);
  const page = { ...wrong, origin: "http://127.0.0.1" };
  expect((await api.ask("GET", "/devices", { headers: page })).status).toBe(400);
});

test("guessing tokens is slowed down, with a time to try again", async () => {
  const answers = await Promise.all(
    Array.from({ length: 14 }, () => api.ask("GET", "/devices", { headers: {} })),
  );
  expect(answers.map((answer) => answer.status)).toContain(429);
  expect((await ask("GET", "/devices")).status).toBe(200);
});

test("an enrolment key is shown once, listed without its secret, and revoked", async () => {
  const made = await ask("POST", "/enrol-keys", { name: "laptops", groups: ["staff"] });
  expect(made).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^sp1_/) } });
  const list = await ask("GET", "/enrol-keys");
  expect(JSON.stringify(list.body)).not.toContain("sp1_");
  expect(list.body).toMatchObject({ items: [{ name: "laptops", state: "open", uses: 0 }] });
  expect((await ask("POST", "/enrol-keys/laptops/revoke")).status).toBe(200);
  expect(await ask("POST", "/enrol-keys/laptops/revoke")).toMatchObject({ status: 404 });
});

test("of enrolment keys of one name the open one is meant, and never one of several", async () => {
  const make = async () => String((await ask("POST", "/enrol-keys", { name: "k" })).body["id"]);
  const older = await make();
  const newer = await make();
  expect(await ask("POST", "/enrol-keys/k/revoke")).toMatchObject({ status: 409 });
  expect((await ask("POST", `/enrol-keys/${newer}/revoke`)).status).toBe(200);
  expect((await ask("POST", "/enrol-keys/k/revoke")).body).toMatchObject({ id: older });
});

test("people are turned page by page behind the longest name that a directory gives", async () => {
  expect((await ask("GET", `/users?after=${"x".repeat(255)}`)).status).toBe(200);
});

test.each([
  ["many uses", { usesMax: 2 }],
  ["no site", { site: undefined }],
  ["more than an hour", { validForSeconds: 3601 }],
  ["no approval", { approval: "auto" }],
  ["an unknown member", { secret: "x" }],
])("a gateway's key with %s is refused", async (_name, change) => {
  await ask("PUT", "/sites/hq", {});
  const key = { name: "gw", role: "gateway", site: "hq", ...change };
  expect(await ask("POST", "/enrol-keys", key)).toMatchObject({
    status: 400,
    body: { code: "SP-703" },
  });
});

test("on a full disk what closes reaches the core all the same, what opens does not", async () => {
  const id = await joinDevice(2);
  api.diskFull = true;
  expect(await ask("POST", `/identities/${id}/approve`)).toMatchObject({
    status: 507,
    body: { code: "SP-404" },
  });
  expect(api.control.changes).toEqual([]);
  expect(await ask("POST", `/identities/${id}/revoke`)).toMatchObject({ status: 507 });
  expect(api.control.changes).toMatchObject([
    { kind: "device", record: { id, status: "revoked" } },
  ]);
});

test("a quarantine is told to the core and its release leads back", async () => {
  const id = await joinDevice(2);
  expect(await ask("POST", `/identities/laptop/quarantine`)).toMatchObject({
    body: { id, status: "quarantined" },
  });
  expect(api.control.changes.map((change) => change.kind)).toEqual(["device", "device"]);
  expect(await ask("POST", `/identities/${id}/release`)).toMatchObject({
    body: { status: "unattested" },
  });
  expect(await ask("POST", `/identities/${id}/release`)).toMatchObject({ status: 409 });
  expect(await ask("POST", "/identities/nobody/revoke")).toMatchObject({ status: 404 });
});

test("resources need their site, keep one owner per target, and may be known by name", async () => {
  expect(await ask("POST", "/resources", resource(wiki))).toMatchObject({ status: 404 });
  await ask("PUT", "/sites/hq", { forwarding: "snat" });
  expect(await ask("POST", "/resources", resource(wiki))).toMatchObject({
    status: 200,
    body: { items: [{ name: "wiki", site: "hq", protected: true }] },
  });
  const twin = await ask("POST", "/resources", resource(wiki.replace("wiki", "twin")));
  expect(twin).toMatchObject({ status: 422, body: { code: "SP-610" } });
  await ask("PUT", "/sites/branch", { forwarding: "snat" });
  const elsewhere = wiki.replace("wiki", "ssh").replace("hq", "branch").replace("8080", "22");
  expect(await ask("POST", "/resources", resource(elsewhere))).toMatchObject({
    body: { code: "SP-610", detail: expect.stringContaining("10.50.0.10/32` at another site") },
  });
  const domain = wiki.replace("cidr: 10.50.0.10/32", "domain: wiki.corp.example");
  expect(await ask("POST", "/resources", resource(domain))).toMatchObject({
    body: { code: "SP-601", detail: expect.stringContaining("has no `resolvers`") },
  });
  const named = { forwarding: "snat", resolvers: ["10.50.0.53"] };
  await api.ask("PUT", "/sites/hq", { headers: api.asRootOver, body: named });
  expect(await ask("POST", "/resources", resource(domain))).toMatchObject({
    status: 200,
    body: { items: [{ name: "wiki", targets: [{ domain: "wiki.corp.example" }] }] },
  });
  // Devices find the controller by ctl.example, and would ask nobody outside for it any more.
  for (const shadow of ["ctl.example", '"*.ctl.example"']) {
    const text = domain.replace("wiki.corp.example", shadow).replace("wiki", "shadow");
    expect(await ask("POST", "/resources", resource(text))).toMatchObject({
      status: 422,
      body: { code: "SP-611", detail: expect.stringContaining("holds `ctl.example`") },
    });
  }
  // Said before anything is applied, with its place.
  const files = [{ file: "a.yaml", text: domain.replace("wiki.corp.example", "ctl.example") }];
  for (const [path, body] of [
    ["/policies/plan", { files }],
    ["/policies/diff", { files }],
    ["/policies/simulate", { files }],
    ["/resources?dryRun=true", { files }],
  ] as const) {
    const { status, body: said } = await ask("POST", path, body);
    expect({ path, status, code: said["code"] }).toEqual({ path, status: 422, code: "SP-611" });
  }
  expect(await ask("POST", "/policies/check", { files })).toMatchObject({
    body: { ok: false, errors: [{ file: "a.yaml", code: "SP-611" }] },
  });
  const inside = wiki.replace("10.50.0.10/32", "100.96.7.0/24").replace("wiki", "inside");
  expect(await ask("POST", "/resources", resource(inside))).toMatchObject({
    body: { code: "SP-601", detail: expect.stringContaining("touches the tunnel addresses") },
  });
});

const rules = (name: string) => `apiVersion: sallyport/v1
policies:
  - id: staff-wiki
    effect: allow
    subjects: { groups: [staff] }
    resources: { names: [${name}] }
`;

test("a policy set is all or nothing, says every error with its place, and is told to the core", async () => {
  await ask("PUT", "/sites/hq", {});
  await ask("POST", "/resources", resource(wiki));
  const bad = await ask("POST", "/policies", resource(rules("wikki")));
  expect(bad).toMatchObject({ status: 422, body: { code: "SP-604" } });
  expect(JSON.stringify(bad.body["errors"])).toContain("did you mean `wiki`");
  const applied = await ask("POST", "/policies", resource(rules("wiki")));
  expect(applied).toMatchObject({ status: 200, body: { changed: true, policies: ["staff-wiki"] } });
  expect(api.control.changes.at(-1)).toMatchObject({ kind: "policy" });
  const again = await ask("POST", "/policies", resource(`# moved\n${rules("wiki")}`));
  expect(again.body).toMatchObject({ changed: false, version: applied.body["version"] });
});

test("a method that an address does not take is refused with those that it takes", async () => {
  for (const [method, path, allow] of [
    ["DELETE", "/api/v1/devices", "GET, HEAD"],
    ["PUT", "/api/v1/devices/x?y=1", "GET, HEAD, PATCH"],
    ["GET", "/api/v1/keys/rotate", "POST"],
  ]) {
    const init = { method: method ?? "", headers: api.asRoot };
    const response = await fetch(`${new URL(api.url).origin}${path}`, init);
    const { code, detail } = (await response.json()) as { code: string; detail: string };
    expect({ path, status: response.status, code }).toEqual({ path, status: 405, code: "SP-714" });
    expect(response.headers.get("allow")).toBe(allow);
    expect(detail).toContain(allow);
  }
});

test("a body of a type that nobody reads is refused as such, to administrators and directories", async () => {
  const role = { name: "scim", role: "provisioner", validForSeconds: 60 };
  const made = await ask("POST", "/tokens", role);
  const { origin } = new URL(api.url);
  for (const [url, authorization] of [
    [`${api.url}/tokens`, api.asRoot["authorization"]],
    [`${origin}/scim/v2/Users`, `Bearer ${String(made.body["token"])}`],
  ] as const) {
    const headers = { authorization: authorization ?? "", "content-type": "application/xml" };
    const response = await fetch(url, { method: "POST", headers, body: "<a/>" });
    expect({ url, status: response.status }).toEqual({ url, status: 415 });
    expect(await response.text()).toContain("application/xml");
  }
});

test("an unknown route, a broken body and a huge one are problems without stacks", async () => {
  expect(await ask("GET", "/nothing")).toMatchObject({ status: 404, body: { code: "SP-702" } });
  const made = await ask("POST", "/tokens", { name: "t", role: "admin", validForSeconds: 60 });
  const authorization = `Bearer ${String(made.body["token"])}`;
  const response = await fetch(`${api.url}/enrol-keys`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body: "{",
  });
  expect(response.headers.get("content-type")).toContain("application/problem+json");
  expect(await response.text()).not.toMatch(/\.ts|node_modules/);
  const huge = await ask("POST", "/policies", resource("x".repeat(2 * 1024 * 1024)));
  expect(huge).toMatchObject({ status: 422, body: { code: "SP-607" } });
  const body = JSON.stringify(resource("x".repeat(10 * 1024 * 1024)));
  const refused = await fetch(`${api.url}/policies`, {
    method: "POST",
    headers: { authorization, "content-type": "application/json" },
    body,
  });
  expect(refused.status).toBe(413);
  expect(await refused.json()).toMatchObject({ code: "SP-641" });
});

test("an unknown reference is not found, however it is written", async () => {
  expect(await ask("GET", "/decisions/7qk2m4xe")).toMatchObject({ status: 404 });
  expect(await ask("GET", "/decisions")).toMatchObject({ status: 200, body: { items: [] } });
});

test("the audit log is read newest first, page by page, and searched", async () => {
  for (const name of ["a", "b", "c"]) await ask("PUT", `/sites/${name}`, {});
  const first = await ask("GET", "/audit?limit=2");
  expect(first.body["items"]).toMatchObject([
    { action: "site apply", actor: "admin:root token:root", body: { after: { name: "c" } } },
    { action: "site apply", body: { before: null, after: { name: "b" } } },
  ]);
  const second = await ask("GET", `/audit?limit=2&after=${String(first.body["nextAfter"])}`);
  expect(second.body).toMatchObject({ items: [{ body: { after: { name: "a" } } }, {}] });
  expect(first.body["items"]).toMatchObject([{ subjectName: "c" }, { subjectName: "b" }]);
  expect((await ask("GET", "/audit?search=100%25")).body["items"]).toEqual([]);
  expect((await ask("GET", "/audit?search=INIT")).body["items"]).toMatchObject([{ actor: "init" }]);
});

test("devices are found by what people call them, and by how they stand", async () => {
  const id = await joinDevice(2);
  const idsOf = async (query: string) =>
    ((await ask("GET", `/devices?${query}`)).body["items"] as { id: string }[]).map(
      (one) => one.id,
    );
  expect(await idsOf("search=APT")).toEqual([id]);
  expect(await idsOf("search=100.96.")).toEqual([id]);
  expect(await idsOf("search=%25nobody")).toEqual([]);
  expect(await idsOf("status=unattested")).toEqual([id]);
  expect(await idsOf("status=active")).toEqual([]);
});

test("the overview counts what waits", async () => {
  await ask("POST", "/enrol-keys", { name: "soon" });
  expect(await ask("GET", "/overview")).toMatchObject({
    status: 200,
    body: { cutoff: null, policyVersion: null, expiringKeys: [{ name: "soon" }] },
  });
});

test("a change of what changed meanwhile is refused, also in a race (lost update)", async () => {
  const tag = async () =>
    (await fetch(`${api.url}/sites/hq`, { headers: api.asRoot })).headers.get("etag");
  await ask("PUT", "/sites/hq", {});
  expect(await tag()).toBe('"1"');
  expect(await api.ask("PUT", "/sites/hq", { body: {} })).toMatchObject({
    status: 428,
    body: { code: "SP-713" },
  });
  const put = (match: string) =>
    api.ask("PUT", "/sites/hq", { body: {}, headers: { ...api.asRoot, "if-match": match } });
  const race = await Promise.all([put('"1"'), put('"1"'), put('"1"')]);
  expect(race.map(({ status }) => status).sort()).toEqual([200, 412, 412]);
  expect(await tag()).toBe('"2"');
  expect(await put('"1"')).toMatchObject({ status: 412, body: { code: "SP-711" } });
  expect((await put("*")).status).toBe(200);
  expect(await put("W/1")).toMatchObject({ status: 400 });
  const id = await joinDevice(2);
  const change = { body: { tags: ["a"] }, headers: { ...api.asRoot, "if-match": '"7"' } };
  expect((await api.ask("PATCH", `/devices/${id}`, change)).status).toBe(412);
  const blind = await api.ask("PATCH", `/devices/${id}`, { body: { tags: ["a"] } });
  expect(blind).toMatchObject({ status: 428, body: { code: "SP-713" } });
});

test("each answer says how much more one may ask", async () => {
  const { headers } = await fetch(`${api.url}/sites`, { headers: api.asRoot });
  expect(headers.get("ratelimit-policy")).toBe('"default";q=200;w=2');
  expect(headers.get("ratelimit")).toMatch(/^"default";r=\d{1,3};t=\d$/);
});

test("a dry run of resources answers what would be, refuses what it would, and changes nothing", async () => {
  await ask("PUT", "/sites/hq", {});
  const dry = await ask("POST", "/resources?dryRun=true", resource(wiki));
  expect(dry).toMatchObject({ status: 200, body: { items: [{ name: "wiki", site: "hq" }] } });
  expect((await ask("GET", "/resources")).body).toEqual({ items: [] });
  const away = wiki.replace("site: hq", "site: nowhere");
  expect((await ask("POST", "/resources?dryRun=true", resource(away))).status).toBe(404);
});

test("a dry run refuses what has no room beside what is there, as the apply would", async () => {
  for (const site of ["hq", "branch"]) await ask("PUT", `/sites/${site}`, {});
  expect((await ask("POST", "/resources", resource(wiki))).status).toBe(200);
  const targets = (first: number) =>
    Array.from({ length: 60 }, (_, last) => `{cidr: 10.9.${first}.${last}/32, proto: any}`);
  const rows = Array.from(
    { length: 13 },
    (_, first) => `  - {name: r${first}, site: hq, targets: [${targets(first).join(", ")}]}`,
  );
  const orders = [
    ["SP-610", wiki.replace("wiki", "ssh").replace("hq", "branch").replace("8080", "22")],
    ["SP-413", `apiVersion: sallyport/v1\nresources:\n${rows.join("\n")}\n`],
  ] as const;
  for (const [code, text] of orders) {
    const dry = await ask("POST", "/resources?dryRun=true", resource(text));
    expect(dry.body["code"]).toBe(code);
    expect(await ask("POST", "/resources", resource(text))).toEqual(dry);
  }
  // What stands under the same name is replaced, not stood beside.
  const moved = resource(wiki.replace("hq", "branch"));
  expect(await ask("POST", "/resources?dryRun=true", moved)).toMatchObject({
    body: { items: [{ name: "wiki", site: "branch" }] },
  });
});

test("devices are found by any part of what people call them by, and by nothing else", async () => {
  const id = await joinDevice(9);
  const { body: shown } = await ask("GET", `/devices/${id}`);
  const found = async (search: string) => {
    const { body } = await ask("GET", `/devices?search=${encodeURIComponent(search)}`);
    return (body["items"] as { id: string }[]).map((one) => one.id);
  };
  const order = { headers: api.asRootOver, body: { owner: "mara@example.com" } };
  await api.ask("PATCH", `/devices/${id}`, order);
  for (const part of [String(shown["name"]), String(shown["address4"]), "ARA@exam", "ma"]) {
    expect({ part, found: await found(part) }).toEqual({ part, found: [id] });
  }
  for (const part of ["serviceAccount", "%a", '"', 'ra" OR "x', "*"]) {
    expect({ part, found: await found(part) }).toEqual({ part, found: [] });
  }
});
