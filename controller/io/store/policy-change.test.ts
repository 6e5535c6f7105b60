import { afterEach, beforeEach, expect, test } from "vitest";
import { rootToken } from "../../../test/fakes/admin-api.ts";
import { openStoreInProcess } from "../../../test/fakes/store-in-process.ts";
import { parseDocument } from "#shared/policy/parse/document.ts";
import type { StoreWrite } from "../../core/row.ts";
import { recordsOf } from "../api/documents.ts";
import type { ApiContext } from "../api/context.ts";
import type { PolicyChangeMode } from "./operations/policy-change.ts";
import type { StoreThreads } from "./store-threads.ts";

const now = 1_800_000_000_000;
const audit = {
  at: now,
  actor: "admin:ana",
  action: "policy apply",
  subject: "",
  body: {},
} as const;
let store: StoreThreads;

beforeEach(async () => {
  store = await openStoreInProcess();
  const network = { pool4: "100.96.0.0/16", pool6: "fd50::/48", mtu: 1420, extraProtected: [] };
  await store.write("setting.initialise", {
    settings: { network, trustDomain: "example.test", epoch: "e".repeat(32) },
    keys: [],
    token: rootToken("root"),
    audit,
  });
  const record = { id: "sit_1", name: "hq", forwarding: "snat", resolvers: [] } as const;
  await store.write("site.apply", { record, ifRevision: undefined, audit });
});
afterEach(() => store.close());

/** A set with these resources. */
function setOf(version: string, resources: Readonly<Record<string, string>>) {
  const list = Object.entries(resources).map(
    ([name, host]) => `{name: ${name}, site: hq, targets: [{host: ${host}, proto: any}]}`,
  );
  const text = `apiVersion: sallyport/v1\nresources: [${list.join(", ")}]\n`;
  const parsed = parseDocument("a.yaml", text);
  if (parsed.kind === "refused") throw new Error(JSON.stringify(parsed.errors));
  const documents = [parsed.document];
  return { policy: { version, body: JSON.stringify(documents) }, documents };
}

async function begin(
  set: ReturnType<typeof setOf>,
  former: string | null,
  mode: PolicyChangeMode = "atOnce",
): Promise<number> {
  const agentsUrl = "https://controller.example.com:8443";
  const context = { clock: { nowAt: () => now }, agentsUrl } as ApiContext;
  const order = {
    kind: "apply",
    source: "folder",
    author: "ana",
    authorId: "adm_ana",
    reason: "because",
    approver: null,
    body: { announcedPercent: [12.5] },
  } as const;
  const resources = recordsOf(context, set.documents, "git");
  const { policy } = set;
  const args = { policy, files: "[]", former, mode, order, credential: "tok", resources, audit };
  return (await store.write("policy_change.begin", args)).change;
}

const step = (change: number, status: "rolling" | "halted" | "done", ring: number): StoreWrite => {
  return { kind: "rollOutStep", change, at: now + ring, status, ring, why: "it says why" };
};

async function inForce() {
  const { policy, resources, rollOut } = await store.read("state.load", now);
  const shown = resources.map(({ name, targets }) => `${name} ${targets[0]?.cidr}`);
  return { version: policy?.version, resources: shown.toSorted(), rollOut };
}

test("a roll-out is found again where it was, and its end puts set and resources in force", async () => {
  await begin(setOf("v1", { wiki: "10.0.0.1", git: "10.0.0.2" }), null);
  const change = await begin(setOf("v2", { wiki: "10.0.0.9", code: "10.0.0.3" }), "v1", "rings");
  expect(await inForce()).toMatchObject({
    version: "v1",
    resources: ["code 10.0.0.3/32", "git 10.0.0.2/32", "wiki 10.0.0.1/32"],
    rollOut: { change, status: "rolling", ring: 0, sinceAt: now, announcedPercent: [12.5] },
  });
  await store.write("rows.write", [step(change, "rolling", 1)]);
  await store.write("rows.write", [step(change, "halted", 1)]);
  expect((await inForce()).rollOut).toMatchObject({ status: "halted", ring: 1, sinceAt: now + 1 });
  await store.write("rows.write", [step(change, "done", 1)]);
  expect(await inForce()).toEqual({
    version: "v2",
    resources: ["code 10.0.0.3/32", "wiki 10.0.0.9/32"],
    rollOut: null,
  });
});

test("an abort takes away what only the new set had, and the roll-out cannot end after it", async () => {
  await begin(setOf("v1", { wiki: "10.0.0.1" }), null);
  const change = await begin(setOf("v2", { wiki: "10.0.0.9", code: "10.0.0.3" }), "v1", "rings");
  const settle = { change, step: "abort", reason: "no", announcedPercent: [], audit } as const;
  expect(await store.write("policy_change.settle", settle)).toHaveLength(1);
  await store.write("rows.write", [step(change, "done", 1)]);
  expect(await inForce()).toEqual({
    version: "v1",
    resources: ["wiki 10.0.0.1/32"],
    rollOut: null,
  });
  await expect(store.write("policy_change.settle", settle)).rejects.toThrow(/SP-705/);
});

test("of two changes at once, one is refused: by the open one, or by the set it was planned from", async () => {
  await begin(setOf("v1", { wiki: "10.0.0.1" }), null);
  await expect(begin(setOf("v2", {}), null)).rejects.toThrow(/SP-633/);
  await begin(setOf("v2", { wiki: "10.0.0.1" }), "v1", "waiting");
  await expect(begin(setOf("v3", { wiki: "10.0.0.1" }), "v1")).rejects.toThrow(/SP-634/);
});

test("what the watch found is kept by its name, and what was accepted stays accepted", async () => {
  const difference = {
    trial: "set:v2",
    cause: "c",
    resource: "wiki",
    before: "open",
    after: "closed",
    because: { before: ["a"], after: [] },
    firstAt: 1,
    lastAt: 2,
    count: 1,
    devices: [{ device: "dev_1", at: 2 }],
  } as const;
  const use = { policy: "a", sinceAt: 1, matchedAt: 2, decisiveAt: null, matched: 3, decisive: 0 };
  const keep = (count: number) => {
    const trials = [{ trial: "set:v2", startedAt: 1, decisions: count }];
    const rows = { uses: [use], trials, differences: [{ ...difference, count }] };
    return store.write("rows.write", [{ kind: "watch", rows }]);
  };
  await keep(1);
  await store.write("policy_difference.accept", { row: difference, reason: "meant", audit });
  await keep(7);
  const { watch } = await store.read("state.load", now);
  expect(watch).toMatchObject({
    uses: [use],
    trials: [{ decisions: 7 }],
    differences: [{ cause: "c", count: 7 }],
  });
  expect(await store.read("policy_difference.accepted", undefined)).toMatchObject([
    { trial: "set:v2", cause: "c", by: "admin:ana", reason: "meant" },
  ]);
});
