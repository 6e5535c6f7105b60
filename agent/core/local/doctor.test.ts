import { expect, test } from "vitest";
import { observedWhole } from "../../../test/fakes/agent-run.ts";
import { agentOf } from "../../../test/fakes/agent-samples.ts";
import type { NetdAnswer, Observed } from "../netd.ts";
import { checksOf } from "./doctor.ts";

function answer(observed: Partial<Observed> | null): NetdAnswer {
  const held = observed === null ? null : { ...observedWhole, ...observed };
  return { ok: held !== null, error: null, kernelAtMs: null, steps: [], observed: held };
}

function failures(role: "device" | "gateway", observed: Partial<Observed> | null) {
  const joined = { ...agentOf(role), enrolment: { kind: "joined" } } as const;
  return checksOf(joined, answer(observed)).filter(({ state }) => state === "failed");
}

test("finds nothing wrong with a whole network", () => {
  expect(failures("device", {})).toEqual([]);
  expect(failures("gateway", {})).toEqual([]);
});

test("where nothing is read it says who wants it so, and advises no other look", () => {
  const joined = { ...agentOf("device"), enrolment: { kind: "joined" } } as const;
  const settings = { ...joined.settings, postureChecking: false, managedBy: "Example Corp" };
  const told = (state: typeof joined) =>
    checksOf(state, answer({})).filter(({ name }) => name === "posture" || name.includes("SP-420"));
  expect(told(joined)).toMatchObject([{ name: "posture" }]);
  const off = told({ ...joined, settings });
  expect(off).toMatchObject([{ name: "warning SP-420", state: "failed" }]);
  expect(off[0]?.detail).toContain("managed by Example Corp (PostureChecking=never)");
});

test("with a netd that was started anew it says what stands, and what cannot be known", () => {
  const joined = { ...agentOf("device"), enrolment: { kind: "joined" } } as const;
  const state = { ...joined, tunnel: { ...joined.tunnel, heldVersion: 7 } };
  const named = (guard: Observed["guard"]) =>
    checksOf(state, answer({ configVersion: 0, guard }))
      .filter(({ name }) => ["guard", "routing", "names"].includes(name))
      .map(({ name, state: at }) => `${name} ${at}`);
  expect(named({ table: true, rules: true })).toEqual([
    "guard ok",
    "routing unknown",
    "names unknown",
  ]);
  expect(named({ table: false, rules: true })[0]).toBe("guard failed");
});

test("a machine that was not let in is told by the refusal of its key what to mend", () => {
  const none = { ...agentOf("device"), enrolment: { kind: "none" } } as const;
  const detailOf = (state: typeof none) => checksOf(state, answer(null))[0]?.detail;
  expect(detailOf(none)).toContain("SP-304");
  const refused = { code: "SP-102", params: { keyId: "k1" } } as const;
  expect(detailOf({ ...none, warnings: { enrolment: refused } })).toContain("no uses left");
});

test("a machine that was revoked is no member any more", () => {
  const joined = { ...agentOf("device"), enrolment: { kind: "joined" } } as const;
  const revoked = { ...joined, tunnel: { ...joined.tunnel, revoked: true } };
  expect(checksOf(revoked, answer({}))[0]).toMatchObject({ name: "enrolment", state: "failed" });
  expect(checksOf(joined, answer({}))[0]).toMatchObject({ name: "enrolment", state: "ok" });
});

test("names a firewall that drops what a gateway forwards, with the line that mends it", () => {
  const findings = [{ kind: "forwardDropped", detail: "ip filter DOCKER-USER" }];
  expect(failures("gateway", { findings })).toMatchObject([
    {
      name: "forwarding",
      fix: "nft 'insert rule ip filter DOCKER-USER meta mark and 0xff000000 == 0x53000000 accept'",
    },
  ]);
});

test("names another VPN's rule on a gateway, which cuts devices off", () => {
  const findings = [{ kind: "routeDiverted", detail: "100.96.0.0/16 leaves by eth0" }];
  expect(failures("gateway", { findings })).toMatchObject([
    {
      name: "routing",
      detail: expect.stringContaining("100.96.0.0/16 leaves by eth0"),
      fix: expect.stringContaining("above 5359"),
    },
  ]);
});

test("names another VPN's rule, damage, and a gateway that does not answer", () => {
  const diverted = [{ kind: "routeDiverted", detail: "10.50.0.0/24 leaves by eth0" }];
  const peer = { publicKey: "k", endpoint: "192.0.2.1:51820", rxBytes: 0, txBytes: 0 };
  const peers = [
    { ...peer, handshakeAgeSeconds: null },
    { ...peer, endpoint: "192.0.2.2:51820", handshakeAgeSeconds: 5 },
  ];
  const guard = { table: true, rules: false };
  expect(failures("device", { findings: diverted, peers, guard }).map(({ name }) => name)).toEqual([
    "guard",
    "routing",
    "gateway 192.0.2.1:51820",
  ]);
});

test("on Windows no line names a program of Linux", () => {
  const device = agentOf("device");
  const joined = {
    ...device,
    enrolment: { kind: "joined" },
    host: { ...device.host, os: "windows" },
  };
  const findings = [{ kind: "namesHeard", detail: "the registry refuses" }];
  const checks = [
    { table: true, rules: true },
    { table: false, rules: false },
  ].flatMap((guard) => checksOf(joined as typeof device, answer({ guard, findings })));
  const told = checks.map(({ detail, fix = "" }) => `${detail} ${fix}`).join("\n");
  expect(told).toMatch(/filters of Windows stand[^]*filters of Windows are damaged/);
  expect(told).not.toMatch(/nft|ip rule|systemd/);
});

test("names a resolver of the machine that does not ask us, with what to do", () => {
  const findings = [{ kind: "namesHeard", detail: "NetworkManager writes /etc/resolv.conf" }];
  expect(failures("device", { findings })).toMatchObject([
    { name: "names", fix: expect.stringContaining("dns=systemd-resolved") },
  ]);
});

test("does not call unseen what it could not look at", () => {
  const states = checksOf(agentOf("device"), answer(null)).map(({ name, state }) => [name, state]);
  expect(states).toContainEqual(["netd", "unknown"]);
  expect(states).toContainEqual(["controller", "unknown"]);
  expect(states.map(([name]) => name)).not.toContain("guard");
});
