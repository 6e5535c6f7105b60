// What is asked about a device that no rule is asked about.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../../test/fakes/admin-api.ts";
import { deviceRecord } from "../../../../test/fakes/controller-world.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
});
afterEach(() => api.close());

const text = `apiVersion: sallyport/v1
resources:
  - {name: wiki, site: hq, tags: [all], targets: [{host: 10.0.0.1, proto: tcp, ports: [443]}]}
policies:
  - {id: all, effect: allow, subjects: {groups: [staff]}, resources: {tags: [all]}, when: {firewall.enabled: {is: true}}}
`;

test("who is shut out reaches nothing, whatever its facts, and the answer says why", async () => {
  await api.ask("PUT", "/sites/hq", { body: {} });
  const files = [{ file: "set.yaml", text }];
  await api.ask("POST", "/policies", { body: { files, source: "folder", reason: "ticket 1" } });
  const device = { ...deviceRecord, name: "laptop", groups: ["staff"] };
  const { id, groups } = device;
  const input = {
    nowAt: Date.now(),
    device: { id, groups, tags: [], quarantined: false },
    facts: new Map(),
    risk: { session: 0, identity: 0 },
    net: {},
    elevations: [],
  };
  const on = { device: "laptop", facts: { "firewall.enabled": true } };
  const answers = async () =>
    (await api.ask("POST", "/policies/simulate", { body: on })).body["answers"];
  api.desk.held = [{ device, input, gate: null }];
  expect(await answers()).toMatchObject([{ resource: "wiki", effect: "allow" }]);
  const gate = { code: "quarantined", params: {} } as const;
  api.desk.held = [{ device, input, gate }];
  expect(await answers()).toMatchObject([
    { effect: "deny", determinedBy: [], unmet: [{ policy: "", reason: gate }] },
  ]);
});
