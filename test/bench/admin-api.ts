// `npm run bench:api`: how fast the admin API answers over a full store. The controller and its store
// are real; devices and decisions are written straight into the stopped store.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { DatabaseSync } from "node:sqlite";
import { parseArgs } from "node:util";
import { makeId } from "#shared/base/id.ts";
import { type ControllerUnderTest, startController } from "../server/controller-under-test.ts";
import { seedDevices } from "../server/seeded-population.ts";
import { aim, benchReport, tableHead, tableRow } from "./bench-report.ts";
import { quantilesOf } from "./quantiles.ts";

const limitMs = 50;
const callers = 64;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "10000" },
    decisions: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "200" },
    json: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
  },
});
const [devices, decisions, rounds] = [values.devices, values.decisions, values.rounds].map(Number);

const startedAt = new Date().toISOString();
const controller = await startController();
try {
  await controller.furnish();
  await controller.enrolKey({});
  await controller.stop();
  fill(controller);
  await controller.start();
  const results = await measure(controller);
  const aims = Object.entries(results).map(([path, { p99 }]) => aim(`${path} p99`, limitMs, p99));
  const args = { devices, decisions, rounds };
  const report = benchReport({ schema: "sallyport.bench.api/1", startedAt, args, results, aims });
  if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
  else {
    const rows = Object.entries(results).map(
      ([path, figures]) => `${tableRow("", figures)}  ${path}`,
    );
    process.stdout.write(`${[tableHead, ...rows].join("\n")}\n`);
  }
  process.exitCode = values.gate && aims.some(({ met }) => !met) ? 1 : 0;
} finally {
  await controller.remove();
}

/** Half of all decisions are denials, over all devices, the newest last. */
function fill({ places }: ControllerUnderTest): void {
  const names = Array.from({ length: devices ?? 0 }, (_, n) => ({
    name: `laptop-${String(n).padStart(5, "0")}`,
    groups: ["staff"],
    facts: { "firewall.enabled": n % 3 !== 0 },
  }));
  seedDevices(controller, names);
  const database = new DatabaseSync(places.database);
  const ids = database.prepare("SELECT id FROM device").all();
  const resource = String(database.prepare("SELECT id FROM resource LIMIT 1").get()?.["id"]);
  const insert = database.prepare(
    "INSERT INTO decision (id, reference, at, device, resource, effect, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  database.exec("BEGIN");
  const from = Date.now() - (decisions ?? 0);
  for (let n = 0; n < (decisions ?? 0); n += 1) {
    const device = String(ids[n % ids.length]?.["id"]);
    insertDecision(insert, { n, at: from + n, device, resource });
  }
  database.exec("COMMIT");
  database.close();
}

interface Seed {
  readonly n: number;
  readonly at: number;
  readonly device: string;
  readonly resource: string;
}

function insertDecision(
  insert: ReturnType<DatabaseSync["prepare"]>,
  { n, at, device, resource }: Seed,
): void {
  const random = new Uint8Array(10);
  new DataView(random.buffer).setUint32(6, n);
  const id = makeId("dec", at, random);
  const effect = n % 2 === 0 ? "allow" : "deny";
  const params = { signal: "firewall.enabled", wanted: "is true", had: "false" };
  const reason = { code: "level_not_met", params };
  const unmet = effect === "allow" ? [] : [{ policy: "staff-wiki", signal: params.signal, reason }];
  const reference = `${id.slice(-8, -4)}-${id.slice(-4)}`.toUpperCase();
  const decision = {
    id,
    reference,
    at,
    device,
    resource,
    effect,
    determinedBy: effect === "allow" ? ["staff-wiki"] : [],
    obligations: { record: false },
    leaseSeconds: 60,
    validUntilAt: at + 60_000,
    unmet,
    policyVersion: "0".repeat(64),
    inputHash: "0".repeat(64),
    errors: [],
  };
  insert.run(id, reference, at, device, resource, effect, JSON.stringify(decision));
}

async function measure({ apiUrl, places }: ControllerUnderTest) {
  const token = readFileSync(places.token, "utf8").trim();
  // Takes turns, since the API limits each caller.
  const agents = Array.from({ length: callers }, (_, n) => {
    return new Agent({ keepAlive: true, maxSockets: 1, localAddress: `127.0.2.${n + 1}` });
  });
  let turn = 0;
  const ask = (path: string) =>
    new Promise<{ readonly text: string; readonly tookMs: number }>((resolve, reject) => {
      const agent = agents[(turn += 1) % callers]!;
      const begun = performance.now();
      const headers = { authorization: `Bearer ${token}` };
      const sent = request(`${apiUrl}/api/v1${path}`, { agent, headers }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => {
          if (response.statusCode !== 200) reject(new Error(`${path}: ${text.slice(0, 200)}`));
          else resolve({ text, tookMs: performance.now() - begun });
        });
      });
      sent.on("error", reject).end();
    });
  const { text } = await ask("/decisions?limit=1&device=laptop-00007");
  const [known] = (JSON.parse(text) as { items: { id: string; reference: string }[] }).items;
  const paths = [
    "/overview",
    "/devices?limit=50",
    "/devices?limit=200&after=laptop-05000",
    "/devices?limit=50&search=09999",
    "/devices?limit=50&search=staff",
    "/devices?limit=50&search=zz",
    "/devices/laptop-00007",
    "/devices/laptop-00007/events",
    "/explorer",
    "/grants",
    "/settings",
    "/decisions?limit=50",
    "/decisions?limit=50&effect=deny",
    "/decisions?limit=50&device=laptop-00007",
    `/decisions?limit=50&after=${known?.id ?? ""}`,
    `/decisions/${known?.reference ?? ""}`,
    "/gateways",
    "/resources",
    "/audit?limit=50",
    "/policies/status",
  ];
  const figures: Record<string, ReturnType<typeof quantilesOf>> = {};
  for (const path of paths) {
    const tookMs: number[] = [];
    for (let n = 0; n < 5; n += 1) await ask(path);
    for (let n = 0; n < (rounds ?? 0); n += 1) tookMs.push((await ask(path)).tookMs);
    figures[path.replace(/dec_\w+|[0-9A-Z]{4}-[0-9A-Z]{4}/, "…")] = quantilesOf(tookMs);
  }
  for (const agent of agents) agent.destroy();
  return figures;
}
