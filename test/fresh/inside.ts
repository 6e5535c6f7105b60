// The first process of the newcomer's machine: enters its root, then does what a newcomer does. The
// network is the host's, for the registries; the lab makes its own.
import { equal, match } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { mustRunNow } from "../lab/command.ts";
import { clone, programPath } from "../lab/program-path.ts";
import type { LabReport } from "../lab/report.ts";
import { type Unpassed, tallyLines } from "../run/tally.ts";

const authorities = "/etc/ssl/certs/ca-certificates.crt";
const handedOn = /^((https?|no|all)_proxy|npm_config_registry|GOPROXY)$/i;
const user = "mara";
/** The first start fetches packages, npm's and Go's modules: minutes, on a slow link too. */
const lineDeadlineMs = 20 * 60_000;

function mount(...args: readonly string[]): void {
  mustRunNow([programPath("mount"), ...args]);
}

/** Makes an overlay of the Debian root this machine's own root, as a boot would. */
function enter(lower: string, folder: string): void {
  const root = join(folder, "root");
  const layers = `lowerdir=${lower},upperdir=${folder}/upper,workdir=${folder}/work`;
  mount("-t", "overlay", "fresh", "-o", layers, root);
  mount("-t", "proc", "proc", join(root, "proc"));
  mount("-t", "sysfs", "sysfs", join(root, "sys"));
  mount("-t", "tmpfs", "tmpfs", join(root, "run"));
  mount("--rbind", "/dev", join(root, "dev"));
  for (const name of ["origin", "host"]) mkdirSync(join(root, name));
  mount("--bind", "-o", "ro", clone, join(root, "origin"));
  // The newcomer trusts and asks whom this machine trusts and asks.
  for (const file of ["/etc/resolv.conf", authorities]) copyFileSync(file, join(root, file));
  // The origin belongs to whoever cloned it.
  writeFileSync(join(root, "etc/gitconfig"), "[safe]\n\tdirectory = *\n");
  mustRunNow([programPath("pivot_root"), root, join(root, "host")]);
  process.chdir("/");
  mount("--make-rprivate", "/host");
  mustRunNow([programPath("umount"), "--lazy", "/host"]);
}

/** Types a line as a user and repeats what the set-up said to it. */
function type(who: string, line: string) {
  process.stdout.write(`${who === "root" ? "#" : "$"} ${line}\n`);
  const home = who === "root" ? "/root" : `/home/${who}`;
  const registries = Object.entries(process.env).filter(([name]) => handedOn.test(name));
  const as = ["--reuid", who, "--regid", who, "--init-groups", "/bin/bash", "-c", line];
  const run = spawnSync("/usr/bin/setpriv", as, {
    cwd: home,
    encoding: "utf8",
    timeout: lineDeadlineMs,
    killSignal: "SIGKILL",
    env: {
      ...Object.fromEntries(registries),
      PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      HOME: home,
      LANG: "C.UTF-8",
      NODE_EXTRA_CA_CERTS: authorities,
      SSL_CERT_FILE: authorities,
    },
  });
  process.stdout.write(run.stderr.replaceAll(/^(?!sallyport set-up).*\n/gm, ""));
  if (run.error !== undefined) throw run.error;
  return run;
}

const start = "cd sallyport && npm start --silent -- --once --json";

function mustSucceed(who: string): void {
  const run = type(who, start);
  equal(run.status, 0, run.stderr);
  const report = JSON.parse(run.stdout) as LabReport;
  const { ok, leakedPackets, cutoffMs, controls } = report;
  process.stdout.write(`${JSON.stringify({ ok, leakedPackets, cutoffMs, controls })}\n`);
  equal(ok, true);
  equal(leakedPackets, 0);
  equal(controls.impostorAnswersWithoutGuard && controls.flowAliveBeforeCut, true);
  for (const milliseconds of [cutoffMs?.tcp, cutoffMs?.udp]) equal(typeof milliseconds, "number");
}

const [lower = "", folder = ""] = process.argv.slice(2);
enter(lower, folder);
equal(type("root", `useradd --create-home --shell /bin/bash ${user}`).status, 0);
for (const who of ["root", user]) {
  equal(type(who, "git clone --quiet /origin sallyport").status, 0);
}

const checks: Readonly<Record<string, () => void>> = {
  "an ordinary user is told the one command that is missing": () => {
    const run = type(user, start);
    equal(run.status, 3, run.stderr);
    const lines = run.stderr.split("\n").filter((line) => line.includes("missing"));
    match(
      lines.join("\n"),
      /^sallyport set-up: missing .*; install with: sudo apt-get install .*$/,
    );
  },
  "root starts the lab": () => {
    mustSucceed("root");
  },
  "an ordinary user starts the lab once root has typed that command": () => {
    mustSucceed(user);
  },
  "the user's folder is all that has to go": () => {
    equal(type(user, "rm -rf sallyport && ls -A ~/.config ~/go").stdout, "");
  },
};

let passed = 0;
const failures: Unpassed[] = [];
for (const [name, check] of Object.entries(checks)) {
  process.stdout.write(`\n${name}\n`);
  try {
    check();
    passed += 1;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    process.stdout.write(`FAILED: ${reason}\n`);
    failures.push({ test: name, reason: reason.split("\n", 1)[0] ?? "" });
  }
}
for (const line of tallyLines({ passed, failures, skips: [] })) process.stdout.write(`${line}\n`);
process.exitCode = failures.length === 0 ? 0 : 1;
