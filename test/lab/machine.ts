// Asks the machine, before anything is made, whether it can carry the lab. Each answer is one exact
// line with the command that cures it.
import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runNow } from "./command.ts";
import { containerArguments } from "./container.ts";
import { clone, nativeProgramsStand, programPath } from "./program-path.ts";

/** What is missing, in order of cure; empty when the lab can run. */
export function machineLacks(): readonly string[] {
  const fromSetUp = setUpLacks();
  if (fromSetUp.length > 0) return fromSetUp;
  return [namespacesLack(), tunnelLack()].filter((line) => line !== undefined);
}

/** Without either, netd has nothing to make a tunnel of. */
function tunnelLack(): string | undefined {
  if (existsSync("/sys/module/wireguard")) return undefined;
  try {
    accessSync("/dev/net/tun", constants.R_OK | constants.W_OK);
    return undefined;
  } catch {
    return "no /dev/net/tun that you may open; run: sudo modprobe tun, or give this container --device /dev/net/tun";
  }
}

/** The bootstrap leaves here what it could not install or build. */
function setUpLacks(): readonly string[] {
  const file = join(clone, ".cache", "setup.json");
  if (!existsSync(file)) return ["set-up has not run; start with: npm start"];
  const { missing } = JSON.parse(readFileSync(file, "utf8")) as { missing: string[] };
  if (missing.length > 0 || nativeProgramsStand()) return missing;
  return ["native/ changed since the last set-up; run: node packaging/bootstrap/main.cjs"];
}

function namespacesLack(): string | undefined {
  const [file, ...before] = containerArguments();
  const probe = runNow([file, ...before, programPath("true")]);
  if (probe.exitCode === 0) return undefined;
  const reason = probe.stderr.trim().split("\n").at(-1) ?? "";
  if (process.getuid?.() === 0) {
    return `namespaces are refused (${reason}); give this container CAP_SYS_ADMIN, or start on the host`;
  }
  return `ordinary users may not make namespaces (${reason}); ${userNamespaceCure()}`;
}

function userNamespaceCure(): string {
  const setting = (name: string) => {
    const file = `/proc/sys/${name.replaceAll(".", "/")}`;
    return existsSync(file) ? readFileSync(file, "utf8").trim() : undefined;
  };
  const cures = [
    { name: "kernel.unprivileged_userns_clone", bad: "0", good: "1" },
    { name: "kernel.apparmor_restrict_unprivileged_userns", bad: "1", good: "0" },
    { name: "user.max_user_namespaces", bad: "0", good: "10000" },
  ];
  const cure = cures.find(({ name, bad }) => setting(name) === bad);
  return cure === undefined
    ? "start it as root: sudo npm start"
    : `run: sudo sysctl -w ${cure.name}=${cure.good}`;
}
