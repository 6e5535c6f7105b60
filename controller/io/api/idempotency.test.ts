import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { CodedError } from "#shared/base/coded-error.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";
import { enrolDevice } from "../../../test/fakes/enrolled-device.ts";
import { patience } from "../../../test/server/patience.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

function make(key: string, body: object, headers = api.asRoot) {
  const more = { ...headers, "idempotency-key": key };
  return api.ask("POST", "/enrol-keys", { body, headers: more });
}

test("the same request again is answered again, its secret included, and done once", async () => {
  const first = await make("a-1", { name: "laptops" });
  const again = await make("a-1", { name: "laptops" });
  expect(first).toMatchObject({ status: 201, body: { key: expect.stringMatching(/^sp1_/) } });
  expect(again).toEqual(first);
  expect((await api.ask("GET", "/enrol-keys")).body["items"]).toHaveLength(1);
  const audit = await api.ask("GET", "/audit?search=enrol-key");
  expect(audit.body["items"]).toHaveLength(1);
});

test("another request under the same key is refused", async () => {
  await make("a-1", { name: "laptops" });
  expect(await make("a-1", { name: "phones" })).toMatchObject({
    status: 422,
    body: { code: "SP-712" },
  });
});

test("of many at once one is done", async () => {
  const all = await Promise.all(Array.from({ length: 5 }, () => make("a-1", { name: "laptops" })));
  const made = new Set(all.filter(({ status }) => status === 201).map(({ body }) => body["id"]));
  expect(made.size).toBe(1);
  expect((await api.ask("GET", "/enrol-keys")).body["items"]).toHaveLength(1);
});

test("keys of two administrators are two; what was refused is tried again", async () => {
  const body = { name: "second", role: "admin", validForSeconds: 60 };
  const other = await api.ask("POST", "/tokens", { body });
  const asOther = { authorization: `Bearer ${String(other.body["token"])}` };
  const [one, two] = [await make("k", { name: "a" }), await make("k", { name: "a" }, asOther)];
  expect(one.body["id"]).not.toBe(two.body["id"]);
  expect((await make("r", { name: "A" })).status).toBe(400);
  expect((await make("r", { name: "b" })).status).toBe(201);
  expect((await make("with space", { name: "c" })).status).toBe(400);
});

test("whoever went away before a refusal came may try again", async () => {
  const id = await enrolDevice(api, "laptop");
  const reached = Promise.withResolvers<void>();
  const refused = Promise.withResolvers<never>();
  refused.promise.catch(() => undefined);
  const usual = api.fleet.follow.bind(api.fleet);
  api.fleet.follow = () => {
    reached.resolve();
    return refused.promise;
  };
  const gone = new AbortController();
  const headers = { ...api.asRoot, "idempotency-key": "a-1" };
  const url = `${api.url}/identities/${id}/quarantine`;
  const first = fetch(url, { method: "POST", headers, signal: gone.signal }).catch(() => null);
  await reached.promise;
  gone.abort();
  await first;
  // By the time that these are answered the server knows who is gone.
  for (let count = 0; count < 4; count += 1) await api.ask("GET", "/settings");
  refused.reject(new CodedError("SP-705", { why: "not now" }));
  api.fleet.follow = usual;
  await vi.waitFor(async () => {
    const again = await api.ask("POST", `/identities/${id}/release`, { headers });
    expect(String(again.body["detail"])).not.toMatch(/under way/);
  }, patience);
});

test("Attack: a lesser token of an administrator asks for what the greater one was given", async () => {
  const role = { role: "viewer", admin: "root", validForSeconds: 60 };
  const made = await api.ask("POST", "/tokens", { body: { name: "wall", ...role } });
  const lesser = { authorization: `Bearer ${String(made.body["token"])}` };
  const key = { "idempotency-key": "a-1" };
  const link = (headers: typeof api.asRoot) =>
    api.ask("POST", "/session/links", { headers: { ...headers, ...key } });
  const given = await link(api.asRoot);
  expect(given.status).toBe(201);
  expect(await link(lesser)).toMatchObject({ status: 422, body: { code: "SP-712" } });
  expect((await link(api.asRoot)).body).toEqual(given.body);
});
