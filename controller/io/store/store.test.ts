import { afterEach, beforeEach, expect, test } from "vitest";
import { makeId } from "#shared/base/id.ts";
import type { Decision } from "#shared/policy/decision.ts";
import { sitesMax } from "#shared/protocol/capability.ts";
import type { PostureEvent } from "#shared/protocol/fact.ts";
import type { EventRow } from "../../core/row.ts";
import type { EnrolmentOrder } from "../../ports/enrolment-store.ts";
import { rootToken } from "../../../test/fakes/admin-api.ts";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";
import type { NewEnrolKey } from "./operations/enrol-key.ts";
import type { StoreThreads } from "./store-threads.ts";

const now = 1_800_000_000_000;
const dayMs = 86_400_000;
const audit = { at: now, actor: "root", action: "site apply", subject: "", body: {} } as const;
const network = { pool4: "100.96.0.0/16", pool6: "fd50::/48", mtu: 1420, extraProtected: [] };

let store: StoreThreads;

beforeEach(async () => {
  store = await openStoreInProcess();
  await store.write("setting.initialise", {
    settings: { trustDomain: "corp.example", epoch: "0".repeat(32), network },
    keys: [],
    token: rootToken("root"),
    audit,
  });
});
afterEach(() => store.close());

let drawn = 0;
const id = (prefix: "dev" | "gw" | "ek" | "dec" | "sit" | "res") =>
  makeId(prefix, now, Buffer.from(String(++drawn).padStart(10, "0")));

async function enrolKey(change: Partial<NewEnrolKey> = {}): Promise<string> {
  const key: NewEnrolKey = {
    id: id("ek"),
    name: "laptops",
    role: "device",
    site: null,
    secretHash: "secret",
    usesMax: 1,
    expiresAt: now + dayMs,
    approval: "auto",
    body: { groups: ["staff"] },
    ...change,
  };
  await store.write("enrol_key.create", { key, audit });
  return key.id;
}

function orderOf(keyId: string, change: Partial<EnrolmentOrder> = {}): EnrolmentOrder {
  const own = id("dev");
  return {
    id: own,
    keyId,
    secretSha256: "secret",
    spkiHex: `spki-${own}`,
    wgPublicKey: `wg-${own}`,
    device: { hostname: "Lap Top.corp.example", os: "linux", serials: [] },
    remoteAddress: "127.0.0.1",
    nowAt: now,
    ...change,
  };
}

const enrol = (order: EnrolmentOrder) =>
  store.write("identity.enrol", { order, sealedPsk: new Uint8Array(4) });

test("of many that race for a key's last use exactly one joins", async () => {
  const key = await enrolKey();
  const outcomes = await Promise.all(Array.from({ length: 20 }, () => enrol(orderOf(key))));
  expect(outcomes.filter((outcome) => outcome.kind === "enrolled")).toHaveLength(1);
  const refused = outcomes.filter((outcome) => outcome.kind === "refused");
  expect(new Set(refused.map((outcome) => outcome.error.code))).toEqual(new Set(["SP-102"]));
  expect(await store.read("enrol_key.list", undefined)).toMatchObject([{ uses: 1 }]);
});

test("a joined device has its groups, a clean name and addresses after the gateways'", async () => {
  const outcome = await enrol(orderOf(await enrolKey()));
  expect(outcome).toMatchObject({
    kind: "enrolled",
    record: {
      name: "lap-top",
      status: "active",
      groups: ["staff"],
      address4: "100.96.1.0",
      address6: "fd50::100",
    },
  });
});

test("a key of many uses gives unattested devices, an approved one pending; names stay unique", async () => {
  const many = await enrolKey({ usesMax: 3 });
  const first = await enrol(orderOf(many));
  const second = await enrol(orderOf(many));
  expect(first).toMatchObject({ record: { status: "unattested", name: "lap-top" } });
  expect(second).toMatchObject({ record: { name: expect.stringMatching(/^lap-top-.{8}$/) } });
  const approved = await enrolKey({ approval: "admin" });
  expect(await enrol(orderOf(approved))).toMatchObject({ record: { status: "pending" } });
});

test("expired, revoked, foreign and misplaced uses of a key are told apart by code", async () => {
  const code = async (keyId: string, change: Partial<EnrolmentOrder> = {}) => {
    const outcome = await enrol(orderOf(keyId, change));
    return outcome.kind === "refused" ? outcome.error.code : outcome.kind;
  };
  const key = await enrolKey();
  expect(await code(key, { nowAt: now + dayMs })).toBe("SP-101");
  expect(await code(key, { secretSha256: "other!" })).toBe("SP-105");
  expect(await code(id("ek"))).toBe("SP-105");
  const fenced = await enrolKey({ body: { groups: [], allowedFrom: ["10.0.0.0/8"] } });
  expect(await code(fenced)).toBe("SP-103");
  expect(await code(fenced, { remoteAddress: "::ffff:10.1.2.3" })).toBe("enrolled");
  await store.write("enrol_key.revoke", { ...audit, subject: key });
  expect(await code(key)).toBe("SP-105");
});

test("who joined by the key is known again, even when the key is used up", async () => {
  const key = await enrolKey();
  const order = orderOf(key);
  expect(await store.read("enrolment.lookUp", order)).toEqual({
    kind: "fresh",
    role: "device",
    pending: false,
  });
  await enrol(order);
  expect(await store.read("enrolment.lookUp", order)).toMatchObject({
    kind: "known",
    record: { id: order.id },
  });
  expect(await store.read("enrolment.lookUp", orderOf(key))).toMatchObject({
    kind: "refused",
    error: { code: "SP-102" },
  });
});

test("a failed operation undoes itself alone, not its neighbours of the batch", async () => {
  const key = await enrolKey({ usesMax: 5 });
  const order = orderOf(key);
  const twin = orderOf(key, { spkiHex: order.spkiHex });
  const results = await Promise.allSettled([enrol(order), enrol(twin), enrol(orderOf(key))]);
  expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  expect(await store.read("enrol_key.list", undefined)).toMatchObject([{ uses: 2 }]);
});

function eventRow(seq: number, change: Partial<EventRow> = {}): EventRow {
  const event: PostureEvent = {
    epoch: "a".repeat(32),
    seq,
    bootId: "00000000-0000-4000-8000-000000000000",
    ageMs: 0,
    fact: null,
    gap: { from: seq, to: seq, because: "spool_full" },
    prev: "0".repeat(64),
  };
  const { epoch } = event;
  const named = { device: "dev_a", epoch, seq, digest: `d${seq}` };
  return { ...named, receivedAt: now, event, signature: null, ...change };
}

test("events: a repeat is nothing, another content is a conflict and changes nothing", async () => {
  const write = (row: EventRow) => store.write("rows.write", [{ kind: "event", row }]);
  expect(await write(eventRow(1))).toEqual({ conflicts: [] });
  expect(await write(eventRow(1))).toEqual({ conflicts: [] });
  expect(await write(eventRow(1, { digest: "other" }))).toEqual({
    conflicts: [{ device: "dev_a", epoch: "a".repeat(32), seq: 1 }],
  });
  await write(eventRow(2));
  await write(eventRow(5));
  const { ledgers } = await store.read("state.load", now);
  expect(ledgers).toMatchObject([{ device: "dev_a", seq: 2, digest: "d2" }]);
});

test("the ledger goes on behind a gap record that names what is lost", async () => {
  const gap = eventRow(9);
  const named = { ...gap, event: { ...gap.event, gap: { ...gap.event.gap!, from: 2, to: 8 } } };
  await store.write("rows.write", [
    { kind: "event", row: eventRow(1) },
    { kind: "event", row: named },
  ]);
  const { ledgers } = await store.read("state.load", now);
  expect(ledgers).toMatchObject([{ seq: 9 }]);
});

const decision = (at: number): Decision => ({
  id: makeId("dec", at, Buffer.alloc(10)),
  reference: "0000-0000",
  at,
  device: "dev_a",
  resource: "res_a",
  effect: "deny",
  determinedBy: [],
  obligations: { record: false },
  leaseSeconds: 120,
  validUntilAt: at,
  unmet: [],
  policyVersion: "v",
  inputHash: "h",
  errors: [],
});

test("decisions are found by reference, newest first", async () => {
  const decisions = [decision(now), decision(now + 1)];
  await store.write(
    "rows.write",
    decisions.map((one) => ({ kind: "decision", decision: one })),
  );
  const found = await store.read("decision.find", { key: "0000-0000", limit: 10 });
  expect(found.map((one) => one.at)).toEqual([now + 1, now]);
  const [newest] = found;
  expect(await store.read("decision.find", { key: newest!.id, limit: 10 })).toEqual([newest]);
});

test("a list of writes is all or nothing", async () => {
  const twice = { kind: "decision", decision: decision(now) } as const;
  await expect(store.write("rows.write", [twice, twice])).rejects.toThrow(/SP-705/);
  expect(await store.read("decision.list", { limit: 10 })).toEqual([]);
});

test("a release never lifts more than its quarantine took; a revoked address rests a day", async () => {
  const order = orderOf(await enrolKey({ usesMax: 2 }));
  await enrol(order);
  const step = (name: "approve" | "quarantine" | "release" | "revoke") =>
    store.write("identity.step", {
      role: "device",
      step: name,
      audit: { ...audit, subject: order.id },
    });
  expect(await step("quarantine")).toMatchObject({ status: "quarantined" });
  expect(await step("release")).toMatchObject({ status: "unattested" });
  await expect(step("release")).rejects.toThrow(/SP-705/);
  expect(await step("approve")).toMatchObject({ status: "active" });
  expect(await step("revoke")).toMatchObject({ status: "revoked" });
  await expect(step("approve")).rejects.toThrow(/SP-705/);
});

test("who left by itself is ended once, and the log says that it left", async () => {
  const order = orderOf(await enrolKey());
  await enrol(order);
  const identity = order.id;
  const left = { kind: "identityLeft", role: "device", identity, at: now } as const;
  await store.write("rows.write", [left, left]);
  expect(await store.read("device.find", identity)).toMatchObject({ status: "revoked" });
  const entries = await store.read("audit.list", { limit: 10, search: "device leave" });
  expect(entries).toMatchObject([{ actor: identity, subject: identity }]);
});

test("addresses of a used up pool are given again a day after their end, not before", async () => {
  await store.write("setting.put", {
    key: "network",
    value: { ...network, pool4: "100.96.0.0/23" },
  });
  const key = await enrolKey({ usesMax: 1000 });
  const orders = Array.from({ length: 255 }, () => orderOf(key));
  await Promise.all(orders.map(enrol));
  await expect(enrol(orderOf(key))).rejects.toThrow(/SP-807/);
  const gone = orders[7]!;
  await store.write("identity.step", {
    role: "device",
    step: "revoke",
    audit: { ...audit, subject: gone.id },
  });
  const late = now + dayMs - 1;
  await expect(enrol(orderOf(key, { nowAt: late }))).rejects.toThrow(/SP-807/);
  const long = await enrolKey({ expiresAt: now + 9 * dayMs });
  const outcome = await enrol(orderOf(long, { nowAt: now + dayMs }));
  expect(outcome).toMatchObject({ record: { address4: "100.96.1.7" } });
});

test("a policy set carries its resources: named ones are upserted, others of documents removed", async () => {
  const site = { id: id("sit"), name: "hq", forwarding: "snat", resolvers: [] } as const;
  await store.write("site.apply", { record: site, ifRevision: undefined, audit });
  const resource = (name: string, source: "git" | "api") => ({
    id: id("res"),
    name,
    site: "hq",
    targets: [{ cidr: "10.0.0.0/24", proto: "any" as const, ports: [] }],
    tags: [],
    sensitivity: "normal" as const,
    protected: true,
    leaseSeconds: 120,
    offlineToleranceSeconds: 900,
    serverToDevice: false,
    source,
  });
  await store.write("resource.apply", { records: [resource("hand", "api")], audit });
  const change = {
    kind: "apply",
    source: "files",
    author: "ana",
    authorId: "adm_ana",
    reason: "test",
    approver: null,
    body: {},
  } as const;
  const apply = (version: string, names: readonly string[], former: string | null) =>
    store.write("policy_change.begin", {
      policy: { version, body: "[]" },
      files: "[]",
      former,
      mode: "atOnce",
      order: change,
      credential: "tok",
      resources: names.map((name) => resource(name, "git")),
      audit,
    });
  await apply("v1", ["wiki", "git"], null);
  const { removed } = await apply("v2", ["git"], "v1");
  expect(removed).toHaveLength(1);
  const state = await store.read("state.load", now);
  expect(state.resources.map((one) => one.name).toSorted()).toEqual(["git", "hand"]);
  expect(state.resources.every((one) => one.site === site.id)).toBe(true);
  expect(state.policy?.version).toBe("v2");
  const nowhere = { ...resource("x", "api"), site: "nowhere" };
  await expect(store.write("resource.apply", { records: [nowhere], audit })).rejects.toThrow(
    /SP-702/,
  );
  const domain = `${"d".repeat(200)}.example.com`;
  const targets = Array.from({ length: 64 }, () => ({ domain, proto: "tcp" as const, ports: [] }));
  const large = Array.from({ length: 9 }, (_, n) => ({ ...resource(`l${n}`, "api"), targets }));
  await expect(store.write("resource.apply", { records: large, audit })).rejects.toThrow(/SP-413/);
  const after = await store.read("state.load", now);
  expect(after.resources.map((one) => one.name).toSorted()).toEqual(["git", "hand"]);
});

test("a site more than a device's configuration names is refused, and the others stay", async () => {
  const record = (number: number) =>
    ({ id: id("sit"), name: `many-${number}`, forwarding: "snat", resolvers: [] }) as const;
  for (let number = 0; number < sitesMax; number++) {
    await store.write("site.apply", { record: record(number), ifRevision: undefined, audit });
  }
  const more = { record: record(sitesMax), ifRevision: undefined, audit };
  await expect(store.write("site.apply", more)).rejects.toThrow(/SP-413/);
  const again = { record: record(sitesMax - 1), ifRevision: 1, audit };
  await expect(store.write("site.apply", again)).resolves.toMatchObject({ name: "many-63" });
  expect((await store.read("state.load", now)).sites).toHaveLength(sitesMax);
});

test("a second setup of one store is refused", async () => {
  const again = store.write("setting.initialise", {
    settings: { trustDomain: "evil.example" },
    keys: [],
    token: rootToken("x"),
    audit,
  });
  await expect(again).rejects.toThrow(/SP-705/);
});
