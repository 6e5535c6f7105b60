import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { enrolmentKeyFor } from "../fakes/fake-controller.ts";
import { type FakeNetd, type SeenRequest, startFakeNetd } from "../fakes/fake-netd.ts";
import { runAgent } from "./agent-program.ts";

const main = new URL("../../agent/main.ts", import.meta.url).pathname;
const key = enrolmentKeyFor("https://10.0.0.1:8443", "p".repeat(42) + "A");
let directory: string;
let agent: FakeNetd | null;
let netd: FakeNetd | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
  agent = null;
  netd = null;
});
afterEach(async () => {
  await agent?.close();
  await netd?.close();
  rmSync(directory, { recursive: true });
});

/** Serves the local socket as netd and the agent behind it would. */
async function serve(answer: (request: SeenRequest) => object | null): Promise<void> {
  agent = await startFakeNetd(join(directory, "local.sock"), answer);
}

const run = (args: readonly string[], input = "") => runAgent(directory, args, input);

const resource = {
  name: "db-prod",
  state: "blocked",
  reference: "7QK2-M4XE",
  reasons: [
    {
      code: "level_not_met",
      params: { signal: "firewall.enabled", had: "false", wanted: "== true", level: "base" },
    },
  ],
  fixes: [
    { signal: "firewall.enabled", text: "Switch it on.", command: "sudo ufw enable", who: "user" },
  ],
};
const status = (state: string, resources: object[] = []) => ({
  schema: "sallyport.status/1",
  state,
  device: { id: "dev_1", hostname: "lap\u001b[2Jtop" },
  reportedAt: "2026-11-24T14:02:11.320Z",
  resources,
  warnings: [],
});

test("says what is blocked, why, and what to call it", async () => {
  await serve(() => ({ status: status("blocked", [resource]) }));
  const { exit, stdout } = await run(["status"]);
  expect(exit).toBe(1);
  expect(stdout.replace(/reported .* ago/, "reported 2 s ago").split("\n")).toEqual([
    "Blocked   lap\u{fffd}[2Jtop (dev_1)   0 of 1 resources open   last change reported 2 s ago",
    "  db-prod          blocked  the firewall is off or lets strangers in (level base) ref 7QK2-M4XE",
    "  Next: sallyport explain db-prod",
    "",
  ]);
});

test("shows the page to sign in at with its code, and who did", async () => {
  const page = { url: "https://console.example/#device-sign-in=x", code: "BCDF-GHJK", until: null };
  const asked: SeenRequest[] = [];
  await serve((request) => {
    if (request.verb === "login") asked.push(request);
    if (request.verb === "login") return page;
    const signedIn = { user: "mara@example.com", signedInAt: "2026-11-24T14:02:11.320Z" };
    return { status: { ...status("connected"), session: asked.length === 0 ? {} : signedIn } };
  });
  const { exit, stdout, stderr } = await run(["login", "--strength", "mfa", "--max-age", "15m"]);
  expect({ exit, stdout }).toEqual({
    exit: 0,
    stdout: "Signed in as mara@example.com, until the controller ends it.\n",
  });
  expect(stderr).toContain("Open https://console.example/#device-sign-in=x");
  expect(stderr).toContain("BCDF-GHJK");
  expect(asked).toMatchObject([{ strength: "mfa", maxAgeSeconds: 900 }]);
  const { json } = await run(["login", "--no-wait", "--json"]);
  expect(json()).toMatchObject({ schema: "sallyport.login/1", ...page });
});

test("is content when everything is open, and passes the status on as JSON", async () => {
  await serve(() => ({ status: { ...status("connected"), extra: 1 } }));
  const { exit, json } = await run(["status", "--json"]);
  expect(exit).toBe(0);
  expect(json()).toMatchObject({ schema: "sallyport.status/1", state: "connected", extra: 1 });
});

test("explains a resource with the fix and its command", async () => {
  await serve((request) =>
    request["resource"] === "db-prod" ? { explanation: resource } : { ok: false },
  );
  const { exit, stdout } = await run(["explain", "db-prod"]);
  expect(exit).toBe(1);
  expect(stdout).toContain("fix (you): Switch it on.\n    sudo ufw enable\n");
  expect(stdout).toContain("reference: 7QK2-M4XE");
});

test("asks for access for a while, and says what the controller keeps it as", async () => {
  let asked: SeenRequest | undefined;
  await serve((request) => {
    asked = request;
    return { state: "waiting", request: "req_1" };
  });
  const { exit, stdout } = await run(["request", "db-prod", "--reason", "case 7", "--for", "2h"]);
  expect({ exit, stdout }).toMatchObject({ exit: 0, stdout: expect.stringContaining("req_1") });
  expect(asked).toMatchObject({
    verb: "request",
    resource: "db-prod",
    reason: "case 7",
    seconds: 7_200,
  });
});

test("shows what a signal stands on, without anything that steers a terminal", async () => {
  await serve(({ verb, evidence }) => {
    const told = { collector: "firewall", sha256: "0".repeat(64), bytes: 9, tookMs: 1 };
    return verb === "posture" ? { signal: evidence, ...told, raw: "drop\u001b[2J\nend" } : {};
  });
  const { exit, stdout } = await run(["posture", "--evidence", "firewall.enabled"]);
  expect(exit).toBe(0);
  expect(stdout.split("\n").slice(1)).toEqual(["  drop\u{fffd}[2J", "  end", ""]);
  const { json } = await run(["posture", "--evidence", "firewall.enabled", "--json"]);
  expect(json()).toMatchObject({ schema: "sallyport.evidence/1", raw: "drop\u001b[2J\nend" });
});

test("ends without a stack when its reader has gone", async () => {
  const told = { collector: "firewall", sha256: "0".repeat(64), bytes: 9, tookMs: 1 };
  await serve(() => ({ signal: "firewall.enabled", ...told, raw: "line\n".repeat(400) }));
  const child = spawn(process.execPath, [main, "posture", "--evidence", "firewall.enabled"], {
    env: { SALLYPORT_RUN_DIR: directory },
  });
  child.stdout.destroy();
  let stderr = "";
  child.stderr.on("data", (bytes: Buffer) => (stderr += bytes.toString()));
  const exit = await new Promise<number | null>((resolve) => child.on("close", resolve));
  expect({ exit, stderr }).toEqual({ exit: 141, stderr: "" });
});

test("waits for a state and gives up in time", async () => {
  await serve(() => ({ status: status("connecting") }));
  const waiting = run(["status", "--wait", "connected", "--timeout", "60s", "--json"]);
  while ((agent?.requests.length ?? 0) === 0) await new Promise(setImmediate);
  const { id } = agent!.requests[0]! as unknown as { id: number };
  agent!.tell({ id, ok: true, status: status("connected") });
  expect((await waiting).exit).toBe(0);
  const late = await run(["status", "--wait", "connected", "--timeout", "50ms", "--json"]);
  expect(late.exit).toBe(5);
  expect(late.json()).toMatchObject({ schema: "sallyport.error/1", error: { code: "SP-707" } });
});

test("pins the authority in netd before it hands the key to the agent", async () => {
  const order: string[] = [];
  netd = await startFakeNetd(join(directory, "netd.sock"), ({ verb }) => {
    order.push(`netd ${verb}`);
    return {};
  });
  await serve(({ verb }) => {
    order.push(`agent ${verb}`);
    return verb === "enrol" ? { state: "enrolled" } : { status: status("connecting") };
  });
  const { exit, json } = await run(["enroll", "--key-file", "-", "--json"], `${key}\n`);
  expect(exit).toBe(0);
  expect(json()).toEqual({ schema: "sallyport.enrol/1", state: "enrolled", id: "dev_1" });
  expect(order).toEqual(["netd pin", "agent enrol", "agent watch"]);
  expect(netd.requests.find(({ verb }) => verb === "pin")).toMatchObject({
    p: "p".repeat(42) + "A",
    ceilings: {},
  });
});

test.each([
  [true, "This machine has left. Nothing of Sallyport is left in its network.\n"],
  [
    false,
    "This machine has left. Nothing of Sallyport is left in its network.\n" +
      "The controller could not be told: an administrator ends it there by `device revoke`.\n",
  ],
])("leaves, and says whether the controller heard it: %s", async (heard, said) => {
  netd = await startFakeNetd(join(directory, "netd.sock"));
  await serve(() => ({ heard }));
  expect(await run(["unenroll"])).toMatchObject({ exit: 0, stdout: said });
  expect((await run(["unenroll", "--json"])).json()).toMatchObject({ state: "notEnrolled", heard });
});

test("a key that waits for an administrator is spent when they let the machine in, not before", async () => {
  mkdirSync(join(directory, "managed.d"));
  const file = join(directory, "managed.d", "20-enrolment.json");
  writeFileSync(file, JSON.stringify({ EnrollmentKey: key }));
  const states = ["pendingApproval", "notEnrolled", "pendingApproval", "connecting"];
  const texts = { title: "", detail: "", fix: "" };
  const warnings = [
    { code: "SP-130", params: {}, ...texts },
    { code: "SP-116", params: { identity: "dev_1" }, ...texts },
  ];
  netd = await startFakeNetd(join(directory, "netd.sock"));
  await serve(({ verb }) =>
    verb === "enrol"
      ? { state: "pendingApproval" }
      : { status: { ...status(states.shift() ?? "connecting"), warnings } },
  );
  const refused = await run(["enroll", "--managed"]);
  expect(refused.exit).toBe(4);
  expect(refused.stderr).toMatch(/administrator refused .*dev_1.*SP-116[^]*ask your administrator/);
  expect(existsSync(file)).toBe(true);
  expect(await run(["enroll", "--managed"])).toMatchObject({ exit: 0 });
  expect(existsSync(file)).toBe(false);
});

test("enrols by an identity file: its bytes and password go to the agent, the pin to netd", async () => {
  netd = await startFakeNetd(join(directory, "netd.sock"));
  let seen: SeenRequest | null = null;
  await serve((request) => {
    if (request.verb === "enrol") seen = request;
    return request.verb === "enrol" ? { state: "enrolled" } : { status: status("connecting") };
  });
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const files = [
    "--identity-file",
    file("laptop.p12", "bundle"),
    "--password-file",
    file("word", "horse\n"),
  ];
  const door = ["--controller", "https://ctl.example:8443", "--root-pin", "p".repeat(43)];
  const { exit, stdout } = await run(["enroll", ...files, ...door]);
  expect([exit, stdout]).toEqual([0, "Enrolled as dev_1.\n"]);
  expect(seen).toMatchObject({
    identity: {
      file: Buffer.from("bundle").toString("base64"),
      password: "horse",
      controller: "https://ctl.example:8443",
      rootPin: "p".repeat(43),
    },
  });
  expect(netd.requests.find(({ verb }) => verb === "pin")).toMatchObject({ p: "p".repeat(43) });
  expect((await run(["enroll", ...files])).stderr).toContain("--root-pin");
  const absent = ["--identity-file", "/absent", "--password-file", "/absent", ...door];
  expect(await run(["enroll", ...absent])).toMatchObject({
    exit: 2,
    stderr: expect.stringContaining("SP-108"),
  });
});

const failures: readonly (readonly [string, readonly string[], number, string])[] = [
  ["no netd", ["status"], 3, "systemctl start sallyport-netd"],
  ["no netd, JSON", ["posture", "--json"], 3, "SP-401"],
  ["an unknown command", ["party"], 2, "unknown command"],
  ["a mistyped command", ["staus"], 2, "Did you mean status?"],
  ["an unknown state", ["status", "--wait", "happy"], 2, "one of notEnrolled"],
  ["a duration without unit", ["status", "--timeout", "5"], 2, "as in `30s`"],
  ["no role", ["daemon"], 2, "--role"],
  ["a key that is not one", ["enroll", "--key-file", "-"], 2, "SP-104"],
  [
    "a key file that is not there",
    ["enroll", "--key-file", "/absent"],
    2,
    "/absent could not be read",
  ],
];

test.each(failures)("%s", async (_what, args, exit, said) => {
  const result = await run(args, "nonsense\n");
  expect(result).toMatchObject({ exit });
  expect(result.stderr).toContain(said);
});

const misuses = [
  [["party", "--json"], "unknown command"],
  [["status", "--json", "--wait", "happy"], "one of notEnrolled"],
  [["explain", "--json"], "missing required argument"],
  [["posture", "--evidence", "--json"], "needs a value"],
  [["gateway", "--json"], "unknown option"],
] as const;

test.each(misuses)("%j is refused with one JSON object on stdout", async (args, why) => {
  const { exit, stdout, json } = await run(args);
  expect(exit).toBe(2);
  expect(stdout.trim().split("\n")).toHaveLength(1);
  expect(json()).toMatchObject({
    schema: "sallyport.error/1",
    error: { code: "SP-703", slug: "request-invalid", detail: expect.stringContaining(why) },
  });
});

test("tells its version by option and by command, with no agent at all", async () => {
  const { stdout } = await run(["--version"]);
  expect(await run(["version"])).toMatchObject({ exit: 0, stdout, stderr: "" });
  const { json } = await run(["version", "--json"]);
  expect(json()).toEqual({ schema: "sallyport.version/1", version: stdout.trim() });
});

test("bold is wanted or not by option, before the command and behind it", async () => {
  await serve(() => ({ status: status("connected") }));
  expect((await run(["status", "--color=always"])).stdout).toContain("\u001b[1m");
  expect((await run(["--color", "always", "status"])).stdout).toContain("\u001b[1m");
  expect((await run(["status"])).stdout).not.toContain("\u001b");
  expect((await run(["status", "--color=never"])).stdout).not.toContain("\u001b");
  expect(await run(["status", "--color=red"])).toMatchObject({ exit: 2 });
});

test("netd without an agent behind it says that the agent is not running", async () => {
  const silent = createServer((socket) => socket.destroy());
  const listening = Promise.withResolvers<void>();
  silent.listen(join(directory, "local.sock"), listening.resolve);
  await listening.promise;
  const { exit, stderr } = await run(["status"]);
  silent.close();
  expect(exit).toBe(3);
  expect(stderr).toContain("SP-406");
  expect(stderr).toContain("systemctl start sallyport-agent");
});

test.each([
  ["SP-704", { verb: "down", who: "root", command: "`sudo sallyport down`" }, 4],
  ["SP-304", {}, 1],
  ["SP-706", { retryAfterSeconds: 3 }, 5],
])("passes the agent's refusal %s on", async (code, params, exit) => {
  await serve(() => ({ ok: false, error: { code, params, detail: "" } }));
  const result = await run(["down"]);
  expect(result.exit).toBe(exit);
  expect(result.stderr).toContain(code);
});

test("tells device management whether an installation is whole", async () => {
  let told = { ...status("connected"), session: { state: "valid", certificateUntil: "tomorrow" } };
  const settings = [{ key: "AlwaysOn", value: true, source: "managed" }];
  await serve(({ verb }) =>
    verb === "settings" ? { schema: "sallyport.settings/1", settings } : { status: told },
  );
  const whole = await run(["doctor", "--deployment"]);
  expect(whole.exit).toBe(0);
  expect(whole.stdout.trim().split("\n")).toHaveLength(8);
  const noTunnel = { code: "SP-427", title: "", detail: "no tunnel here", fix: "" };
  told = { ...told, ...status("cannotEnforce"), warnings: [noTunnel] } as never;
  expect(await run(["doctor", "--deployment"])).toMatchObject({ exit: 0 });
  const newer = { code: "SP-131", title: "", detail: "Fnord is left out", fix: "" };
  told = { ...told, ...status("connected"), warnings: [newer] } as never;
  const named = await run(["doctor", "--deployment"]);
  expect(named).toMatchObject({ exit: 0, stdout: expect.stringContaining("Fnord is left out") });
  told = { ...told, warnings: [{ ...newer, code: "SP-130" }] } as never;
  expect(await run(["doctor", "--deployment"])).toMatchObject({ exit: 1 });
  const warning = { code: "SP-102", title: "", detail: "key `ek_1` has no uses left", fix: "" };
  told = { ...status("notEnrolled"), warnings: [warning], session: { state: "none" } } as never;
  const broken = await run(["doctor", "--deployment", "--json"]);
  expect(broken.exit).toBe(1);
  expect(broken.stdout).toContain("no uses left");
  agent = await agent!.close().then(() => null);
  expect((await run(["doctor", "--deployment"])).stdout).toMatch(/^FAIL service/);
});

test("GHSA-hgxh-48m3-3gq7: writes a bundle without secrets, says what is inside, and replaces nothing", async () => {
  const secret = "yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk=";
  await serve(({ verb }) =>
    verb === "status"
      ? { status: status("connected"), note: `key ${secret}` }
      : { schema: `sallyport.${verb}/1`, checks: [], settings: [], signals: [], messages: [] },
  );
  const file = join(directory, "bundle.json");
  const { exit, stderr } = await run(["doctor", "--bundle", file]);
  expect([exit, stderr]).toEqual([0, expect.stringContaining("journal")]);
  const text = readFileSync(file, "utf8");
  expect(JSON.parse(text)).toMatchObject({ schema: "sallyport.bundle/1", status: { ok: true } });
  expect(text).toContain("key [redacted]");
  expect(text).not.toContain(secret);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  symlinkSync("/etc/passwd", join(directory, "link.json"));
  for (const there of [file, join(directory, "link.json")]) {
    expect(await run(["doctor", "--bundle", there])).toMatchObject({
      exit: 2,
      stderr: expect.stringContaining("SP-423"),
    });
  }
  agent = await agent!.close().then(() => null);
  const alone = await run(["doctor", "--bundle", "-"]);
  expect(alone.exit).toBe(0);
  expect(alone.stdout).toMatch(/SP-40[16]/);
});
