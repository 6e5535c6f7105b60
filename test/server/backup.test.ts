// A controller is copied while it runs, lost, and brought back somewhere else: what comes back, and what does not.
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentMessageOf } from "#shared/protocol/agent-message.ts";
import { ControllerUnderTest, startController } from "./controller-under-test.ts";
import { type CommandEnd, runCommand } from "./controller-command.ts";
import {
  answerGrants,
  beatOf,
  enrol,
  eventOf,
  helloOf,
  join,
  joinGateway,
  link,
  type Member,
  payloadOf,
  RawLink,
  reportOf,
} from "./raw-agent.ts";

const folder = mkdtempSync(joinPath(tmpdir(), "sallyport-backup-"));
const backup = joinPath(folder, "monday");
let controller: ControllerUnderTest;
let gateway: Member;
let laptop: Member;
let thief: Member;
/** Of the time of the backup, for many uses. */
let enrolKey: string;

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  gateway = await joinGateway(controller, "gate");
  laptop = await join(controller, "laptop");
  thief = await join(controller, "thief");
  enrolKey = await controller.enrolKey({ usesMax: 5 });
  await openWiki(controller, 0);
  expect(await runCommand(controller, ["backup", backup, "--json"])).toMatchObject({ exit: 0 });
});
afterAll(async () => {
  await controller.remove();
  rmSync(folder, { recursive: true });
});

const isOpen = ({ jws }: { jws: string }) => payloadOf(jws)["state"] === "open";
const isBlocked = ({ jws }: { jws: string }) => payloadOf(jws)["state"] === "blocked";
const step = (of: ControllerUnderTest, name: string, word: string) =>
  of.ask({ method: "POST", path: `/identities/${name}/${word}` });
const deviceOf = (of: ControllerUnderTest, name: string) =>
  of.ask({ method: "GET", path: `/devices/${name}` });

/** A folder with the key file alone, as whoever kept it elsewhere makes it. */
function freshPlace(name: string): ControllerUnderTest {
  const directory = joinPath(folder, name);
  mkdirSync(directory, { mode: 0o700 });
  const restored = new ControllerUnderTest(directory);
  copyFileSync(controller.places.keyFile, restored.places.keyFile);
  return restored;
}

function restore(
  to: Pick<ControllerUnderTest, "places" | "apiUrl">,
  ...words: readonly string[]
): Promise<CommandEnd> {
  return runCommand(to, ["restore", ...words, "--json"]);
}

/** What was given out last: others refuse to see it go back. */
interface Counters {
  readonly config: number;
  readonly grant: number;
  readonly trust: number;
  readonly epoch: string;
}

async function greet(of: ControllerUnderTest, acked: number): Promise<RawLink> {
  const raw = new RawLink(of, laptop);
  await raw.opened;
  const hello = helloOf(laptop) as AgentMessageOf<"hello">;
  raw.send({ ...hello, seq: { last: acked, ackedByMe: acked } });
  await raw.next("welcome");
  return raw;
}

/** The laptop reports for the next time, and what follows opens the wiki. */
async function openWiki(
  of: ControllerUnderTest,
  acked: number,
  release?: () => Promise<unknown>,
): Promise<Counters> {
  const gatewayLink = await link(of, gateway);
  const { epoch, grants } = await gatewayLink.next("snapshot");
  expect(grants).toEqual([]);
  answerGrants(gatewayLink);
  const laptopLink = await greet(of, acked);
  await laptopLink.next("config", isBlocked);
  await release?.();
  const next = acked + 1;
  laptopLink.send(reportOf(laptop.key, eventOf(next, "firewall.enabled", true)));
  laptopLink.send(beatOf({ "firewall.enabled": true }, next));
  const { add } = await gatewayLink.next("grants", ({ add: added }) => added.length > 0);
  const { jws } = await laptopLink.next("config", isOpen);
  const { set } = await laptopLink.next("trust");
  await laptopLink.next("ack", ({ seq }) => seq === next);
  gatewayLink.close();
  laptopLink.close();
  return {
    config: Number(payloadOf(jws)["version"]),
    grant: Number(payloadOf(add[0] ?? "")["ver"]),
    trust: Number(set["version"]),
    epoch,
  };
}

/** The laptop and its gateway go on after the backup, and are given newer things. */
async function goOn(of: ControllerUnderTest, acked: number): Promise<Counters> {
  const gatewayLink = await link(of, gateway);
  const { epoch, grants } = await gatewayLink.next("snapshot");
  const laptopLink = await greet(of, acked);
  const { jws } = await laptopLink.next("config", isOpen);
  const { set } = await laptopLink.next("trust");
  laptopLink.send(reportOf(laptop.key, eventOf(acked + 1, "disk.encrypted", true)));
  await laptopLink.next("ack", ({ seq }) => seq === acked + 1);
  gatewayLink.close();
  laptopLink.close();
  return {
    config: Number(payloadOf(jws)["version"]),
    grant: Number(payloadOf(grants[0] ?? "")["ver"]),
    trust: Number(set["version"]),
    epoch,
  };
}

test("a restored controller lets nobody in before somebody looked, and then all who are released", async () => {
  // From here on the backup knows of nothing.
  await step(controller, "thief", "revoke");
  const late = await join(controller, "late");
  const before = await goOn(controller, 1);
  const { agentsPort } = controller;
  const apiPort = Number(new URL(controller.apiUrl).port);
  await controller.stop();

  const restored = freshPlace("restored");
  expect(await restore(restored, backup)).toMatchObject({ exit: 0 });
  try {
    await restored.start(agentsPort, apiPort);
    for (const name of ["laptop", "thief"]) {
      expect(await deviceOf(restored, name)).toMatchObject({ status: "quarantined" });
    }
    const former = { SALLYPORT_TOKEN_FILE: controller.places.token };
    expect(await runCommand(restored, ["device", "list"], former)).toMatchObject({ exit: 4 });
    const spent = await enrol(restored, enrolKey, { key: laptop.key, name: "another" });
    expect(spent.body).toMatchObject({ code: "SP-105" });
    expect(await new RawLink(restored, late).ended).toBe(4401);

    const after = await openWiki(restored, 2, async () => {
      await step(restored, "gate", "release");
      await step(restored, "laptop", "release");
    });
    expect(after.config).toBeGreaterThan(before.config);
    expect(after.grant).toBeGreaterThan(before.grant);
    expect(after.trust).toBeGreaterThan(before.trust);
    expect(after.epoch).not.toBe(before.epoch);
    await step(restored, "thief", "revoke");
    expect(await new RawLink(restored, thief).ended).toBe(4403);
    const log = await runCommand(restored, ["audit", "verify"]);
    expect(log).toMatchObject({ exit: 0 });
    const told = await runCommand(restored, ["audit", "list", "--search", "restore", "--json"]);
    expect(told.out).toContain('"hold":true');
  } finally {
    await restored.stop();
    await controller.start(agentsPort, apiPort);
  }
});

test("a backup holds no key in clear, and nobody else may read it", () => {
  const entries = readdirSync(backup, { recursive: true, withFileTypes: true });
  const names = entries.map(({ name }) => name.replace(/\d{4}-\d\d-\d\d/, "DAY"));
  expect([...new Set(names)].toSorted()).toEqual([
    "audit-key.json",
    "controller.db",
    "decisions",
    "decisions-DAY.jsonl",
    "manifest.json",
    "root.pem",
  ]);
  for (const { parentPath, name } of entries) {
    expect(statSync(joinPath(parentPath, name)).mode & 0o077).toBe(0);
  }
});

test("where nothing was revoked since, everybody comes back as it was, and that is written down", async () => {
  const moved = freshPlace("moved");
  const words = [backup, "--as-it-was", "moved to another host"];
  expect(await restore(moved, ...words)).toMatchObject({ exit: 0 });
  await moved.start();
  try {
    expect(await deviceOf(moved, "laptop")).toMatchObject({ status: "active" });
    const told = await runCommand(moved, ["audit", "list", "--search", "restore", "--json"]);
    expect(told.out).toContain("moved to another host");
  } finally {
    await moved.stop();
  }
});

test("nothing is written over: not a backup, not a controller, not what is left of one", async () => {
  expect(await runCommand(controller, ["backup", backup])).toMatchObject({ exit: 7 });
  expect((await restore(controller, backup)).out).toContain("SP-303");
  const left = freshPlace("left");
  writeFileSync(left.places.rootKey, "the only one");
  const refused = await restore(left, backup);
  expect(refused.exit).toBe(7);
  expect(refused.out).toContain("SP-810");
  expect(readFileSync(left.places.rootKey, "utf8")).toBe("the only one");
});

/** Rows as they stand where people came in by every way that there is. */
const peopleRows = `
  INSERT INTO setting (key, body) VALUES
    ('breakGlassKeys', '[]'), ('policyChanges', '{"secondApprover":true}');
  INSERT INTO passkey (id, admin, name, public_key, counter, transports, backed_up, created_at)
    SELECT 'key', id, 'key', x'00', 0, '[]', 0, 0 FROM admin LIMIT 1;
  INSERT INTO api_token (id, name, admin, role, token_hash, created_by, created_at)
    SELECT 'tok_ops', 'ops', id, 'admin', 'hash', 'root', 0 FROM admin LIMIT 1;
  INSERT INTO user_ (id, name, display_name, source, active, created_at)
    VALUES ('usr_ann', 'ann', 'Ann', 'oidc', 1, 0);
  INSERT INTO user_session (id, device, user, acr, amr, auth_at, expires_at, created_at)
    SELECT 'ses', id, 'usr_ann', '', '[]', 0, 9000000000000000, 0 FROM device LIMIT 1;
  INSERT INTO access_request (id, device, status, until_at, body, created_at)
    SELECT 'req', id, 'approved', 9000000000000000,
      json_object('id', 'req', 'device', id, 'status', 'approved', 'untilAt', 9000000000000000), 0
    FROM device LIMIT 1;
  INSERT INTO admin_session (hash, id, admin, passkey, expires_at, created_at)
    SELECT 'session', 'session', id, 'key', 9000000000000000, 0 FROM admin LIMIT 1;
  INSERT INTO sign_in_link (hash, token, expires_at) VALUES ('link', 'tok_ops', 9000000000000000)`;

/** How many of each still let somebody in. */
const waysIn = {
  setUpLinks: "set_up_link",
  signInLinks: "sign_in_link",
  sessions: "admin_session",
  grants: "grant_ WHERE ended_at IS NULL",
  facts: "fact",
  passkeys: "passkey",
  signIns: "user_session WHERE ended_at IS NULL",
  tokens: "api_token WHERE revoked_at IS NULL",
  enrolKeys: "enrol_key WHERE revoked_at IS NULL",
  requests: "access_request WHERE status = 'approved' AND until_at > 8e15",
  settings: "setting WHERE key IN ('breakGlassKeys', 'policyChanges')",
  identities:
    "(SELECT status FROM device UNION ALL SELECT status FROM gateway) WHERE status = 'active'",
};

function waysInto(place: ControllerUnderTest): Readonly<Record<string, unknown>> {
  const database = new DatabaseSync(place.places.database, { readOnly: true });
  const count = (from: string) =>
    database.prepare(`SELECT count(*) AS n FROM ${from}`).get()?.["n"];
  const counts = Object.entries(waysIn).map(([name, from]) => [name, count(from)] as const);
  database.close();
  return Object.fromEntries(counts);
}

test("each way in is closed by a restore but the root token; a move closes those of a moment", async () => {
  const peopled = new ControllerUnderTest(joinPath(folder, "peopled"));
  // A backup is laid out as the folder that it was made of.
  cpSync(backup, peopled.places.directory, { recursive: true });
  copyFileSync(controller.places.keyFile, peopled.places.keyFile);
  const database = new DatabaseSync(peopled.places.database);
  database.exec(peopleRows);
  database.close();
  expect(Object.values(waysInto(peopled)).filter((count) => count === 0)).toEqual([]);
  const copy = joinPath(folder, "peopled copy");
  expect(await runCommand(peopled, ["backup", copy])).toMatchObject({ exit: 0 });
  const restored = freshPlace("restored people");
  expect(await restore(restored, copy)).toMatchObject({ exit: 0 });
  const none = Object.fromEntries(Object.keys(waysIn).map((name) => [name, 0]));
  expect(waysInto(restored)).toEqual({ ...none, tokens: 1 });
  const moved = freshPlace("moved people");
  expect(await restore(moved, copy, "--as-it-was", "a new host")).toMatchObject({ exit: 0 });
  const { identities, settings, requests, signIns, passkeys, enrolKeys } = waysInto(peopled);
  const kept = { identities, settings, requests, signIns, passkeys, enrolKeys, tokens: 2 };
  expect(waysInto(moved)).toEqual({ ...none, ...kept });
});

/** Puts another root in, and its digest where the manifest tells it: all that one can do without the key. */
function forge(copy: string): void {
  const path = joinPath(copy, "manifest.json");
  const text = readFileSync(path, "utf8");
  const root = readFileSync(joinPath(copy, "root.pem"));
  const other = Buffer.from(root.toString("latin1").replace("A", "B"), "latin1");
  const digest = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  writeFileSync(joinPath(copy, "root.pem"), other);
  writeFileSync(path, text.replace(digest(root), digest(other)));
}

test.each([
  ["damaged", (copy: string) => writeFileSync(joinPath(copy, "root.pem"), "x"), "SP-812"],
  ["short of a file", (copy: string) => rmSync(joinPath(copy, "audit-key.json")), "SP-812"],
  ["without a manifest", (copy: string) => rmSync(joinPath(copy, "manifest.json")), "SP-812"],
  [
    "of another kind",
    (copy: string) => writeFileSync(joinPath(copy, "manifest.json"), "{}"),
    "SP-812",
  ],
  ["changed with its manifest", forge, "SP-812"],
])("a backup that is %s brings nothing back", async (name, spoil, code) => {
  const copy = joinPath(folder, `copy ${name}`);
  cpSync(backup, copy, { recursive: true });
  spoil(copy);
  const place = freshPlace(`for ${name}`);
  const refused = await restore(place, copy);
  expect(refused).toMatchObject({ exit: 1 });
  expect(refused.out).toContain(code);
  expect(readdirSync(place.places.directory)).toEqual(["kek"]);
});

test("another key file, or none, brings nothing back", async () => {
  const other = freshPlace("other key");
  rmSync(other.places.keyFile);
  expect((await restore(other, backup)).out).toContain("SP-804");
  writeFileSync(other.places.keyFile, `${Buffer.alloc(32, 7).toString("base64url")}\n`);
  chmodSync(other.places.keyFile, 0o600);
  expect((await restore(other, backup)).out).toContain("SP-803");
  await expect(other.start()).rejects.toThrow(/SP-802/);
});

test("a backup of a newer version is refused, and a folder without a controller has none", async () => {
  const newer = joinPath(folder, "newer");
  cpSync(backup, newer, { recursive: true });
  const place = new ControllerUnderTest(newer);
  copyFileSync(controller.places.keyFile, place.places.keyFile);
  const database = new DatabaseSync(place.places.database);
  database.exec("INSERT INTO kysely_migration VALUES ('9999-later', '2030-01-01')");
  database.close();
  const copy = joinPath(folder, "newer copy");
  expect(await runCommand(place, ["backup", copy])).toMatchObject({ exit: 0 });
  expect((await restore(freshPlace("for newer"), copy)).out).toContain("SP-806");
  const [target, nowhereElse] = ["of nothing", "nowhere"].map((name) => joinPath(folder, name));
  const words = ["backup", target ?? "", "--directory", nowhereElse ?? "", "--json"];
  const nowhere = await runCommand(controller, words);
  expect(nowhere.out).toContain("SP-802");
});
