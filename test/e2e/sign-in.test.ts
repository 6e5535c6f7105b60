// Somebody signs in on a real laptop by the real command, at a real provider, proves themselves once
// more where a rule asks for it, and is taken away by the directory.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";
import { monotonicMs } from "../lab/clock.ts";
import { cleanEnvironment } from "../lab/command.ts";
import { policy } from "../lab/documents.ts";
import { environmentOf } from "../lab/installation.ts";
import { ask } from "../lab/line-client.ts";
import { Program } from "../lab/program.ts";
import { clone, nodePath } from "../lab/program-path.ts";
import { inNamespace } from "../lab/topology.ts";
import type { World } from "../lab/world.ts";
import { expectClosed, untilClosed, untilReached, withoutLeak } from "./expectations.ts";
import { sharedWorld } from "./shared-lab.ts";

const byPeople = policy
  .replace("subjects: { groups: [engineering] }", "subjects: { groups: [engineers] }")
  .concat("    require: { stepUp: { strength: mfa, maxAge: PT15M } }\n");
const deadlineMs = 60_000;
/** What the directory takes away ends within this. */
const removalMs = 5_000;

let people: Program | undefined;
afterAll(() => people?.stop());

async function startPeople({ controller }: World): Promise<Program> {
  const program = new Program({
    name: "people",
    argv: inNamespace("controller", [nodePath, join(clone, "test/lab/person-at-browser.ts")]),
    logFile: join(controller.places.logs, "people.log"),
  });
  await program.waitFor((line) => line["message"] === "listening", { deadlineMs: 90_000 });
  return program;
}

/** Runs `sallyport login` and follows the address that it prints, as a person does. */
async function login({ laptop }: World, at: Program, args: readonly string[] = []) {
  const command = [nodePath, join(clone, "agent/main.ts"), "login", ...args];
  const [file = "", ...rest] = inNamespace("laptop", command);
  const env = cleanEnvironment(environmentOf(laptop.places, "agent"));
  const child = spawn(file, rest, { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const exit = new Promise<number | null>((resolve) => child.on("close", resolve));
  let url = "";
  for await (const line of createInterface({ input: child.stderr })) {
    url = /^Open (\S+)$/.exec(line)?.[1] ?? url;
    const code = /code (\w{4}-\w{4})/.exec(line)?.[1];
    if (code === undefined) continue;
    // The page shows the very code that the terminal shows.
    expect(await ask(at, { verb: "signIn", url }, deadlineMs)).toMatchObject({
      code,
      landed: "/#device-signed-in=yes",
    });
    break;
  }
  return { exit: await exit, said };
}

it("opens by a sign-in with step-up at a real provider, and closes when the directory says so", async () => {
  const world = await sharedWorld();
  const { controller, gateway, laptop } = world;
  const at = (people = await startPeople(world));
  const { issuer, clientId, clientSecret, roles } = await ask(at, { verb: "provider" });
  const files = controller.places.state;
  const file = (name: string, text: string) => {
    writeFileSync(join(files, name), text, { mode: 0o600 });
    return join(files, name);
  };
  const provider = file("sign-in.yaml", JSON.stringify({ issuer, clientId, roles }));
  const secret = file("client-secret", String(clientSecret));
  await controller.ask(["sign-in", "apply", provider, "--client-secret-file", secret]);
  const role = ["--role", "provisioner", "--expires", "1d"];
  const directory = await controller.ask(["token", "create", "--name", "directory", ...role]);
  const scim = (method: string, path: string, content: object) =>
    ask(at, { verb: "scim", token: directory["token"], method, path, content });
  const person = { userName: "mara@example.com", externalId: "sub-mara" };
  const { body: mara } = await scim("POST", "/Users", person);
  const { id } = mara as { id: string };
  await scim("POST", "/Groups", { displayName: "engineers", members: [{ value: id }] });
  const former = String((await controller.ask(["policy", "status"]))["version"]);
  const rules = file("by-people.yaml", byPeople);
  await withoutLeak(world, async () => {
    const how = ["--at-once", "--allow-lockout", "--reason", "e2e"];
    await controller.ask(["policy", "apply", rules, ...how]);
    await untilClosed(world, deadlineMs);
    const bare = { sub: "sub-mara", name: "mara@example.com", groups: [] };
    await ask(at, { verb: "persona", persona: bare });
    const first = await login(world, at);
    expect(first).toMatchObject({ exit: 0, said: expect.stringContaining("mara@example.com") });
    const explained = async () => (await laptop.cli(["explain", "wiki", "--json"])).stdout;
    await expect.poll(explained, { timeout: deadlineMs }).toContain("step_up_needed");
    expect(await explained()).toContain("sallyport login --strength mfa --max-age 900s");
    await expectClosed(world);
    await ask(at, { verb: "persona", persona: { ...bare, acr: "mfa", amr: ["pwd", "otp"] } });
    const again = await login(world, at, ["--strength", "mfa", "--max-age", "900s"]);
    expect(again.exit).toBe(0);
    await untilReached(world, deadlineMs);
    const gone = { op: "Replace", path: "active", value: "False" };
    const [since, goneAtMs] = [gateway.agent.mark(), monotonicMs()];
    await scim("PATCH", `/Users/${id}`, { Operations: [gone] });
    const removed = await gateway.agent.waitFor(
      (line) => line["message"] === "grants applied" && Number(line["removed"]) > 0,
      { deadlineMs, since },
    );
    expect(Number(removed["monotonicMs"]) - goneAtMs).toBeLessThan(removalMs);
    await untilClosed(world, deadlineMs);
    const session = async () => {
      const { stdout } = await laptop.cli(["status", "--json"]);
      return (JSON.parse(stdout) as { session: object }).session;
    };
    await expect.poll(session, { timeout: deadlineMs }).not.toHaveProperty("user");
    await controller.ask(["policy", "rollback", former, "--reason", "e2e"]);
    await untilReached(world, deadlineMs);
  });
});
