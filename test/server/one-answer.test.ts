// One question, five ways to ask it: the matrix of the explorer, a simulation, the page of a device,
// the device's own view, and a decision made again. Twenty pairs, and what must come out by the rules.
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { apiContract } from "#shared/protocol/api/contract.ts";
import { type ControllerUnderTest, startController } from "./controller-under-test.ts";
import { patience } from "./patience.ts";
import {
  answerGrants,
  beatOf,
  eventOf,
  join,
  joinGateway,
  link,
  type RawLink,
  reportOf,
} from "./raw-agent.ts";

const resources = ["attic", "docs", "vault", "wiki"] as const;

const resource = (name: string, host: number) =>
  `  - {name: ${name}, site: office, targets: [{cidr: 10.77.0.${host}/32, proto: tcp, ports: [443]}]}`;
const rule = (name: string, when: string) =>
  `  - {id: staff-${name}, effect: allow, subjects: {groups: [staff]}, resources: {names: [${name}]}, when: {${when}}}`;

const policy = `apiVersion: sallyport/v1
resources:
${resources
  .slice(0, 3)
  .map((name, place) => resource(name, place + 2))
  .join("\n")}
policies:
${rule("wiki", "firewall.enabled: {is: true}")}
${rule("docs", "disk.encrypted: {is: true}")}
${rule("vault", "firewall.enabled: {is: true}, disk.encrypted: {is: true}")}
`;

interface Facts {
  readonly firewall: boolean | null;
  readonly disk: boolean | null;
}

/** Null: never reported. */
const devices: Readonly<Record<string, Facts>> = {
  "desk-0": { firewall: true, disk: true },
  "desk-1": { firewall: true, disk: false },
  "desk-2": { firewall: false, disk: true },
  "desk-3": { firewall: false, disk: null },
  "desk-4": { firewall: null, disk: true },
};

const byTheRules: Readonly<Record<(typeof resources)[number], (facts: Facts) => string>> = {
  attic: () => "no rule",
  docs: ({ disk }) => (disk === true ? "allow" : "deny"),
  vault: ({ firewall, disk }) => (firewall === true && disk === true ? "allow" : "deny"),
  wiki: ({ firewall }) => (firewall === true ? "allow" : "deny"),
};

/** `device resource answer`, of all pairs. */
const expected = Object.entries(devices)
  .flatMap(([name, facts]) => resources.map((one) => `${name} ${one} ${byTheRules[one](facts)}`))
  .sort();

let controller: ControllerUnderTest;
const links = new Map<string, RawLink>();

beforeAll(async () => {
  controller = await startController();
  await controller.furnish();
  const body = { files: [{ file: "policy.yaml", text: policy }], reason: "four resources" };
  await controller.ask({ method: "POST", path: "/policies", body });
  answerGrants(await link(controller, await joinGateway(controller, "gw-office")));
  for (const [name, { firewall, disk }] of Object.entries(devices)) {
    const device = await join(controller, name);
    const opened = await link(controller, device);
    links.set(name, opened);
    const told = { "firewall.enabled": firewall, "disk.encrypted": disk };
    const facts = Object.entries(told).filter((one): one is [string, boolean] => one[1] !== null);
    facts.forEach(([signal, value], place) =>
      opened.send(reportOf(device.key, eventOf(place + 1, signal, value))),
    );
    opened.send(beatOf(Object.fromEntries(facts), facts.length));
  }
});
afterAll(() => controller.remove());

const get = (path: string) => controller.ask({ method: "GET", path });

async function byMatrix(): Promise<readonly string[]> {
  const matrix = apiContract["GET /explorer"].answer.parse(await get("/explorer"));
  const names = new Map(matrix.resources.map(({ id, name }) => [id, name]));
  return matrix.items.flatMap(({ name, cells }) =>
    [...names].map(([id, resource]) => {
      const cell = cells.find((one) => one.resource === id);
      return `${name} ${resource} ${cell?.effect ?? "no rule"}`;
    }),
  );
}

async function bySimulation(): Promise<readonly string[]> {
  const all = await Promise.all(
    Object.keys(devices).map(async (device) => {
      const body = { device };
      const answer = await controller.ask({ method: "POST", path: "/policies/simulate", body });
      const { answers } = apiContract["POST /policies/simulate"].answer.parse(answer);
      return answers.map(({ resource, effect, determinedBy, unmet }) => {
        const named = effect !== "deny" || determinedBy.length + unmet.length > 0;
        return `${device} ${resource} ${named ? effect : "no rule"}`;
      });
    }),
  );
  return all.flat();
}

async function decisionsOf(device: string) {
  return apiContract["GET /devices/:key"].answer.parse(await get(`/devices/${device}`)).access;
}

async function byDevicePage(): Promise<readonly string[]> {
  const all = await Promise.all(
    Object.keys(devices).map(async (device) =>
      (await decisionsOf(device)).map(({ resourceName, effect, reasons }) => {
        const named = effect !== "deny" || reasons.some(({ code }) => code !== "no_rule");
        return `${device} ${resourceName ?? ""} ${named ? effect : "no rule"}`;
      }),
    ),
  );
  return all.flat();
}

/** What the device itself shows as open; it hears nothing of what no rule names. */
function byDevice(): readonly string[] {
  return [...links].flatMap(([device, { messages }]) => {
    const newest = messages.findLast((message) => message.kind === "verdict");
    const told = newest?.resources ?? [];
    return told
      .filter(({ state }) => state === "open")
      .map(({ name }) => `${device} ${name} allow`);
  });
}

test("the matrix, a simulation, the page of a device and the device say what the rules say", async () => {
  const open = expected.filter((pair) => pair.endsWith(" allow"));
  await vi.waitFor(() => expect([...byDevice()].sort()).toEqual(open), patience);
  expect(expected).toHaveLength(20);
  expect([...(await byMatrix())].sort()).toEqual(expected);
  expect([...(await bySimulation())].sort()).toEqual(expected);
  expect([...(await byDevicePage())].sort()).toEqual(expected);
});

test("each of the twenty is decided again the same from what it was made from", async () => {
  for (const device of Object.keys(devices)) {
    for (const { id, effect } of await decisionsOf(device)) {
      const replay = await vi.waitFor(() => get(`/decisions/${id}/replay`), patience);
      const again = apiContract["GET /decisions/:key/replay"].answer.parse(replay);
      expect(again.replay).toMatchObject({ kind: "decided", same: true, answer: { effect } });
    }
  }
});
