import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type FakeNetd, startFakeNetd } from "../../../test/fakes/fake-netd.ts";
import { Queue } from "../../../test/fakes/queue.ts";
import type { NetdEvent } from "../../core/event.ts";
import { firewallReads } from "./firewall-reads.ts";
import { type NetdClient, openNetd } from "./netd-client.ts";

let directory: string;
let path: string;
let fake: FakeNetd;
let answers: Parameters<typeof startFakeNetd>[1];
let netd: NetdClient;
let events: Queue<NetdEvent>;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  path = join(directory, "netd.sock");
  answers = () => ({});
  fake = await startFakeNetd(path, (request) => answers?.(request) ?? null);
  events = new Queue();
  netd = openNetd(path, events.push);
});
afterEach(async () => {
  netd.close();
  await fake.close();
  rmSync(directory, { recursive: true });
});

test("takes the pen, subscribes, and only then says that netd is ready", async () => {
  expect(await events.next()).toEqual({
    kind: "netdReady",
    wireguard: "userspace",
    os: "linux",
    setAside: ["config.json"],
    configVersion: 4,
  });
  expect(fake.requests).toMatchObject([
    { verb: "hello", protocol: 1, write: true },
    { verb: "subscribe" },
  ]);
});

test("gives answers to their requests in any order, with what was done in spite of a refusal", async () => {
  await events.next();
  const held: number[] = [];
  answers = (request) => {
    held.push(Number(request["id"]));
    return null;
  };
  const first = netd.request({ verb: "leases", jws: "a.b.c" });
  const second = netd.request({ verb: "grants", add: [], remove: ["j1"] });
  const error = { code: "bad_signature", at: "add[0]", detail: "no" };
  while (held.length < 2) await new Promise(setImmediate);
  fake.tell({ id: held[1], ok: false, error, kernelAtMs: 12.5 });
  fake.tell({ id: held[0], ok: true, kernelAtMs: 11 });
  expect(await second).toMatchObject({ ok: false, error, kernelAtMs: 12.5 });
  expect(await first).toMatchObject({ ok: true, kernelAtMs: 11 });
});

test("hears the events that it acts on at once, and passes over others", async () => {
  await events.next();
  fake.tell({ event: "firewallChanged", at: 1, reason: "rule" });
  fake.tell({ event: "dnsLearned", at: 2, name: "wiki" });
  fake.tell({ event: "tampered", at: 3, what: "nft" });
  expect(await events.next()).toEqual({ kind: "netdNoticed", name: "firewallChanged", what: "" });
  expect(await events.next()).toEqual({ kind: "netdNoticed", name: "tampered", what: "nft" });
});

test("hears whose packets a gateway refused, and nothing where nobody is named", async () => {
  await events.next();
  const refused = { event: "denied", at: 1, src: "100.96.1.2", dst: "10.50.0.20", port: 22 };
  fake.tell({ ...refused, device: "dev_1", proto: 6, count: 3 });
  fake.tell({ ...refused, proto: 17, count: 3 });
  const denied = { device: "dev_1", dst: "10.50.0.20", proto: "tcp", port: 22, count: 3 };
  expect(await events.next()).toEqual({ kind: "netdNoticed", name: "denied", what: "", denied });
  expect(await events.next()).toEqual({ kind: "netdNoticed", name: "denied", what: "" });
});

test("answers what waits when the connection is lost, says so once and comes back", async () => {
  await events.next();
  answers = () => null;
  const waiting = netd.request({ verb: "observe" });
  while (fake.requests.length < 3) await new Promise(setImmediate);
  answers = () => ({});
  fake.drop();
  expect(await waiting).toMatchObject({ ok: false, error: { code: "unreachable" } });
  expect(await events.next()).toMatchObject({ kind: "netdLost", because: { code: "SP-401" } });
  expect(await events.next()).toMatchObject({ kind: "netdReady" });
});

test("does not listen to somebody who speaks another language", async () => {
  await events.next();
  fake.tell("HTTP/1.1 200 OK");
  expect(await events.next()).toMatchObject({
    kind: "netdLost",
    because: { params: { why: "a line that is not ours" } },
  });
});

test("a refused read carries netd's code", async () => {
  await events.next();
  answers = (request) =>
    request["what"] === "nft.chains"
      ? { raw: "{}", exitCode: 0, tookMs: 2 }
      : { ok: false, error: { code: "unsupported", at: "what", detail: "no such tool" } };
  const reads = firewallReads(netd);
  expect(await reads.chains()).toEqual({ raw: "{}", exitCode: 0, tookMs: 2 });
  await expect(reads.legacy("ipv6")).rejects.toMatchObject({ code: "unsupported" });
  expect(fake.requests.at(-1)).toMatchObject({ verb: "read", what: "ip6tables.legacy" });
});
