// What Okta and Microsoft Entra send, in the very shapes that their documents show.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  idOf,
  openDirectory,
  patchOf,
  type ScimDirectory,
} from "../../../test/fakes/scim-directory.ts";

let api: ScimDirectory["api"];
let scim: ScimDirectory["scim"];

beforeEach(async () => {
  ({ api, scim } = await openDirectory());
});
afterEach(() => api.close());

const asked = (path: string, filter: string) =>
  scim("GET", `${path}?filter=${encodeURIComponent(filter)}&startIndex=1&count=100`);

const core = "urn:ietf:params:scim:schemas:core:2.0";
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

describe("Okta", () => {
  const user = {
    schemas: [`${core}:User`],
    userName: "test.user@okta.local",
    name: { givenName: "Test", familyName: "User" },
    emails: [{ primary: true, value: "test.user@okta.local", type: "work" }],
    displayName: "Test User",
    locale: "en-US",
    externalId: "00ujl29u0le5T6Aj10h7",
    groups: [],
    password: "1mz050nq",
    active: true,
  };
  const make = async () => idOf(await scim("POST", "/Users", user));

  test("looks for a person by userName before it makes one", async () => {
    const none = await asked("/Users", 'userName eq "test.user@okta.local"');
    expect(none).toMatchObject({
      status: 200,
      body: { totalResults: 0, startIndex: 1, itemsPerPage: 0, Resources: [] },
    });
    const id = await make();
    const one = await asked("/Users", 'userName eq "Test.User@okta.local"');
    expect(one.body).toMatchObject({ totalResults: 1, Resources: [{ id, active: true }] });
    expect((await scim("POST", "/Users", user)).status).toBe(409);
  });

  test("a password that it sends is neither kept nor answered", async () => {
    const made = await scim("POST", "/Users", user);
    expect(JSON.stringify(made.body)).not.toContain("1mz050nq");
    expect(JSON.stringify((await api.ask("GET", "/audit")).body)).not.toContain("1mz050nq");
  });

  test("deactivates by a replace without a path", async () => {
    const id = await make();
    const operation = { op: "replace", value: { active: false } };
    const answer = await scim("PATCH", `/Users/${id}`, patchOf(operation));
    expect(answer).toMatchObject({ status: 200, body: { id, active: false } });
    expect(api.control.changes.at(-1)).toMatchObject({ id, record: { active: false } });
  });

  test("updates a profile by a whole PUT with id and meta in it", async () => {
    const id = await make();
    const whole = {
      ...user,
      id,
      name: { givenName: "Another", middleName: "", familyName: "User" },
      displayName: "Another User",
      meta: { resourceType: "User" },
    };
    expect((await scim("PUT", `/Users/${id}`, whole)).body).toMatchObject({
      id,
      displayName: "Another User",
    });
  });

  test("pushes a group, its new name without a path, its members one by one and all at once", async () => {
    const member = await make();
    const made = await scim("POST", "/Groups", {
      schemas: [`${core}:Group`],
      displayName: "Test SCIMv2",
      members: [],
    });
    const id = idOf(made);
    const step = async (operation: object) =>
      (await scim("PATCH", `/Groups/${id}`, patchOf(operation))).body;
    expect(await step({ op: "replace", value: { id, displayName: "Test SCIMv20" } })).toMatchObject(
      {
        id,
        displayName: "Test SCIMv20",
      },
    );
    const one = [{ value: member, display: "test.user@okta.local" }];
    expect(await step({ op: "add", path: "members", value: one })).toMatchObject({
      members: [{ value: member }],
    });
    const gone = `members[value eq "${member}"]`;
    expect(await step({ op: "remove", path: gone })).toMatchObject({ members: [] });
    expect(await step({ op: "replace", path: "members", value: one })).toMatchObject({
      members: [{ value: member }],
    });
    const put = await scim("PUT", `/Groups/${id}`, { ...made.body, members: one });
    expect(put.body).toMatchObject({ displayName: "Test SCIMv2", members: [{ value: member }] });
    expect((await asked("/Groups", 'displayName eq "Test SCIMv2"')).body).toMatchObject({
      Resources: [{ id }],
    });
    expect((await scim("DELETE", `/Groups/${id}`)).status).toBe(204);
  });
});

describe("Entra", () => {
  const user = {
    schemas: [`${core}:User`, enterprise],
    externalId: "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    userName: "Test_User_ab6490ee-1e48-479e-a20b-2d77186b5dd1",
    active: true,
    emails: [{ primary: true, type: "work", value: "Test_User_fd0ea19b@testuser.com" }],
    meta: { resourceType: "User" },
    name: { formatted: "givenName familyName", familyName: "familyName", givenName: "givenName" },
    roles: [],
  };
  const make = async () => idOf(await scim("POST", "/Users", user));

  test("tests the connection by a person who is not there, and looks by externalId and address", async () => {
    const none = await asked("/Users", 'userName eq "non-existent user"');
    expect(none).toMatchObject({ status: 200, body: { totalResults: 0, Resources: [] } });
    const id = await make();
    for (const filter of [
      `externalId eq "${user.externalId}"`,
      'emails[type eq "work"].value eq "test_user_fd0ea19b@testuser.com"',
      `userName eq "${user.userName.toLowerCase()}"`,
    ]) {
      expect((await asked("/Users", filter)).body, filter).toMatchObject({ Resources: [{ id }] });
    }
  });

  test("changes single values by Replace with a capital and paths into values", async () => {
    const id = await make();
    const changed = await scim(
      "PATCH",
      `/Users/${id}`,
      patchOf(
        { op: "Replace", path: 'emails[type eq "work"].value', value: "updated@testuser.com" },
        { op: "Replace", path: "name.familyName", value: "updatedFamilyName" },
        { op: "Replace", path: "displayName", value: "Updated" },
        { op: "Add", path: `${enterprise}:department`, value: "Sales" },
        { op: "Add", path: "nickName", value: "Babs" },
      ),
    );
    expect(changed).toMatchObject({
      status: 200,
      body: { displayName: "Updated", emails: [{ value: "updated@testuser.com" }] },
    });
  });

  test("changes several values by one replace without a path whose keys hold dots", async () => {
    const id = await make();
    const value = {
      displayName: "Pvlo",
      'emails[type eq "work"].value': "testbcwqnm@test.microsoft.com",
      "name.givenName": "Gtfd",
      "name.familyName": "Pkqf",
      externalId: "Eqpj",
      active: "True",
      [`${enterprise}:employeeNumber`]: "Eqpj",
    };
    const changed = await scim("PATCH", `/Users/${id}`, patchOf({ op: "replace", value }));
    expect(changed.body).toMatchObject({
      displayName: "Pvlo",
      externalId: "Eqpj",
      emails: [{ value: "testbcwqnm@test.microsoft.com" }],
      active: true,
    });
  });

  test.each([
    ["the word False", "False"],
    ["a boolean", false],
  ])("disables a person by Replace of active with %s, and enables it again", async (_, value) => {
    const id = await make();
    const step = (to: unknown) =>
      scim("PATCH", `/Users/${id}`, patchOf({ op: "Replace", path: "active", value: to }));
    expect((await step(value)).body).toMatchObject({ active: false });
    expect(api.control.changes.at(-1)).toMatchObject({ id, record: { active: false } });
    expect((await step(typeof value === "string" ? "True" : true)).body).toMatchObject({
      active: true,
    });
  });

  test("keeps the members of a group by Add and Remove with a value, and asks without them", async () => {
    const member = await make();
    const made = await scim("POST", "/Groups", {
      schemas: [
        `${core}:Group`,
        "http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group",
      ],
      externalId: "8aa1a0c0-c4c3-4bc0-b4a5-2ef676900159",
      displayName: "displayName",
      meta: { resourceType: "Group" },
    });
    const id = idOf(made);
    const value = [{ $ref: null, value: member }];
    const step = async (op: string) =>
      (await scim("PATCH", `/Groups/${id}`, patchOf({ op, path: "members", value }))).body;
    expect(await step("Add")).toMatchObject({ members: [{ value: member }] });
    const bare = await scim("GET", `/Groups/${id}?excludedAttributes=members`);
    expect(bare.body).toMatchObject({ id, displayName: "displayName" });
    expect(bare.body).not.toHaveProperty("members");
    const filter = encodeURIComponent('displayName eq "displayName"');
    const list = await scim("GET", `/Groups?excludedAttributes=members&filter=${filter}`);
    expect(list.body).toMatchObject({ Resources: [expect.not.objectContaining({ members: [] })] });
    const belongs = `id eq "${id}" and members eq "${member}"`;
    expect((await asked("/Groups", belongs)).body).toMatchObject({ totalResults: 1 });
    expect(await step("Remove")).toMatchObject({ members: [] });
    expect((await asked("/Groups", belongs)).body).toMatchObject({ totalResults: 0 });
  });

  test("reads the schemas to know which attributes there are", async () => {
    const { body } = await scim("GET", "/Schemas");
    expect(body).toMatchObject({
      Resources: [
        {
          id: `${core}:User`,
          attributes: expect.arrayContaining([
            expect.objectContaining({ name: "userName", required: true }),
          ]),
        },
        { id: `${core}:Group` },
      ],
    });
  });
});
