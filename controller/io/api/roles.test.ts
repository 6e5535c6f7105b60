import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { apiContract, contractOf } from "#shared/protocol/api/contract.ts";
import { type Role, roles } from "#shared/base/role.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

type Headers = Readonly<Record<string, string>>;

async function tokenOf(name: string, role: Role, more: object = {}): Promise<Headers> {
  const body = { name, role, validForSeconds: 3600, ...more };
  const made = await api.ask("POST", "/tokens", { body });
  expect(made.status).toBe(201);
  return { authorization: `Bearer ${String(made.body["token"])}` };
}

const readers = roles.filter((role) => !["reporter", "provisioner"].includes(role));

/** Every route with the roles that get past its door; what lies behind may still refuse. */
const doors: readonly (readonly [string, string, readonly Role[]])[] = [
  ["GET", "/devices", readers],
  ["GET", "/devices/x", readers],
  ["PATCH", "/devices/x", ["admin"]],
  ["POST", "/devices/steps", ["operator", "admin"]],
  ["GET", "/devices/x/events", readers],
  ["GET", "/devices/x/proof", readers],
  ["GET", "/explorer", readers],
  ["GET", "/grants", readers],
  ["GET", "/settings", readers],
  ["PATCH", "/settings", ["admin"]],
  ["GET", "/keys", readers],
  ["POST", "/keys/rotate", ["admin"]],
  ["POST", "/session/activity", readers],
  ["POST", "/session/end", readers],
  ["POST", "/policies/check", readers],
  ["POST", "/policies/changes/1/deny", ["policy-author", "admin"]],
  ["POST", "/policies/changes/1/resume", ["policy-author", "admin"]],
  ["POST", "/devices/x/recheck", ["operator", "admin"]],
  ["POST", "/identities/x/approve", ["admin"]],
  ["POST", "/identities/x/release", ["admin"]],
  ["POST", "/identities/x/quarantine", ["operator", "admin"]],
  ["POST", "/identities/x/revoke", ["operator", "admin"]],
  ["GET", "/enrol-keys", readers],
  ["GET", "/enrol-keys/refused", readers],
  ["POST", "/enrol-keys", ["admin"]],
  ["POST", "/enrol-keys/x/revoke", ["operator", "admin"]],
  ["GET", "/gateways", readers],
  ["GET", "/gateways/x", readers],
  ["PATCH", "/gateways/x", ["admin"]],
  ["GET", "/sites", readers],
  ["GET", "/sites/x", readers],
  ["PUT", "/sites/x", ["admin"]],
  ["DELETE", "/sites/x", ["admin"]],
  ["GET", "/resources", readers],
  ["POST", "/resources", ["policy-author", "admin"]],
  ["GET", "/resources/x", readers],
  ["DELETE", "/resources/x", ["policy-author", "admin"]],
  ["POST", "/policies", ["policy-author", "admin"]],
  ["GET", "/policies/active", readers],
  ["GET", "/policies/rules", readers],
  ["PUT", "/policies/rules", ["admin"]],
  ["POST", "/policies/rules/approve", ["approver", "admin"]],
  ["POST", "/policies/rules/deny", ["approver", "admin"]],
  ["GET", "/policies/usage", readers],
  ["GET", "/policies/status", readers],
  ["GET", "/policies/changes", readers],
  ["GET", "/policies/versions/00000000", readers],
  ["GET", "/policies/shadow", readers],
  ["POST", "/policies/plan", ["policy-author", "admin"]],
  ["POST", "/policies/diff", readers],
  ["POST", "/policies/simulate", readers],
  ["POST", "/policies/rollback", ["policy-author", "admin"]],
  ["POST", "/policies/changes/1/approve", ["approver", "admin"]],
  ["POST", "/policies/changes/1/abort", ["policy-author", "admin"]],
  ["PUT", "/policies/shadow", ["policy-author", "admin"]],
  ["POST", "/policies/shadow/stop", ["policy-author", "admin"]],
  ["POST", "/policies/shadow/accept", ["policy-author", "admin"]],
  ["POST", "/policies/shadow/promote", ["policy-author", "admin"]],
  ["GET", "/decisions", readers],
  ["GET", "/decisions/x", readers],
  ["GET", "/os-intel", readers],
  ["POST", "/os-intel", ["admin"]],
  ["GET", "/decisions/x/replay", readers],
  ["GET", "/break-glass", readers],
  ["GET", "/break-glass/keys", readers],
  ["GET", "/break-glass/cards/x", readers],
  ["POST", "/break-glass/keys", ["admin"]],
  ["POST", "/break-glass/keys/x/revoke", ["admin"]],
  ["GET", "/requests", readers],
  ["POST", "/requests", ["operator", "admin"]],
  ["POST", "/requests/x/approve", ["approver", "admin"]],
  ["POST", "/requests/x/deny", ["approver", "admin"]],
  ["POST", "/requests/x/end", ["operator", "admin"]],
  ["GET", "/session", readers],
  ["POST", "/session/links", readers],
  ["GET", "/overview", readers],
  ["GET", "/audit", readers],
  ["GET", "/openapi.json", readers],
  ["POST", "/risk/reports", ["operator", "reporter", "admin"]],
  ["GET", "/passkeys", readers],
  ["POST", "/passkeys/options", readers],
  ["POST", "/passkeys", readers],
  ["POST", "/passkeys/x/remove", readers],
  ["POST", "/session/set-up-links", ["admin"]],
  ["GET", "/users", readers],
  ["GET", "/users/x", readers],
  ["POST", "/users/x/sign-out", ["operator", "admin"]],
  ["POST", "/users/x/deactivate", ["operator", "admin"]],
  ["POST", "/users/x/activate", ["admin"]],
  ["GET", "/groups", readers],
  ["GET", "/sign-in", readers],
  ["PUT", "/sign-in", ["admin"]],
  ["GET", "/tokens", ["admin"]],
  ["POST", "/tokens", ["admin"]],
  ["POST", "/tokens/x/revoke", ["admin"]],
];

/** Routes that ask nobody who they are, and the stream, which never ends. */
const others = [
  "POST /session",
  "GET /session/ways",
  "POST /session/provider",
  "GET /session/provider/callback",
  "POST /session/set-up/options",
  "POST /session/set-up",
  "POST /session/passkey/options",
  "POST /session/passkey",
  "POST /device-sign-ins/look",
  "POST /device-sign-ins",
  "GET /live",
];

test("every route of the contract has a row here (IDOR across roles)", () => {
  const shut = Object.keys(apiContract).filter((route) => {
    const { summary } = apiContract[route as keyof typeof apiContract];
    const tried = doors.some(([method, path]) => contractOf(method, path)?.summary === summary);
    return !tried && !others.includes(route);
  });
  expect(shut).toEqual([]);
});

test("GHSA-4h58: every route is for the roles that the documents name for its permission", async () => {
  const page = readFileSync("docs/administrators.md", "utf8");
  const [head = [], ...rows] = page
    .split("\n")
    .filter((line) => /^\| (Permission|`\w+`) \|/.test(line))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const told = new Map(
    rows.map((row) => [row[1], roles.filter((role) => row[head.indexOf(role)] === "yes")]),
  );
  const { paths } = (await api.ask("GET", "/openapi.json")).body as {
    paths: Record<string, Record<string, { summary: string; "x-permission": string }>>;
  };
  const needs = new Map(
    Object.values(paths)
      .flatMap((methods) => Object.values(methods))
      .map((operation) => [operation.summary, operation["x-permission"]]),
  );
  for (const [method, path, allowed] of doors) {
    const need = needs.get(contractOf(method, path)?.summary ?? "");
    expect({ method, path, allowed: told.get(`\`${need}\``) }).toEqual({ method, path, allowed });
  }
  expect(told.get("`provision`")).toEqual(["provisioner"]);
});

test.each(roles)("%s gets past the doors that are its own and no other", async (role) => {
  const headers = await tokenOf(role, role);
  for (const [method, path, allowed] of doors) {
    const order = method === "GET" ? { headers } : { headers, body: {} };
    const { status, body } = await api.ask(method, path, order);
    const door = { role, method, path, shut: status === 403, code: body["code"] === "SP-704" };
    const shut = !allowed.includes(role);
    expect(door).toEqual({ role, method, path, shut, code: shut });
  }
});

test("a refusal says who may, and the audit says who did", async () => {
  const headers = await tokenOf("help-desk", "operator", { admin: "ana" });
  const refused = await api.ask("PUT", "/sites/hq", { headers, body: {} });
  expect(refused).toMatchObject({
    status: 403,
    body: { detail: "`PUT /api/v1/sites/hq` is for the role admin, not operator" },
  });
  await api.ask("POST", "/enrol-keys", { body: { name: "k" } });
  expect((await api.ask("POST", "/enrol-keys/k/revoke", { headers })).status).toBe(200);
  const list = await api.ask("GET", "/tokens");
  expect(list.body["items"]).toMatchObject([
    { name: "help-desk", admin: "ana", role: "operator", createdBy: "admin:root token:root" },
    { name: "root", createdBy: "init", expiresAt: null },
  ]);
  expect(JSON.stringify(list.body)).not.toMatch(/sallyport_pat_|[Hh]ash/);
});

test("a revoked token opens nothing from then on, and its name is free again", async () => {
  const headers = await tokenOf("ci", "policy-author");
  expect((await api.ask("GET", "/devices", { headers })).status).toBe(200);
  const twin = { name: "ci", role: "viewer", validForSeconds: 60 };
  expect((await api.ask("POST", "/tokens", { body: twin })).body).toMatchObject({ code: "SP-705" });
  expect((await api.ask("POST", "/tokens/ci/revoke")).status).toBe(200);
  expect((await api.ask("GET", "/devices", { headers })).status).toBe(401);
  expect((await api.ask("POST", "/tokens/ci/revoke")).status).toBe(404);
  await tokenOf("ci", "viewer");
});

test("the last token that may make others cannot be revoked", async () => {
  await tokenOf("reader", "viewer");
  const kept = await api.ask("POST", "/tokens/root/revoke");
  expect(kept).toMatchObject({ status: 409, body: { code: "SP-705" } });
  await tokenOf("second", "admin");
  expect((await api.ask("POST", "/tokens/root/revoke")).status).toBe(200);
});

test.each([
  ["no end", { name: "a", role: "viewer" }],
  ["an end beyond a year", { name: "a", role: "viewer", validForSeconds: 366 * 86_400 }],
  ["an unknown role", { name: "a", role: "root", validForSeconds: 60 }],
  ["an unknown member", { name: "a", role: "viewer", validForSeconds: 60, scope: "*" }],
])("a token with %s is refused", async (_name, body) => {
  expect(await api.ask("POST", "/tokens", { body })).toMatchObject({
    status: 400,
    body: { code: "SP-703" },
  });
});
