import { expect, test } from "vitest";
import { factOf, startOf, moment, sha256Hex, welcomeAt } from "../test/fakes/agent-samples.ts";
import { Queue } from "../test/fakes/queue.ts";
import { plainSettings } from "./core/settings.ts";
import type { AgentEvent } from "./core/event.ts";
import type { NetdAnswer, NetdRequest } from "./core/netd.ts";
import type { CollectRequest } from "./core/posture/collection.ts";
import { journalInMemory } from "../test/fakes/sent-messages.ts";
import type { ErrorRef } from "#shared/base/coded-error.ts";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import type { SentMessage } from "./ports.ts";
import type { Ports } from "./ports.ts";
import { runAgent } from "./run.ts";

const good: NetdAnswer = { ok: true, error: null, kernelAtMs: 42, steps: [], observed: null };

/** Starts the loop over ports that only write down what they were asked, in order. */
function startLoop(role: "device" | "gateway", more: Partial<Ports> = {}) {
  const done: string[] = [];
  const lines: { message: string; fields: Readonly<Record<string, unknown>> }[] = [];
  const collects = new Queue<CollectRequest>();
  const settled = new Queue<AgentEvent["kind"]>();
  let nowMs = 1_000;
  const clock: Ports["clock"] = {
    now: () => moment(nowMs++),
    wakeAt: () => undefined,
  };
  const ports: Ports = {
    clock,
    link: {
      connect: (connection) => done.push(`connect ${connection}`),
      send: (_connection, message) => done.push(`send ${message.kind}`),
      ping: () => done.push("ping"),
      close: (_connection, code) => done.push(`close ${code}`),
    },
    netd: {
      request: async (request: NetdRequest) => {
        done.push(`netd ${request.verb}`);
        return good;
      },
      close: () => undefined,
    },
    membership: {
      enrol: () => Promise.reject(new Error("not in this test")),
      renewLate: () => Promise.reject(new Error("not in this test")),
      storeCertificate: () => Promise.reject(new Error("disk gone")),
      storeTrust: () => Promise.resolve(),
      sign: () => {
        done.push("sign");
        return "signature";
      },
      forget: () => Promise.resolve(),
    },
    spool: {
      append: (events) => done.push(`spool ${events.length}`),
      remove: () => done.push("unspool"),
      close: () => Promise.resolve(),
    },
    memory: {
      saveWish: (wish) => done.push(`save ${wish}`),
      keepOwner: () => undefined,
      keepVerdict: () => undefined,
    },
    sent: journalInMemory(),
    localApi: {
      answer: (_client, id) => done.push(`answer ${id}`),
      close: () => Promise.resolve(),
    },
    collectors: {
      collect: (request) => {
        collects.push(request);
        return new Promise(() => undefined);
      },
      watch: () => undefined,
      evidence: () => undefined,
      formerEvidence: () => undefined,
      inventory: () => Promise.resolve(null),
      close: () => Promise.resolve(),
    },
    log: {
      write: (_level, message, fields = {}) => {
        lines.push({ message, fields });
        if (message === "transition") settled.push(String(fields["event"]) as AgentEvent["kind"]);
      },
    },
    ...more,
  };
  const agent = runAgent(startOf(role), { digest: sha256Hex, clock }, () => ports);
  const handled = (name: string) => settled.next((event) => event === name);
  return { agent, done, lines, collects, handled };
}

function online(loop: ReturnType<typeof startLoop>): void {
  loop.agent.dispatch({ kind: "linkOpened", connection: 1 });
  loop.agent.dispatch({
    kind: "frame",
    connection: 1,
    message: welcomeAt(1_000),
    configVersion: 0,
  });
}

test("signs, sends and only then stores, and writes the line that a cut-off is read from", async () => {
  const loop = startLoop("device");
  online(loop);
  const { run } = await loop.collects.next((request) => request.collector === "firewall");
  loop.done.length = 0;
  loop.agent.dispatch({
    kind: "collected",
    answer: {
      run,
      collector: "firewall",
      facts: ["enabled", "ipv4", "ipv6"].map((name) => factOf(`firewall.${name}`, false)),
      failed: null,
    },
  });
  expect(loop.done).toEqual(["sign", "send report", "spool 3"]);
  const sent = loop.lines.filter(({ message }) => message === "posture event sent");
  expect(sent.map(({ fields }) => [fields["signal"], fields["seq"]])).toEqual([
    ["firewall.enabled", 1],
    ["firewall.ipv4", 2],
    ["firewall.ipv6", 3],
  ]);
  expect(sent.every(({ fields }) => typeof fields["monotonicMs"] === "number")).toBe(true);
});

test("writes when the kernel had a gateway's removal", async () => {
  const loop = startLoop("gateway");
  online(loop);
  const grants = { kind: "grants", n: 1, add: [], remove: ["j1", "j2"] } as const;
  const message = { ...grants, add: [...grants.add], remove: [...grants.remove] };
  loop.agent.dispatch({ kind: "frame", connection: 1, message, configVersion: 0 });
  await loop.handled("netdAnswered grants");
  const line = loop.lines.find(({ message: text }) => text === "grants applied");
  expect(line?.fields).toMatchObject({ removed: 2, kernelAtMs: 42 });
  expect(typeof line?.fields["receivedAtMonotonicMs"]).toBe("number");
});

test("turns a failed effect into a trouble that people see, and lives on", async () => {
  const loop = startLoop("device");
  online(loop);
  loop.agent.dispatch({
    kind: "frame",
    connection: 1,
    message: { kind: "certificate", chain: ["x"], notAfterAt: 1 },
    configVersion: 0,
  });
  await loop.handled("trouble");
  const told = loop.lines.filter(({ message }) => message === "trouble");
  expect(told).toMatchObject([
    { fields: { code: "SP-901", detail: expect.stringContaining("disk gone") } },
  ]);
  loop.agent.dispatch({
    kind: "asked",
    client: 1,
    id: 8,
    peer: { uid: 1, user: "x" },
    request: { verb: "status" },
  });
  expect(loop.done.at(-1)).toBe("answer 8");
});

test("a setting that is not taken stands in the log once, and once that it is over", () => {
  const loop = startLoop("device");
  const read = (...problems: ErrorRef[]) =>
    loop.agent.dispatch({ kind: "settingsRead", settings: { ...plainSettings(), problems } });
  const told = () => {
    const lines = loop.lines.splice(0).filter(({ message }) => message.startsWith("setting"));
    return lines.map(({ message, fields }) => [message, fields["code"], fields["name"]]);
  };
  const bad: ErrorRef = { code: "SP-130", params: { name: "AlwaysOn", why: "no" } };
  const unknown: ErrorRef = { code: "SP-131", params: { name: "Fnord", why: "none" } };
  read({ ...bad });
  expect(told()).toEqual([["setting problem", "SP-130", "AlwaysOn"]]);
  read({ ...unknown }, { ...bad });
  expect(told()).toEqual([["setting problem", "SP-131", "Fnord"]]);
  read({ ...unknown });
  expect(told()).toEqual([["setting problem over", "SP-130", "AlwaysOn"]]);
  read({ ...unknown });
  expect(told()).toEqual([]);
});

test("what is shown as shared is what was sent, field by field", async () => {
  const sent: AgentMessage[] = [];
  const shown = Promise.withResolvers<readonly SentMessage[]>();
  const loop = startLoop("device", {
    link: {
      connect: () => undefined,
      send: (_connection, message) => sent.push(message),
      ping: () => undefined,
      close: () => undefined,
    },
    localApi: {
      answer: (_client, _id, answer) =>
        shown.resolve(answer.ok ? (answer.body["messages"] as SentMessage[]) : []),
      close: () => Promise.resolve(),
    },
  });
  online(loop);
  const { run } = await loop.collects.next((request) => request.collector === "firewall");
  const facts = [factOf("firewall.enabled", false)];
  loop.agent.dispatch({
    kind: "collected",
    answer: { run, collector: "firewall", facts, failed: null },
  });
  const asked = { client: 1, id: 9, peer: { uid: 1000, user: "ada" } };
  const request = { verb: "privacy", sinceAt: 0 } as const;
  loop.agent.dispatch({ kind: "asked", ...asked, request });
  const messages = (await shown.promise).map(({ message }) => message);
  expect(messages.map(({ kind }) => kind)).toContain("report");
  expect(messages.toReversed()).toEqual(sent);
});

test("says goodbye when it is stopped and takes nothing in afterwards", () => {
  const loop = startLoop("device");
  online(loop);
  loop.done.length = 0;
  loop.agent.stop();
  expect(loop.done).toEqual(["send bye", "close 1000"]);
  loop.agent.dispatch({ kind: "netdNoticed", name: "firewallChanged", what: "" });
  online(loop);
  expect(loop.done).toEqual(["send bye", "close 1000"]);
});
