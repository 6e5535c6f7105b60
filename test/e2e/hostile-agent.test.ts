// Whoever takes the agent process can close, never open: everything below comes over the agent's own
// connection to netd, and nothing of it changes what may flow.
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { restoreByFirewall } from "../lab/cutoff.ts";
import { firewallOff } from "../lab/firewall.ts";
import { isRootless } from "../lab/container.ts";
import type { Installation } from "../lab/installation.ts";
import { programPath } from "../lab/program-path.ts";
import { address } from "../lab/topology.ts";
import { waitForState } from "../lab/world.ts";
import {
  expectClosed,
  expectReach,
  untilClosed,
  untilReached,
  withoutLeak,
} from "./expectations.ts";
import { NetdLine } from "./netd-line.ts";
import { sharedWorld } from "./shared-lab.ts";

const nobodyUid = 65_534;

type Claims = Record<string, unknown>;

let line: NetdLine;
let held = "";
let stale = "";
let foreign = "";

beforeAll(async () => {
  const world = await sharedWorld();
  stale = heldBy(world.laptop);
  foreign = heldBy(world.gateway);
  firewallOff("laptop");
  await untilClosed(world, 30_000);
  await restoreByFirewall(world, address.resource4);
  await world.laptop.agent.kill();
  held = heldBy(world.laptop);
  expect(held).not.toBe(stale);
  line = new NetdLine(world.laptop);
  expect((await line.ask("hello", { protocol: 1, write: true })).ok).toBe(true);
});

afterAll(async () => {
  const world = await sharedWorld();
  line.close();
  await world.laptop.startAgent();
  await waitForState(world.laptop, "connected");
  await untilReached(world, 60_000);
});

/** The signed config that a machine's netd holds, whatever its file looks like around it. */
function heldBy(machine: Installation): string {
  const text = readFileSync(join(machine.places.state, "netd", "config.json"), "utf8");
  const found = /[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{80,}/.exec(text);
  if (found === null) throw new Error("netd holds no signed config");
  return found[0];
}

function part(jws: string, index: number): Claims {
  const text = Buffer.from(jws.split(".")[index] ?? "", "base64url").toString("utf8");
  return JSON.parse(text) as Claims;
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** The held config with other claims, signed by someone else's key under the true key's name. */
function forge(change: Claims, key: KeyObject, header: Claims = part(held, 0)): string {
  const body = `${encode(header)}.${encode({ ...part(held, 1), ...change })}`;
  return `${body}.${sign(null, Buffer.from(body), key).toString("base64url")}`;
}

const { privateKey: strangersKey, publicKey: strangersPublicKey } = generateKeyPairSync("ed25519");

/** What the thief sends, and the code with which netd refuses it. */
const attacks: readonly [string, () => object, RegExp][] = [
  [
    "a config of an own key",
    () => ({ jws: forge({ version: 1e6 }, strangersKey) }),
    /bad_signature/,
  ],
  [
    "a config with wider routes under the old signature",
    () => {
      const [header, , signature] = held.split(".");
      const claims = { ...part(held, 1), version: 1e6, protectedPrefixes: [] };
      return { jws: `${header}.${encode(claims)}.${signature}` };
    },
    /bad_signature/,
  ],
  [
    "a config whose header names no algorithm",
    () => ({ jws: forge({}, strangersKey, { ...part(held, 0), alg: "none" }) }),
    /bad_signature|bad_request/,
  ],
  [
    "a config that carries its own key",
    () => {
      const jwk = strangersPublicKey.export({ format: "jwk" });
      return { jws: forge({}, strangersKey, { ...part(held, 0), jwk }) };
    },
    /bad_signature|bad_request/,
  ],
  ["one changed byte", () => ({ jws: held.replace(/.$/, (c) => (c === "A" ? "B" : "A")) }), /bad_/],
  ["no signature at all", () => ({ jws: held.split(".").slice(0, 2).join(".") }), /bad_/],
  ["the config before this one, well signed", () => ({ jws: stale }), /conflict/],
  [
    "the gateway's config, well signed",
    () => ({ jws: foreign }),
    /bad_signature|bad_request|conflict/,
  ],
  ["an unsigned desired state", () => ({ config: part(held, 1) }), /bad_request/],
];

it.each(attacks)("refuses %s", async (_what, fields, code) => {
  const answer = await line.ask("config", fields());
  expect(answer.ok).toBe(false);
  expect(answer.error?.code).toMatch(code);
});

it("refuses grants and lease lists, which are a gateway's alone", async () => {
  const grants = await line.ask("grants", { add: [held], remove: [] });
  expect(grants.ok).toBe(false);
  const leases = await line.ask("leases", { jws: held });
  expect(leases.ok).toBe(false);
});

it("refuses a trust set that no pinned root signed", async () => {
  const file = readFileSync(
    join((await sharedWorld()).laptop.places.state, "netd", "trust.json"),
    "utf8",
  );
  const stored = JSON.parse(file) as Claims;
  const set = (stored["set"] ?? stored) as Claims;
  const answer = await line.ask("trust", { set: { ...set, version: 1e6 } });
  expect(answer.ok).toBe(false);
  expect(answer.error?.code).toMatch(/bad_signature|bad_request/);
});

it("still carries the granted resource and nothing else after all of it", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    await expectReach(world);
    await expectClosed(world, [address.neighbour4, address.neighbour6]);
  });
});

it("lets the thief close: narrowing needs no signature, and nothing leaks", async () => {
  const world = await sharedWorld();
  await withoutLeak(world, async () => {
    expect((await line.ask("narrow", { what: "block" })).ok).toBe(true);
    await expectClosed(world);
  });
});

// The last one: a netd that starts opens nothing before an agent is back.
it("keeps root's verbs for root, though the agent's own account asks", async ({ skip }) => {
  if (isRootless()) skip("a user namespace of one account has no other");
  const { laptop } = await sharedWorld();
  line.close();
  await laptop.netd.kill();
  await laptop.startNetd("nobody");
  const thief = asNobody(laptop, () => new NetdLine(laptop));
  try {
    const hello = await thief.ask("hello", { protocol: 1, write: true });
    expect(hello).toMatchObject({ ok: true, role: "agent" });
    const rootsVerbs = { pin: { p: "A".repeat(43) }, leave: {}, breakGlass: { file: "{}" } };
    for (const [verb, fields] of Object.entries(rootsVerbs)) {
      const answer = await thief.ask(verb, fields);
      expect(answer, verb).toMatchObject({ ok: false, error: { code: "permission" } });
    }
    // What the account may do, so that its refusals are about the verbs.
    expect(await thief.ask("observe")).toMatchObject({ ok: true });
  } finally {
    thief.close();
    await laptop.netd.kill();
    await laptop.startNetd();
  }
  const tables = laptop.command([programPath("nft"), "list", "tables"]).stdout;
  expect(tables).toContain("inet sallyport_guard");
});

/** Runs `act` as the account of the agent; the kernel tells netd who it was that connected. */
function asNobody<T>(machine: Installation, act: () => T): T {
  const { run } = machine.places;
  chmodSync(run, 0o711);
  process.setegid!(nobodyUid);
  process.seteuid!(nobodyUid);
  try {
    return act();
  } finally {
    process.seteuid!(0);
    process.setegid!(0);
    chmodSync(run, 0o700);
  }
}
