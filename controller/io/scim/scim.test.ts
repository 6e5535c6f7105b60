import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";

let api: AdminApiUnderTest;
let asDirectory: Readonly<Record<string, string>>;

beforeEach(async () => {
  api = await openAdminApi();
  const body = { name: "directory", role: "provisioner", validForSeconds: 3_600 };
  const made = await api.ask("POST", "/tokens", { body });
  asDirectory = { authorization: `Bearer ${String(made.body["token"])}` };
});
afterEach(() => api.close());

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

async function scim(
  method: string,
  path: string,
  body?: object,
  headers = asDirectory,
): Promise<Answer> {
  const sent = { ...headers, "content-type": "application/scim+json" };
  const init = body === undefined ? { headers } : { headers: sent, body: JSON.stringify(body) };
  const url = `${api.url.replace("/api/v1", "/scim/v2")}${path}`;
  const response = await fetch(url, { method, ...init });
  const text = await response.text();
  const type = response.headers.get("content-type");
  return {
    status: response.status,
    type,
    body: text === "" ? {} : (JSON.parse(text) as object as Answer["body"]),
  };
}

const patchOf = (...operations: readonly object[]) => ({
  schemas: ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
  Operations: operations,
});
const mara = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  externalId: "ext-1",
  userName: "mara@example.com",
  name: { givenName: "Mara", familyName: "Lind" },
  emails: [{ value: "mara@example.com", primary: true }],
};
const idOf = ({ body }: Answer) => String(body["id"]);

test("a person is made, found by name and externalId, replaced and removed", async () => {
  const made = await scim("POST", "/Users", mara);
  expect(made).toMatchObject({
    status: 201,
    type: expect.stringContaining("application/scim+json"),
    body: { userName: "mara@example.com", displayName: "Mara Lind", active: true },
  });
  for (const filter of ['userName eq "mara@example.com"', 'externalId eq "ext-1"']) {
    const found = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
    expect(found.body).toMatchObject({ totalResults: 1, Resources: [{ id: idOf(made) }] });
  }
  const renamed = await scim("PUT", `/Users/${idOf(made)}`, { ...mara, userName: "mara.lind" });
  expect(renamed.body).toMatchObject({ id: idOf(made), userName: "mara.lind" });
  expect((await scim("POST", "/Users", mara)).body).toMatchObject({
    status: "409",
    scimType: "uniqueness",
  });
  expect((await scim("DELETE", `/Users/${idOf(made)}`)).status).toBe(204);
  expect((await scim("GET", `/Users/${idOf(made)}`)).status).toBe(404);
  expect(api.control.changes).toContainEqual({ kind: "user", id: idOf(made), record: null });
});

test.each([
  ["a word", { op: "Replace", path: "active", value: "False" }],
  ["no path", { op: "replace", value: { active: false } }],
])("whoever is deactivated is so at once, told by %s", async (_name, operation) => {
  const id = idOf(await scim("POST", "/Users", mara));
  const answer = await scim("PATCH", `/Users/${id}`, patchOf(operation));
  expect(answer.body).toMatchObject({ active: false, userName: "mara@example.com" });
  expect(api.control.changes.at(-1)).toMatchObject({ kind: "user", id, record: { active: false } });
});

test("groups have members, of whom some come and go; a rename is the same group", async () => {
  const [one, two] = [
    idOf(await scim("POST", "/Users", mara)),
    idOf(await scim("POST", "/Users", { userName: "kim@example.com" })),
  ];
  const made = await scim("POST", "/Groups", { displayName: "eng", members: [{ value: one }] });
  const id = idOf(made);
  const step = (...operations: readonly object[]) =>
    scim("PATCH", `/Groups/${id}`, patchOf(...operations));
  expect((await step({ op: "Add", path: "members", value: [{ value: two }] })).body).toMatchObject({
    members: expect.arrayContaining([{ value: one }, { value: two }]),
  });
  const without = await step(
    { op: "Remove", path: `members[value eq "${one}"]` },
    { op: "replace", value: { displayName: "engineers" } },
  );
  expect(without.body).toMatchObject({ id, displayName: "engineers", members: [{ value: two }] });
  const groupsOf = (user: string) =>
    api.control.changes.findLast((change) => change.kind === "user" && change.id === user);
  expect(groupsOf(one)).toMatchObject({ record: { groups: [] } });
  expect(groupsOf(two)).toMatchObject({ record: { groups: ["engineers"] } });
  expect((await scim("DELETE", `/Groups/${id}`)).status).toBe(204);
  expect(groupsOf(two)).toMatchObject({ record: { groups: [] } });
});

test("lists come in pages that say how many there are", async () => {
  for (const name of ["a", "b", "c"]) await scim("POST", "/Users", { userName: name });
  const page = await scim("GET", "/Users?startIndex=3&count=2");
  expect(page.body).toMatchObject({ totalResults: 3, startIndex: 3, itemsPerPage: 1 });
  const config = await scim("GET", "/ServiceProviderConfig");
  expect(config.body).toMatchObject({ patch: { supported: true }, bulk: { supported: false } });
});

test("a token for SCIM opens nothing else, and no other token opens SCIM", async () => {
  for (const path of ["/devices", "/users", "/tokens", "/audit", "/session"]) {
    expect((await api.ask("GET", path, { headers: asDirectory })).status, path).toBe(403);
  }
  expect((await scim("GET", "/Users", undefined, api.asRoot)).status).toBe(403);
  expect((await scim("GET", "/Users", undefined, {})).status).toBe(401);
  expect((await scim("GET", "/nothing", undefined, {})).status).toBe(401);
});

test.each<readonly [string, string, string, object]>([
  [
    "a member that nobody knows",
    "POST",
    "/Groups",
    { displayName: "g", members: [{ value: "usr_x" }] },
  ],
  ["a name that is none", "POST", "/Users", { userName: "" }],
  ["changes without an object", "PATCH", "/Users/x", patchOf({ op: "add", value: "x" })],
  ["an operator that does not exist", "PATCH", "/Users/x", patchOf({ op: "move" })],
])("%s is refused without a trace", async (_name, method, path, body) => {
  const answer = await scim(method, path, body);
  expect([400, 404]).toContain(answer.status);
  expect(answer.body).toMatchObject({ schemas: ["urn:ietf:params:scim:api:messages:2.0:Error"] });
  expect(api.control.changes).toEqual([]);
});

test("a filter is one equality; what else it could mean is refused", async () => {
  for (const filter of ['userName sw "m"', 'userName eq "a" or id eq "b"', 'password eq "x"']) {
    const answer = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
    expect(answer.status, filter).toBe(400);
  }
});
