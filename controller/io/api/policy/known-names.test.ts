// Names in policies: of whoever asks, and of subjects that nobody knows.
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AdminApiUnderTest, openAdminApi } from "../../../../test/fakes/admin-api.ts";
import { deviceRecord } from "../../../../test/fakes/controller-world.ts";

let api: AdminApiUnderTest;

beforeEach(async () => {
  api = await openAdminApi();
  await api.ask("PUT", "/sites/hq", { body: {} });
});
afterEach(() => api.close());

const resources = `resources:
  - {name: wiki, site: hq, tags: [all], targets: [{host: 10.0.0.1, proto: tcp, ports: [443]}]}
`;
/** Makes root a person, too, and returns the id. */
async function rootSignsIn(): Promise<string> {
  await api.store.write("session.open_person", {
    person: {
      issuer: "https://idp.example.test",
      subject: "1",
      externalId: "1",
      name: "root",
      displayName: "Root",
      email: null,
      groups: [],
    },
    role: "admin",
    admitUnknown: true,
    hash: "a".repeat(64),
    id: "ses_1",
    expiresAt: Date.now() + 60_000,
    at: Date.now(),
  });
  const { users } = await api.store.read("people.names", undefined);
  return users[0] ?? expect.fail("no user");
}

const firewall =
  "  - {id: staff, effect: allow, subjects: {groups: [staff]}, resources: {tags: [all]}, when: {firewall.enabled: {is: true}}}\n";

const filesOf = (policies: string) => [
  { file: "set.yaml", text: `apiVersion: sallyport/v1\n${resources}policies:\n${policies}` },
];
const apply = (policies: string) =>
  api.ask("POST", "/policies", {
    body: { files: filesOf(policies), source: "folder", reason: "ticket 1" },
  });

/** A device that is here with its firewall on. */
function hold(name: string, more: object = {}): void {
  const device = { ...deviceRecord, id: `dev_${name}`, name, ...more };
  const nowAt = Date.now();
  const reading = { kind: "known", value: true } as const;
  const input = {
    nowAt,
    device: { id: device.id, groups: device.groups, tags: [], quarantined: false },
    facts: new Map([["firewall.enabled", { reading, untilAt: nowAt + 60_000 }]]),
    risk: { session: 0, identity: 0 },
    net: {},
    elevations: [],
  };
  api.desk.held.push({ device, input, gate: null });
}

test("a deny by the id of its author is seen, though nobody signed in on the device yet", async () => {
  const root = await rootSignsIn();
  await apply(firewall);
  hold("mine", { owner: "root" });
  hold("other");
  const deny = (user: string, when = "") =>
    `  - {id: d, effect: deny, subjects: {users: [${user}]}, resources: {tags: [all]}${when}}\n`;
  const refused = await apply(`${firewall}${deny(root)}`);
  expect(refused).toMatchObject({ status: 409, body: { code: "SP-631" } });
  expect(refused.body["detail"]).toContain("the author (root), signed in");
  const { body } = await api.ask("POST", "/policies/plan", {
    body: { files: filesOf(`${firewall}${deny(root)}`) },
  });
  const lockedOut = ["every administrator, signed in", "the author (root), signed in"];
  expect(body).toMatchObject({ current: { moments: 2, lost: 0, lockedOut } });
  const risky = deny(root, ", when: {risk.session: {atLeast: 70}}");
  expect((await apply(`${firewall}${risky}`)).status).toBe(200);
});

test("documents are judged by the people, groups and devices that there are", async () => {
  hold("mine", { owner: "root" });
  const deny = (subjects: string) =>
    `  - {id: d, effect: deny, subjects: {${subjects}}, resources: {tags: [all]}}\n`;
  const found = async (subjects: string) => {
    const { body } = await api.ask("POST", "/policies/check", {
      body: { files: filesOf(`${firewall}${deny(subjects)}`) },
    });
    return (body["findings"] as { code: string; why: string }[]).map(
      ({ code, why }) => `${code} ${why}`,
    );
  };
  expect(await found("devices: [dev_nosuch]")).toContain(
    "SP-626 `d` names the device `dev_nosuch`, which does not exist",
  );
  expect((await found("devices: [dev_mine]")).join()).not.toContain("dev_mine");
  const root = await rootSignsIn();
  expect(await found(`users: [${root}]`)).toContain(
    `SP-628 \`d\` denies its own author, \`${root}\``,
  );
  expect(await api.ask("GET", "/policies/usage")).toMatchObject({
    body: { author: expect.arrayContaining(["root", root]), subjects: { devices: ["dev_mine"] } },
  });
});
