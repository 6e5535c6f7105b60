import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { gunzipSync } from "node:zlib";
import lsbom from "lsbom";
import { parsePlist } from "../../agent/core/posture/darwin/plist.ts";
import { signAdHoc } from "./ad-hoc-signature.ts";
import { cpioArchive } from "./cpio.ts";
import { buildPkg } from "./pkg.ts";
import { xarArchive } from "./xar.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "sallyport-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const dated = 1_700_000_000;

test("a cpio archive is read by cpio, with modes and without owners of this machine", ({
  skip,
}) => {
  skip(!existsSync("/usr/bin/cpio"), "needs cpio");
  const content = Buffer.from("#!/bin/sh\n");
  const archive = cpioArchive(
    [
      { path: ".", kind: "folder", mode: 0o755, content: Buffer.alloc(0) },
      { path: "./usr", kind: "folder", mode: 0o755, content: Buffer.alloc(0) },
      { path: "./usr/run", kind: "file", mode: 0o750, content },
    ],
    dated,
  );
  const listing = execFileSync("/usr/bin/cpio", ["-itv", "--numeric-uid-gid", "--quiet"], {
    input: archive,
    encoding: "utf8",
  });
  expect(listing.split("\n").filter((line) => line.includes("usr/run"))[0]).toMatch(
    /^-rwxr-x---\s+1 0\s+0\s+10 /,
  );
});

test("a xar archive is read by bsdtar, folders included, and a changed byte is noticed", ({
  skip,
}) => {
  skip(!existsSync("/usr/bin/bsdtar"), "needs bsdtar");
  const archive = xarArchive(
    [
      { path: "Distribution", content: Buffer.from("<installer-gui-script/>") },
      { path: "a.pkg/Payload", content: Buffer.from("payload") },
      { path: "a.pkg/Bom", content: Buffer.alloc(0) },
    ],
    dated,
  );
  const file = join(directory, "a.xar");
  const unpack = (): string =>
    execFileSync("/usr/bin/bsdtar", ["-xOf", file, "a.pkg/Payload"], {
      encoding: "utf8",
      stdio: "pipe",
    });
  writeFileSync(file, archive);
  const names = execFileSync("/usr/bin/bsdtar", ["-tf", file], { encoding: "utf8" })
    .trim()
    .split("\n");
  expect(names).toEqual(["Distribution", "a.pkg", "a.pkg/Payload", "a.pkg/Bom"]);
  expect(unpack()).toBe("payload");
  archive.write("P", archive.length - 7, "latin1");
  writeFileSync(file, archive);
  expect(unpack).toThrow(/Sumcheck/);
});

test("a pkg holds what an installer asks for, its bill names every file, and twice the same is the same", async ({
  skip,
}) => {
  skip(!existsSync("/usr/bin/bsdtar"), "needs bsdtar");
  const program = join(directory, "program");
  writeFileSync(program, "a program");
  const content = {
    identifier: "dev.sallyport.test",
    title: "Test",
    files: [{ from: program, to: "/Library/Sallyport/sallyport", mode: 0o755 }],
    scripts: [{ from: program, to: "postinstall", mode: 0o755 }],
  };
  const options = {
    version: "1.2.3",
    architecture: "arm64",
    epochSeconds: dated,
    level: 1,
  } as const;
  const build = async (output: string): Promise<string> => {
    mkdirSync(join(directory, output));
    return buildPkg(content, { ...options, work: directory, output: join(directory, output) });
  };
  const file = await build("one");
  expect(readFileSync(await build("two"))).toEqual(readFileSync(file));
  const part = (name: string): Buffer => execFileSync("/usr/bin/bsdtar", ["-xOf", file, name]);
  expect(part("Distribution").toString()).toContain(
    '<pkg-ref id="dev.sallyport.test" version="1.2.3"',
  );
  expect(part("sallyport.pkg/PackageInfo").toString()).toContain('<payload numberOfFiles="4"');
  const payload = gunzipSync(part("sallyport.pkg/Payload"));
  const listing = execFileSync("/usr/bin/cpio", ["-it", "--quiet"], {
    input: payload,
    encoding: "utf8",
  });
  const paths = listing.trim().split("\n");
  expect(paths).toEqual([".", "./Library", "./Library/Sallyport", "./Library/Sallyport/sallyport"]);
  const bill = lsbom(part("sallyport.pkg/Bom"));
  expect(bill.map(({ filename }) => filename).sort()).toEqual([...paths].sort());
  expect(bill.find(({ filename }) => filename.endsWith("/sallyport"))).toMatchObject({
    mode: 0o100755,
    user: 0,
    group: 0,
    size: 9,
  });
});

/** A program of one page of code whose load commands leave room for one more. */
function smallProgram(): Buffer {
  const file = Buffer.alloc(9_000);
  file.writeUInt32LE(0xfeedfacf, 0);
  file.writeUInt32LE(2, 16);
  file.writeUInt32LE(152 + 72, 20);
  const segment = (at: number, name: string, facts: { offset: number; bytes: number }): void => {
    file.writeUInt32LE(0x19, at);
    file.write(name, at + 8, "latin1");
    file.writeBigUInt64LE(BigInt(facts.offset), at + 40);
    file.writeBigUInt64LE(BigInt(facts.bytes), at + 48);
  };
  segment(32, "__TEXT", { offset: 0, bytes: 8_192 });
  file.writeUInt32LE(152, 36);
  file.writeUInt32LE(1, 32 + 64);
  file.writeUInt32LE(4_096, 32 + 72 + 48);
  segment(184, "__LINKEDIT", { offset: 8_192, bytes: 808 });
  file.writeUInt32LE(72, 188);
  file.fill(7, 4_096);
  return file;
}

test("an ad-hoc signature holds the digest of each page, and signing again changes nothing", () => {
  const signed = signAdHoc(smallProgram(), "dev.sallyport.test");
  expect(signed.readUInt32LE(16)).toBe(3);
  const [command, codeBytes, bytes] = [256, 264, 268].map((at) => signed.readUInt32LE(at));
  expect(command).toBe(0x1d);
  expect(codeBytes! + bytes!).toBe(signed.length);
  const directoryAt = codeBytes! + 20;
  expect(signed.readUInt32BE(codeBytes)).toBe(0xfade0cc0);
  expect(signed.readUInt32BE(directoryAt)).toBe(0xfade0c02);
  expect(signed.readUInt32BE(directoryAt + 32)).toBe(codeBytes);
  const digestsAt = directoryAt + signed.readUInt32BE(directoryAt + 16);
  const pages = signed.readUInt32BE(directoryAt + 28);
  expect(pages).toBe(3);
  for (let page = 0; page < pages; page += 1) {
    const end = Math.min((page + 1) * 4_096, codeBytes!);
    const digest = createHash("sha256")
      .update(signed.subarray(page * 4_096, end))
      .digest();
    expect(signed.subarray(digestsAt + page * 32, digestsAt + (page + 1) * 32)).toEqual(digest);
  }
  expect(signed.readBigUInt64LE(184 + 48)).toBe(BigInt(signed.length - 8_192));
  expect(signAdHoc(signed, "dev.sallyport.test")).toEqual(signed);
});

test("what is no Mach-O program is not signed", () => {
  expect(() => signAdHoc(Buffer.from("#!/bin/sh\n".repeat(9)), "x")).toThrow("not a 64-bit Mach-O");
});

test("each launchd job names its own label and a program that the package brings", () => {
  const folder = "packaging/darwin/launchd";
  for (const file of readdirSync(folder)) {
    const job = parsePlist(readFileSync(join(folder, file), "utf8")) as Record<string, unknown>;
    expect(`${String(job["Label"])}.plist`).toBe(file);
    const [program] = job["ProgramArguments"] as string[];
    expect(["/Library/Sallyport/sallyport", "/Library/Sallyport/sallyport-netd"]).toContain(
      program,
    );
  }
});

test("the scripts of the package are shell without a mistake, and take no program from a person's PATH", () => {
  for (const name of ["preinstall", "postinstall", "uninstall"]) {
    const file = join("packaging/darwin/scripts", name);
    execFileSync("sh", ["-n", file]);
    const lines = readFileSync(file, "utf8").replaceAll(/^\s*#.*$/gm, "");
    const called = lines.matchAll(/(?:^|&&|\|\||;|\bthen\b|\bdo\b)[ \t]*([a-z]{2,})[ \t]/gm);
    const own = new Set(["for", "if", "done", "fi", "set", "umask", "return", "exit", "echo"]);
    own.add("name_program").add("start").add("do").add("then").add("esac");
    expect([...called].map(([, word = ""]) => word).filter((word) => !own.has(word))).toEqual([]);
  }
});

test.each([
  ["nothing", () => {}, true],
  ["a link to Sallyport's own folder", (at: string) => symlinkSync("../programs", at), false],
  ["a link that leads nowhere", (at: string) => symlinkSync("/nonexistent/there", at), false],
  ["a file", (at: string) => writeFileSync(at, ""), false],
])(
  "where a person made %s of /usr/local/bin, it is installed all the same",
  (_what, make, named) => {
    const [local, programs] = ["local", "programs"].map((name) => join(directory, name));
    for (const folder of [local!, programs!]) mkdirSync(folder);
    writeFileSync(join(programs!, "sallyport"), "the program");
    make(join(local!, "bin"));
    const text = readFileSync("packaging/darwin/scripts/postinstall", "utf8");
    const script = /^name_program\(\) \{\n[\s\S]*?^name_program\n/m.exec(text)?.[0] ?? "exit 9";
    const here = script
      .replaceAll("/usr/local", local!)
      .replaceAll("/Library/Sallyport", programs!);
    const { status } = spawnSync("/bin/sh", ["-ec", here], { encoding: "utf8" });
    expect(status).toBe(0);
    expect(readFileSync(join(programs!, "sallyport"), "utf8")).toBe("the program");
    expect(existsSync(join(local!, "bin", "sallyport"))).toBe(
      named || _what.includes("own folder"),
    );
  },
);

/** Runs a script of the package with each program of the system replaced by one that writes down its call. */
function runScript(name: string, launchctl: string): readonly string[] {
  const calls = join(directory, "calls");
  const fake = (program: string, body: string): string => {
    const file = join(directory, program);
    writeFileSync(file, `#!/bin/sh\necho "${program} $*" >> "${calls}"\n${body}\n`, {
      mode: 0o755,
    });
    return file;
  };
  const programs = {
    "/bin/launchctl": fake("launchctl", launchctl),
    "/usr/bin/install": fake("install", "true"),
    "/bin/mkdir": fake("mkdir", "true"),
    "/bin/ln": fake("ln", "true"),
    "/bin/sleep": fake("sleep", "true"),
    "/usr/bin/stat": fake("stat", "echo 501"),
  };
  const script = Object.entries(programs).reduce(
    (text, [program, instead]) => text.replaceAll(program, instead),
    readFileSync(join("packaging/darwin/scripts", name), "utf8"),
  );
  const { status } = spawnSync("/bin/sh", ["-c", script], { encoding: "utf8" });
  return [...readFileSync(calls, "utf8").trim().split("\n"), `exit ${String(status)}`];
}

test("an upgrade ends the icon, too, and starts each job once its former self is gone", () => {
  const ended = runScript("preinstall", "exit 3").filter((call) => call.startsWith("launchctl"));
  expect(ended).toContain("launchctl bootout gui/501/dev.sallyport.tray");
  // Refused twice, as launchd does while a job is still ending.
  const busy = `echo >> "${directory}/asked"; [ "$(wc -l < "${directory}/asked")" -gt 2 ] || exit 5`;
  const calls = runScript("postinstall", busy);
  const started = calls.filter((call) => call.startsWith("launchctl bootstrap system"));
  const jobs = started.map((call) => call.split(".").at(-2));
  expect(jobs).toEqual(["netd", "netd", "netd", "agent", "enrol"]);
  expect(calls.at(-1)).toBe("exit 0");
});

test("an installation whose jobs launchd never takes fails", () => {
  expect(runScript("postinstall", "exit 5").at(-1)).toBe("exit 5");
});
