import { afterEach, beforeEach, expect, test } from "vitest";
import { deviceRecord } from "../../../test/fakes/controller-world.ts";
import { type AdminApiUnderTest, openAdminApi } from "../../../test/fakes/admin-api.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
  const owned = { ...deviceRecord, owner: "ann@example.com" };
  const input = {} as never;
  api.desk.held = [
    { device: owned, input, gate: null },
    { device: { ...deviceRecord, id: "dev_other" }, input, gate: null },
  ];
});
afterEach(() => api.close());

const burst = { sighting: "auth.failures", detail: "12 wrong passwords in 3 min" };

test("a provider tells of a person: all devices of that owner and no other are meant", async () => {
  const body = { name: "idp", role: "reporter", validForSeconds: 3_600 };
  const { body: made } = await api.ask("POST", "/tokens", { body });
  const headers = { authorization: `Bearer ${String(made["token"])}` };
  const answer = await api.ask("POST", "/risk/reports", {
    headers,
    body: { user: "ann@example.com", ...burst },
  });
  expect(answer).toMatchObject({ status: 200, body: { devices: [deviceRecord.id] } });
  expect(api.control.reports).toEqual([{ devices: [deviceRecord.id], ...burst }]);
  expect(await api.ask("GET", "/devices", { headers })).toMatchObject({ status: 403 });
});

test.each([
  ["nobody's name", { user: "eve@example.com", ...burst }, 404],
  ["a person and a device at once", { user: "a", device: "b", ...burst }, 400],
  ["neither", burst, 400],
  ["a sighting that only we can make", { user: "a", ...burst, sighting: "travel.impossible" }, 400],
  ["no words", { user: "a", sighting: "auth.failures" }, 400],
  ["control characters", { user: "a", ...burst, detail: "a\u001b[2J" }, 400],
])("a report with %s is refused and tells nobody", async (_name, body, status) => {
  expect(await api.ask("POST", "/risk/reports", { body })).toMatchObject({ status });
  expect(api.control.reports).toEqual([]);
});
