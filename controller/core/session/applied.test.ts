import { expect, test } from "vitest";
import type { AgentMessage } from "#shared/protocol/agent-message.ts";
import { describeError, type ErrorRef } from "#shared/base/coded-error.ts";
import { connect, ids, makeWorld, only, say } from "../../../test/fakes/controller-world.ts";
import { configProblemText } from "../../cli/config-problem.ts";

const occupied: ErrorRef = {
  code: "SP-402",
  params: { version: 7, step: "link", why: "interface spg0 is not ours: kind veth", advice: "see" },
};

function applied(result: "ok" | "partial", errors: readonly ErrorRef[]): AgentMessage {
  const told = errors.map(({ code, params }) => ({ code, params: { ...params } }));
  return { kind: "applied", what: "config", ref: "7", result, errors: told, tookMs: 1 };
}

test("a config applied in part raises one clean alarm, however often it is tried again", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  const [alarm, more] = only(say(world, 1, applied("partial", [occupied])), "alarm");
  expect(more).toBeUndefined();
  expect(alarm).toMatchObject({ subject: ids.gateway, error: occupied });
  expect(describeError(alarm?.error ?? occupied).detail).toBe(
    "configuration 7: step `link` failed: interface spg0 is not ours: kind veth",
  );
  expect(only(say(world, 1, applied("partial", [occupied])), "alarm")).toEqual([]);
  const other = { ...occupied, params: { ...occupied.params, step: "filter" } };
  expect(only(say(world, 1, applied("partial", [other])), "alarm")).toHaveLength(1);
});

test("it is held with the link until the config is whole", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  const held = () => world.state.gateways.get(ids.gateway)?.link?.configErrors;
  say(world, 1, applied("partial", [occupied]));
  expect(held()).toEqual([occupied]);
  say(world, 1, applied("ok", []));
  expect(held()).toEqual([]);
});

test("what is shown names the step, its reason and what to do", () => {
  const { title, detail, fix } = describeError(occupied);
  const shown = { code: occupied.code, title, detail, fix };
  expect(configProblemText({ connected: true, configErrors: [shown] })).toContain("`link` failed");
  expect(configProblemText({ connected: true, configErrors: [] })).toBe("no failure told");
});

test("a machine whose system has no tunnel is shown as one, and raises no alarm", () => {
  const world = makeWorld();
  connect(world, 2, ids.device);
  const telemetry: AgentMessage = {
    kind: "telemetry",
    peers: [],
    netd: { wireguard: "none", healthy: true },
  };
  const told = (os: string) => {
    const device = world.state.devices.get(ids.device);
    if (device === undefined) throw new Error("no device");
    device.record = { ...device.record, os };
    expect(only(say(world, 2, telemetry), "alarm")).toEqual([]);
    return device.link?.configErrors;
  };
  expect(told("linux")).toEqual([]);
  expect(told("windows")).toEqual([
    { code: "SP-427", params: { os: "windows", why: expect.any(String) } },
  ]);
});

test("what a gateway refused is counted; what a device says of it is not", () => {
  const world = makeWorld();
  connect(world, 1, ids.gateway);
  connect(world, 2, ids.device);
  const refused = { device: ids.device, dst: "10.50.0.20", proto: "tcp", port: 22, count: 3 };
  const telemetry: AgentMessage = {
    kind: "telemetry",
    peers: [],
    denied: [refused, { ...refused, port: 23 }],
    netd: { wireguard: "kernel", healthy: true },
  };
  expect(only(say(world, 1, telemetry), "tally")).toMatchObject([
    { tally: { name: "sallyport_gateway_denied_total", labels: { reason: "ungranted" } }, by: 6 },
  ]);
  expect(only(say(world, 2, telemetry), "tally")).toEqual([]);
});
