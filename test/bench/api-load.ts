// Questions to the admin API beside a bench, as a program on the controller's machine: makes the keys
// of the fleet, then asks at a steady rate. It takes turns with loopback addresses, since the API
// limits each caller.
import { readFileSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { monotonicMs } from "../lab/clock.ts";
import { serveLines, write, type LineRequest } from "../lab/line-server.ts";

const callers = 8;
const turnMs = 20;
const token = readFileSync(process.env["SALLYPORT_TOKEN_FILE"] ?? "", "utf8").trim();
const agents = Array.from({ length: callers }, (_, i) => {
  return new Agent({ keepAlive: true, maxSockets: 4, localAddress: `127.0.0.${i + 1}` });
});

let turn = 0;
let asked = 0;
let failed = 0;
const tookMs: number[] = [];
let timer: NodeJS.Timeout | undefined;

function call(
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const agent = agents[(turn += 1) % callers]!;
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const options = { host: "127.0.0.1", port: 8440, path: `/api/v1${path}`, method, agent };
  return new Promise((resolve, reject) => {
    const sent = request({ ...options, headers }, (response) => {
      let answer = "";
      response.setEncoding("utf8").on("data", (part: string) => (answer += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: answer }));
    });
    sent.on("error", reject);
    sent.end(text);
  });
}

/** Writes one-use keys, one per line, into `file`. */
async function makeKeys(message: LineRequest): Promise<object> {
  const count = Number(message["count"]);
  const group = String(message["group"]);
  const keys: string[] = [];
  while (keys.length < count) {
    const name = `simulated-${keys.length}`;
    const made = await call("POST", "/enrol-keys", { name, role: "device", groups: [group] });
    if (made.status !== 201) throw new Error(`enrol-keys answered ${made.status}: ${made.text}`);
    keys.push((JSON.parse(made.text) as { key: string }).key);
  }
  writeFileSync(String(message["file"]), `${keys.join("\n")}\n`, { mode: 0o600 });
  return { made: keys.length };
}

const questions = ["/devices?limit=50", "/decisions?limit=50", "/gateways", "/devices?limit=1"];

async function ask(path: string): Promise<void> {
  const startedAtMs = monotonicMs();
  asked += 1;
  try {
    const { status } = await call("GET", path);
    if (status !== 200) failed += 1;
    tookMs.push(monotonicMs() - startedAtMs);
  } catch {
    failed += 1; // counted: the bench reports how many questions went unanswered
  }
}

/** Asks `perSecond` questions a second until the process ends. */
function start(message: LineRequest): object {
  const perSecond = Number(message["perSecond"]);
  const startedAtMs = monotonicMs();
  timer ??= setInterval(() => {
    const due = ((monotonicMs() - startedAtMs) / 1_000) * perSecond;
    while (asked < due) void ask(questions[asked % questions.length]!);
  }, turnMs);
  return {};
}

function report(): object {
  const sorted = [...tookMs].sort((a, b) => a - b);
  const rank = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
  return { asked, failed, p50: rank(0.5), p99: rank(0.99) };
}

serveLines({ makeKeys, start, report });
write({ message: "listening" });
