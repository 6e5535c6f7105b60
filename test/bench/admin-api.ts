// `npm run bench:api`: how fast the admin API answers over a full store while it is written to. The
// controller and its store are real; the population is written straight into the stopped store.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type ControllerUnderTest, startController } from "../server/controller-under-test.ts";
import { joinGateway } from "../server/raw-agent.ts";
import { populate, restless } from "./api-population.ts";
import { aim, benchReport, tableHead, tableRow } from "./bench-report.ts";
import { quantilesOf } from "./quantiles.ts";

const limitMs = 50;
const callers = 64;
const settledMs = 3_000;

const { values } = parseArgs({
  options: {
    devices: { type: "string", default: "10000" },
    decisions: { type: "string", default: "1000000" },
    rounds: { type: "string", default: "200" },
    /** Changes of devices per second beside the questions. */
    writes: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
    gate: { type: "boolean", default: false },
  },
});
const sizes = [values.devices, values.decisions, values.rounds, values.writes].map(Number);
const [devices = 0, decisions = 0, rounds = 0, writes = 0] = sizes;

/** A resource that nobody was ever answered about. */
const quiet = {
  file: "quiet.yaml",
  text: `apiVersion: sallyport/v1
resources:
  - {name: vault, site: office, targets: [{cidr: 10.77.0.2/32, proto: tcp, ports: [443]}]}
`,
};

const startedAt = new Date().toISOString();
const controller = await startController();
try {
  await controller.furnish();
  await controller.ask({ method: "POST", path: "/resources", body: { files: [quiet] } });
  await controller.enrolKey({});
  await joinGateway(controller, "gate");
  await controller.stop();
  const begunMs = performance.now();
  populate(controller, { devices, decisions });
  const populatedMs = Math.round(performance.now() - begunMs);
  await controller.start();
  await untilSettled(controller);
  const results = await measure(controller);
  const aims = Object.entries(results).map(([path, { p99 }]) => aim(`${path} p99`, limitMs, p99));
  const args = { devices, decisions, rounds, writes, populatedMs };
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

/** After a start the core judges every device again and writes what came of it; that is no usual hour. */
async function untilSettled(controller: ControllerUnderTest): Promise<void> {
  let before = "";
  for (;;) {
    const now = (await controller.metrics()).match(/^sallyport_store_write_seconds_count.*$/gm);
    if (now?.join() === before) return;
    before = now?.join() ?? "";
    await delay(settledMs);
  }
}

interface Question {
  readonly path: string;
  readonly method?: string;
  readonly body?: object;
}

/** Asks by one caller after the other, since the API limits each of them. */
function makeAsker({ apiUrl, places }: ControllerUnderTest, network: string) {
  const token = readFileSync(places.token, "utf8").trim();
  const agents = Array.from({ length: callers }, (_, n) => {
    return new Agent({ keepAlive: true, maxSockets: 1, localAddress: `${network}.${n + 1}` });
  });
  let turn = 0;
  const ask = ({ path, method = "GET", body }: Question) =>
    new Promise<{ readonly text: string; readonly tookMs: number }>((resolve, reject) => {
      const agent = agents[(turn += 1) % callers]!;
      const begun = performance.now();
      const content = body === undefined ? {} : { "content-type": "application/json" };
      const headers = { authorization: `Bearer ${token}`, "if-match": "*", ...content };
      const options = { agent, headers, method };
      const sent = request(`${apiUrl}/api/v1${path}`, options, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => (text += part));
        response.on("end", () => {
          if (response.statusCode !== 200) reject(new Error(`${path}: ${text.slice(0, 200)}`));
          else resolve({ text, tookMs: performance.now() - begun });
        });
      });
      sent.on("error", reject).end(body === undefined ? undefined : JSON.stringify(body));
    });
  return { ask, end: () => agents.forEach((agent) => agent.destroy()) };
}

/** Every list and every detail of the API, and what makes them work hardest. */
function questions(known: { readonly id: string; readonly reference: string }): readonly string[] {
  return [
    "/overview",
    "/devices?limit=50",
    "/devices?limit=200&after=laptop-05000",
    "/devices?limit=50&search=09999",
    "/devices?limit=50&search=staff",
    "/devices?limit=50&search=zz",
    "/devices?limit=50&search=nobody",
    "/devices?limit=50&status=quarantined",
    "/devices?limit=50&status=closed",
    "/devices?limit=50&status=clear",
    "/devices?limit=50&status=away",
    `/devices/${restless.name}`,
    `/devices/${restless.name}/events`,
    "/explorer",
    "/explorer?limit=100&search=staff",
    "/grants",
    `/grants?device=${restless.name}`,
    "/settings",
    "/decisions?limit=50",
    "/decisions?limit=50&effect=deny",
    "/decisions?limit=50&effect=stepUp",
    `/decisions?limit=50&device=${restless.name}`,
    `/decisions?limit=50&device=${restless.name}&effect=stepUp`,
    "/decisions?limit=50&resource=wiki&effect=stepUp",
    `/decisions?limit=50&device=${restless.name}&resource=wiki`,
    `/decisions?limit=50&device=${restless.name}&resource=vault`,
    "/decisions?limit=50&device=laptop-00101&effect=allow",
    "/decisions?limit=50&device=laptop-00101&resource=wiki",
    "/decisions?limit=50&device=laptop-00101&resource=vault&effect=allow",
    "/decisions?limit=200&resource=wiki",
    `/decisions?limit=50&after=${known.id}`,
    `/decisions/${known.reference}`,
    `/decisions/${known.id}/replay`,
    "/gateways",
    "/gateways/gate",
    "/sites",
    "/sites/office",
    "/resources",
    "/enrol-keys",
    "/users?limit=50",
    "/users?limit=200&after=person-05000",
    "/users?limit=50&search=09999",
    "/users?limit=50&search=nobody",
    "/users/person-00007@example.test",
    "/groups",
    "/audit?limit=50",
    "/audit?limit=50&search=adm_7",
    "/audit?limit=50&search=apply",
    "/audit?limit=50&search=nobody",
    "/audit?limit=50&search=qq",
    "/requests",
    "/tokens",
    "/passkeys",
    "/keys",
    "/break-glass",
    "/policies/active",
    "/policies/changes",
    "/policies/status",
    "/policies/rules",
    "/policies/usage",
    "/policies/shadow",
    "/session",
  ];
}

async function measure(controller: ControllerUnderTest) {
  const { ask, end } = makeAsker(controller, "127.0.2");
  const writer = writeBeside(controller);
  const { text } = await ask({ path: "/decisions?limit=1&device=laptop-00101" });
  const [known] = (JSON.parse(text) as { items: { id: string; reference: string }[] }).items;
  if (known === undefined) throw new Error("the population has no decision");
  const figures: Record<string, ReturnType<typeof quantilesOf>> = {};
  for (const path of questions(known)) {
    const tookMs: number[] = [];
    for (let n = 0; n < 5; n += 1) await ask({ path });
    for (let n = 0; n < rounds; n += 1) tookMs.push((await ask({ path })).tookMs);
    figures[path.replace(/dec_\w+|[0-9A-Z]{4}-[0-9A-Z]{4}/, "…")] = quantilesOf(tookMs);
  }
  end();
  const wrote = await writer.stop();
  if (wrote.length > 0) figures["PATCH /devices/…, beside all these"] = quantilesOf(wrote);
  return figures;
}

/** Changes devices at a steady rate: each change is a commit of its own, with its audit entry. */
function writeBeside(controller: ControllerUnderTest) {
  const { ask, end } = makeAsker(controller, "127.0.3");
  const tookMs: number[] = [];
  const under = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let turn = 0;
  const write = async () => {
    const path = `/devices/laptop-${String((turn += 1) % devices).padStart(5, "0")}`;
    const body = { tags: [`turn-${turn}`] };
    tookMs.push((await ask({ path, method: "PATCH", body })).tookMs);
  };
  const timer = setInterval(
    () => {
      const one = write()
        .catch((error: unknown) => failures.push(error))
        .then(() => void under.delete(one));
      under.add(one);
    },
    writes === 0 ? 2 ** 30 : 1_000 / writes,
  );
  return {
    async stop(): Promise<readonly number[]> {
      clearInterval(timer);
      await Promise.all(under);
      end();
      if (failures.length > 0) throw new AggregateError(failures, "a write failed");
      return tookMs;
    },
  };
}
