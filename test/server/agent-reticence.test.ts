// What an agent does not do: listen on the network, and write down what only the gateway's memory may hold.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterEach, expect, test } from "vitest";
import { startController } from "./controller-under-test.ts";
import { startDevice, startGateway } from "./real-agent.ts";

const main = new URL("../../agent/main.ts", import.meta.url).pathname;
const onLinux = process.platform === "linux";
let daemon: ChildProcess | null = null;
afterEach(() => {
  daemon?.kill("SIGKILL");
  daemon = null;
});

/** Local ends of the listening TCP sockets that a process holds. */
function listeningOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fd`;
  const held = new Set(
    readdirSync(folder).flatMap((name) => {
      try {
        return [readlinkSync(join(folder, name))];
      } catch {
        return []; // closed since it was listed
      }
    }),
  );
  return ["tcp", "tcp6"].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, "utf8")
      .split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , , state, , , , , , inode]) => state === "0A" && held.has(`socket:[${inode}]`))
      .map(([, local]) => local ?? ""),
  );
}

test.runIf(onLinux)(
  "CVE-2022-41924, CVE-2022-41925: a running agent listens on no TCP port",
  async () => {
    const control = createServer();
    await new Promise<void>((resolve) => control.listen(0, "127.0.0.1", resolve));
    expect(listeningOf(process.pid).length).toBeGreaterThan(0);
    control.close();
    const directory = mkdtempSync(join(tmpdir(), "sallyport-quiet-"));
    daemon = spawn(process.execPath, [main, "daemon", "--role", "device"], {
      env: { SALLYPORT_RUN_DIR: directory, SALLYPORT_STATE_DIR: join(directory, "state") },
      stdio: ["ignore", "ignore", "pipe"],
    });
    for await (const line of createInterface({ input: daemon.stderr! })) {
      if (line.includes("agent ready")) break;
    }
    expect(listeningOf(daemon.pid!)).toEqual([]);
    daemon.kill("SIGKILL");
    await new Promise((resolve) => daemon!.once("close", resolve));
    rmSync(directory, { recursive: true });
  },
);

test("a gateway's agent carries grants and leases and writes none of them down", async () => {
  const controller = await startController();
  await controller.furnish();
  const gateway = await startGateway(controller);
  const laptop = await startDevice(controller, "laptop");
  await gateway.until(() => gateway.requests.some(({ verb }) => verb === "leases"));
  const carried = gateway.requests.flatMap((one) => {
    if (one.verb === "leases") return [one.jws];
    return one.verb === "grants" ? one.add : [];
  });
  await gateway.stop();
  const text = gateway.onDisk();
  expect(text).toContain(gateway.identity.id);
  expect(carried.length).toBeGreaterThan(1);
  for (const jws of carried) expect(text).not.toContain(jws.split(".")[1]);
  await laptop.remove();
  await gateway.remove();
  await controller.remove();
});
