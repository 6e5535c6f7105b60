// Ways into the running lab for a person in another terminal: one small script that enters a
// namespace with `sallyport`, `sallyport-controller`, `firewall` and `wiki` at hand.
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { firewallRules } from "./firewall.ts";
import { wiki } from "./flow.ts";
import { entranceOf } from "./lab-folder.ts";
import { clone, nodePath, programPath } from "./program-path.ts";
import { address } from "./topology.ts";

const script = { mode: 0o755 } as const;

/** Writes the scripts and gives the command to type, relative to the clone. */
export function writeEntrance(folder: string, rootless: boolean): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  const agent = join(clone, "agent", "main.ts");
  const controller = join(clone, "controller", "main.ts");
  const rules = join(folder, "host-firewall.nft");
  writeFileSync(rules, firewallRules);
  write(join(bin, "sallyport"), `exec '${nodePath}' '${agent}' "$@"`);
  write(join(bin, "sallyport-controller"), `exec '${nodePath}' '${controller}' "$@"`);
  // Not every machine has curl.
  const page = `http://${address.resource4}:${wiki.tcpPort}/`;
  const open = `fetch("${page}", { signal: AbortSignal.timeout(5000) }).then((answer) => answer.text())`;
  const tell = "console.log, (why) => (console.error(String(why.cause ?? why)), process.exit(1))";
  write(join(bin, "wiki"), `exec '${nodePath}' --eval '${open}.then(${tell})'`);
  const nft = programPath("nft");
  write(
    join(bin, "firewall"),
    [
      'case "${1:-}" in',
      `  on) exec '${nft}' -f '${rules}' ;;`,
      `  off) exec '${nft}' delete table inet host_firewall ;;`,
      '  *) echo "usage: firewall on|off" >&2; exit 2 ;;',
      "esac",
    ].join("\n"),
  );
  // One name for the newest lab, so that it can be learned by heart.
  const enter = entranceOf(folder);
  write(enter, entrance(folder, rootless));
  return relative(clone, enter);
}

/** Tells the script which process is the first of the container, seen from outside. */
export function noteContainer(folder: string, unsharePid: number): void {
  writeFileSync(join(folder, "unshare-pid"), `${unsharePid}\n`);
}

function entrance(folder: string, rootless: boolean): string {
  const user = rootless ? " --user --preserve-credentials" : "";
  return [
    "# enter <internet|laptop|controller|gateway|resource> [command...]",
    "set -eu",
    '[ $# -gt 0 ] || { sed -n 2p "$0" >&2; exit 2; }',
    `read -r unshare < '${folder}/unshare-pid'`,
    // The kernel ends that list without a newline, which `read` calls a failure.
    'read -r first < "/proc/$unshare/task/$unshare/children" || [ -n "$first" ]',
    "name=$1; shift",
    '[ $# -gt 0 ] || set -- "${SHELL:-/bin/sh}"',
    `own=agent; [ "$name" = controller ] && own=controller`,
    `exec '${programPath("nsenter")}' --target "$first"${user} --mount --pid \\`,
    '  --net="/proc/$first/root/run/netns/$name" \\',
    '  --uts="/proc/$first/root/run/lab/hostnames/$name" -- env \\',
    `  PATH='${folder}/bin:'"$PATH:/usr/sbin:/sbin" \\`,
    `  SALLYPORT_STATE_DIR='${folder}/'"$name/state/$own" \\`,
    '  SALLYPORT_RUN_DIR="/run/lab/$name" \\',
    `  SALLYPORT_CONFIG='${folder}/'"$name/state/agent.yaml" \\`,
    `  SALLYPORT_TOKEN_FILE='${folder}/controller/state/controller/token' \\`,
    `  SALLYPORT_KEK_FILE='${folder}/controller/state/kek' \\`,
    '  "$@"',
  ].join("\n");
}

function write(file: string, body: string): void {
  writeFileSync(file, `#!/bin/sh\n${body}\n`, script);
  chmodSync(file, script.mode);
}
