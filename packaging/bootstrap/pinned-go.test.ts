import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

interface Pinned {
  readonly module: string;
  readonly version: string;
}

type Fetched = { readonly ok: boolean; readonly file?: string; readonly line?: string };

interface PinnedGo {
  readonly pinnedToolchain: (sums: string, platform: string) => Pinned | undefined;
  readonly findPinnedGo: (clone: string) => { readonly file: string } | undefined;
  readonly fetchPinnedGo: (clone: string, fetcher: string) => Fetched;
  readonly unpackModule: (folder: string) => void;
}

const load = createRequire(import.meta.url);
const { pinnedToolchain, findPinnedGo, fetchPinnedGo, unpackModule } = load(
  "./pinned-go.cjs",
) as PinnedGo;
const { atLeast, wantedGo } = load("./go-toolchain.cjs") as {
  readonly atLeast: (a: string, b: string) => boolean;
  readonly wantedGo: (goMod: string) => string;
};
const sums = readFileSync(join(import.meta.dirname, "go-toolchain.sum"), "utf8");

let folder = "";

const put = (name: string, text: string, mode = 0o644) => {
  const file = join(folder, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sallyport-go-"));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe("the pinned Go", () => {
  it.each(["linux-x64", "linux-arm64"])("satisfies go.mod on %s", (platform) => {
    const goMod = readFileSync(join(import.meta.dirname, "../../native/go.mod"), "utf8");
    const pinned = pinnedToolchain(sums, platform);
    expect(atLeast(pinned?.version ?? "0", wantedGo(goMod))).toBe(true);
  });

  it("is none where no sum is pinned", () => {
    expect(pinnedToolchain(sums, "darwin-arm64")).toBeUndefined();
    expect(pinnedToolchain(sums, "linux-s390x")).toBeUndefined();
    expect(pinnedToolchain("", "linux-x64")).toBeUndefined();
  });

  it("is not its own go.mod", () => {
    const [line] = sums.split("\n").filter((text) => text.includes("/go.mod "));
    expect(pinnedToolchain(`${line}\n`, "linux-x64")).toBeUndefined();
  });
});

it("makes a module's files a toolchain", () => {
  put("src/_go.mod", "module std");
  put("src/cmd/_go.mod", "module cmd");
  const plain = put("src/fmt/print.go", "package fmt");
  const programs = [put("bin/go", "#!"), put("pkg/tool/linux_amd64/link", "#!")];
  unpackModule(folder);
  expect(readFileSync(join(folder, "src/go.mod"), "utf8")).toBe("module std");
  expect(readFileSync(join(folder, "src/cmd/go.mod"), "utf8")).toBe("module cmd");
  for (const file of programs) expect(statSync(file).mode & 0o111).toBe(0o111);
  expect(statSync(plain).mode & 0o111).toBe(0);
});

// The platform of whoever runs the tests may have no pinned Go.
describe.runIf(pinnedToolchain(sums, `${process.platform}-${process.arch}`) !== undefined)(
  "fetching it",
  () => {
    /** A go command that answers `mod download`, as the older Go would. */
    const fetcher = (answer: string) => put("go", `#!/bin/sh\nset -e\n${answer}\n`, 0o755);
    const files =
      'at="$GOMODCACHE/$3"\nmkdir -p "$at/bin" "$at/src" "$at/pkg/tool"\necho go > "$at/bin/go"';

    it("leaves one whole toolchain and nothing else in the clone", () => {
      const asked = 'test "$1 $2" = "mod download" && grep -q "^$(echo $3 | tr @ " ") h1:" go.sum';
      const go = fetchPinnedGo(folder, fetcher(`${asked}\n${files}`));
      expect(go).toMatchObject({ ok: true, file: findPinnedGo(folder)?.file });
      expect(readdirSync(join(folder, ".cache/go-toolchain"))).toHaveLength(1);
    });

    it("counts nothing in the person's settings, and reads what stands there", () => {
      const own = 'test "$XDG_CONFIG_HOME" = "$GOMODCACHE/config"';
      const read = 'test "${GOENV%/go/env}" != "$GOENV" -a "${GOENV#$GOMODCACHE}" = "$GOENV"';
      expect(fetchPinnedGo(folder, fetcher(`${own}\n${read}\n${files}`))).toMatchObject({
        ok: true,
      });
    });

    it("takes nothing when the older Go refuses the sum", () => {
      const go = fetchPinnedGo(folder, fetcher(`${files}\nexit 1`));
      expect(go.line).toContain("go mod download golang.org/toolchain@");
      expect(findPinnedGo(folder)).toBeUndefined();
      expect(readdirSync(join(folder, ".cache/go-toolchain"))).toEqual([]);
    });
  },
);
