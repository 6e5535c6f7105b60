import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";

interface GoToolchain {
  readonly atLeast: (a: string, b: string) => boolean;
  readonly parseGoVersion: (text: string) => string | undefined;
  readonly wantedGo: (goMod: string) => string;
  readonly officialLine: (version: string) => string;
  readonly goEnvironment: (clone: string) => Record<string, string>;
}

const { atLeast, parseGoVersion, wantedGo, officialLine, goEnvironment } = createRequire(
  import.meta.url,
)("./go-toolchain.cjs") as GoToolchain;

describe("Go versions", () => {
  it.each([
    ["1.21", "1.21", true],
    ["1.21.0", "1.21", true],
    ["1.26.8", "1.26.9", false],
    ["1.9", "1.21", false],
    ["1.100", "1.21", true],
    ["2", "1.21", true],
  ])("%s at least %s: %s", (a, b, expected) => {
    expect(atLeast(a, b)).toBe(expected);
  });

  it("reads what `go version` prints and nothing else", () => {
    expect(parseGoVersion("go version go1.26.8 linux/amd64\n")).toBe("1.26.8");
    expect(parseGoVersion("go version devel +abc linux/amd64")).toBeUndefined();
    expect(parseGoVersion("gccgo (Debian) 12.2")).toBeUndefined();
    expect(parseGoVersion("")).toBeUndefined();
  });

  it("takes the toolchain line of go.mod before its go line", () => {
    expect(wantedGo("module x\n\ngo 1.26.0\n\ntoolchain go1.26.8\n")).toBe("1.26.8");
    expect(wantedGo("module x\n\ngo 1.26.0\n")).toBe("1.26.0");
    expect(wantedGo("module x\n")).toBe("1");
  });
});

describe("Go environment", () => {
  it("names an archive that a person can fetch", () => {
    expect(officialLine("1.26.0")).toMatch(/go\.dev\/dl\/go1\.26\.0\.[a-z0-9]+-[a-z0-9]+\.tar\.gz/);
  });

  it("fetches nothing behind our back and writes into the clone alone", () => {
    const env = goEnvironment("/clone");
    expect(env["GOTOOLCHAIN"]).toBe("local");
    expect(env["GOCACHE"]).toBe("/clone/.cache/go-build");
    expect(env["XDG_CONFIG_HOME"]).toBe("/clone/.cache/go-config");
  });
});
