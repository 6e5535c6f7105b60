import { afterEach, beforeEach, expect, test } from "vitest";
import {
  idOf,
  openDirectory,
  patchOf,
  type ScimDirectory,
} from "../../../test/fakes/scim-directory.ts";

let directory: ScimDirectory;
let api: ScimDirectory["api"];
let scim: ScimDirectory["scim"];

beforeEach(async () => {
  directory = await openDirectory();
  ({ api, scim } = directory);
});
afterEach(() => api.close());

const mara = {
  schemas: ["urn:ietf:params:scim:schemas:core:2.0:User"],
  externalId: "ext-1",
  userName: "mara@example.com",
  name: { givenName: "Mara", familyName: "Lind" },
  emails: [{ value: "mara@example.com", primary: true }],
};

test("a person is made, found by name and externalId, replaced and removed", async () => {
  const made = await scim("POST", "/Users", mara);
  expect(made).toMatchObject({
    status: 201,
    body: { userName: "mara@example.com", displayName: "Mara Lind", active: true },
  });
  expect(made.headers.get("content-type")).toContain("application/scim+json");
  const location = new URL(made.headers.get("location") ?? "").pathname;
  expect(location).toBe(`/scim/v2/Users/${idOf(made)}`);
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

test("whoever comes back has none of the sessions of before", async () => {
  const id = idOf(await scim("POST", "/Users", mara));
  const at = 1_800_000_000_000;
  const hash = "c".repeat(64);
  const known = { issuer: "https://idp.example.test", subject: "sub-1", externalId: "ext-1" };
  const person = { ...known, name: mara.userName, displayName: "Mara", email: null, groups: [] };
  const session = { hash, id: "ses_1", expiresAt: at + 1_000, at };
  const order = { ...session, person, role: "viewer", admitUnknown: false } as const;
  expect(await api.store.write("session.open_person", order)).toBe("opened");
  const live = () => api.store.read("session.live", { hash, nowAt: at });
  expect(await live()).toMatchObject({ id: "ses_1" });
  for (const active of [false, true]) {
    await scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", value: { active } }));
    expect(await live(), `active: ${active}`).toBeNull();
  }
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
});

test("a token for SCIM opens nothing else, and no other token opens SCIM", async () => {
  for (const path of ["/devices", "/users", "/tokens", "/audit", "/session"]) {
    expect((await api.ask("GET", path, { headers: directory.asDirectory })).status, path).toBe(403);
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

test.each([
  'userName sw "m"',
  'userName eq "a" or id eq "b"',
  'userName eq "a" and userName sw "b"',
  'not (userName eq "a")',
  'password eq "x"',
  'constructor eq "x"',
  'userName eq "a" id eq "b"',
  ["userName", "id", "externalId", "userName", "id"].map((name) => `${name} eq "a"`).join(" and "),
])("a filter is made of equalities; %s is refused", async (filter) => {
  const answer = await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`);
  expect(answer).toMatchObject({ status: 400, body: { scimType: "invalidFilter" } });
});

test("all equalities of a filter hold at once", async () => {
  const id = idOf(await scim("POST", "/Users", mara));
  const totalOf = async (filter: string) =>
    (await scim("GET", `/Users?filter=${encodeURIComponent(filter)}`)).body["totalResults"];
  expect(await totalOf(`id eq "${id}" and userName eq "mara@example.com"`)).toBe(1);
  expect(await totalOf(`id eq "${id}" AND userName eq "kim@example.com"`)).toBe(0);
  const group = { displayName: "sales and marketing eq", members: [] };
  await scim("POST", "/Groups", group);
  const named = encodeURIComponent('displayName eq "sales and marketing eq"');
  expect((await scim("GET", `/Groups?filter=${named}`)).body).toMatchObject({ totalResults: 1 });
});

test("who stays in a group is not told anew when others come and go", async () => {
  const [one, two] = [
    idOf(await scim("POST", "/Users", mara)),
    idOf(await scim("POST", "/Users", { userName: "kim@example.com" })),
  ];
  const made = await scim("POST", "/Groups", { displayName: "eng", members: [{ value: one }] });
  const told = api.control.changes.length;
  const coming = { op: "add", path: "members", value: [{ value: two }] };
  await scim("PATCH", `/Groups/${idOf(made)}`, patchOf(coming));
  expect(api.control.changes.slice(told)).toMatchObject([{ kind: "user", id: two }]);
});

test("the service says what it is: RFC 7644 §4", async () => {
  const config = await scim("GET", "/ServiceProviderConfig");
  expect(config.body).toMatchObject({ patch: { supported: true }, bulk: { supported: false } });
  const lists = { "/ResourceTypes": ["User", "Group"], "/Schemas": ["User", "Group"] };
  for (const [path, names] of Object.entries(lists)) {
    const list = await scim("GET", path);
    expect(list.body).toMatchObject({
      totalResults: 2,
      Resources: names.map((name) => ({ name })),
    });
    for (const { id, meta } of list.body["Resources"] as {
      id: string;
      meta: { location: string };
    }[]) {
      const one = await scim("GET", `${path}/${id}`);
      expect(one.body).toMatchObject({ id, meta: { location: meta.location } });
      expect(decodeURIComponent(new URL(meta.location).pathname)).toBe(`/scim/v2${path}/${id}`);
    }
    expect((await scim("GET", `${path}/none`)).status).toBe(404);
  }
});

test("each attribute that a schema names is kept, and no other", async () => {
  const attributesOf = async (name: string) => {
    const schema = await scim("GET", `/Schemas/urn:ietf:params:scim:schemas:core:2.0:${name}`);
    return (schema.body["attributes"] as { name: string }[]).map((one) => one.name);
  };
  const user = await scim("POST", "/Users", { ...mara, nickName: "M", title: "Dr" });
  const common = ["schemas", "id", "meta"];
  expect(Object.keys(user.body).sort()).toEqual(
    [...common, ...(await attributesOf("User"))].sort(),
  );
  const group = { displayName: "eng", externalId: "g-1", members: [{ value: idOf(user) }] };
  const made = await scim("POST", "/Groups", group);
  expect(Object.keys(made.body).sort()).toEqual(
    [...common, ...(await attributesOf("Group"))].sort(),
  );
});

test("changes that come at once undo none of each other (lost update)", async () => {
  const people = ["a", "b", "c", "d", "e", "f"];
  const ids = await Promise.all(
    people.map(async (userName) => idOf(await scim("POST", "/Users", { userName }))),
  );
  const [gone = "", ...come] = ids;
  const made = await scim("POST", "/Groups", { displayName: "eng", members: [{ value: gone }] });
  const path = `/Groups/${idOf(made)}`;
  await Promise.all([
    scim("PATCH", path, patchOf({ op: "remove", path: `members[value eq "${gone}"]` })),
    ...come.map((value) =>
      scim("PATCH", path, patchOf({ op: "add", path: "members", value: [{ value }] })),
    ),
  ]);
  const { body } = await scim("GET", path);
  const members = (body["members"] as { value: string }[]).map(({ value }) => value);
  expect(members.toSorted()).toEqual(come.toSorted());
  const user = `/Users/${come[0] ?? ""}`;
  await Promise.all([
    ...people.map((displayName) =>
      scim("PATCH", user, patchOf({ op: "replace", path: "displayName", value: displayName })),
    ),
    scim("PATCH", user, patchOf({ op: "replace", path: "active", value: false })),
    ...people.map((displayName) =>
      scim("PATCH", user, patchOf({ op: "replace", path: "displayName", value: displayName })),
    ),
  ]);
  expect((await scim("GET", user)).body).toMatchObject({ active: false });
});

test("whom the help desk deactivated stays so, whatever the directory says again", async () => {
  const id = idOf(await scim("POST", "/Users", mara));
  const isActive = async () => (await scim("GET", `/Users/${id}`)).body["active"];
  expect((await api.ask("POST", `/users/${id}/deactivate`)).status).toBe(200);
  await scim("PUT", `/Users/${id}`, { ...mara, displayName: "Mara L.", active: true });
  await scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", path: "displayName", value: "M" }));
  for (const value of [true, false, true]) {
    await scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", path: "active", value }));
    expect(await isActive()).toBe(false);
  }
  expect((await api.ask("POST", `/users/${id}/activate`)).status).toBe(200);
  expect(await isActive()).toBe(true);
});

test("whom the directory deactivated comes back by its word, and goes again by it", async () => {
  const id = idOf(await scim("POST", "/Users", mara));
  const say = async (active: boolean) => {
    const answer = await scim("PUT", `/Users/${id}`, { ...mara, active });
    return answer.body["active"];
  };
  expect([await say(false), await say(true), await say(false)]).toEqual([false, true, false]);
  await api.ask("POST", `/users/${id}/activate`);
  expect(await say(false)).toBe(false);
  await api.ask("POST", `/users/${id}/deactivate`);
  expect(await say(true)).toBe(false);
});
