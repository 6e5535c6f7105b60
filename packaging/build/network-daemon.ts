import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { run } from "./process.ts";
import type { Target } from "./target.ts";
import { withNames } from "./version-resource.ts";

type Go = { readonly file: string; readonly env: Readonly<Record<string, string>> } & (
  { readonly ok: true } | { readonly ok: false; readonly line: string }
);

const { goForNative } = createRequire(import.meta.url)("../bootstrap/native-programs.cjs") as {
  readonly goForNative: (clone: string) => Go;
};

/** Where a program of Go's goes, and what version Windows shows of it. */
export interface NativeBuild {
  readonly output: string;
  readonly version: string;
}

/** Builds `sallyport-netd` for a target. */
export function buildNetworkDaemon(target: Target, program: NativeBuild): Promise<void> {
  const description = "Sallyport service";
  return build(target, { ...program, program: "sallyport-netd", description, linking: "" });
}

/** Builds the icon of Windows' panel, which opens no console window. */
export function buildWindowsTray(target: Target, program: NativeBuild): Promise<void> {
  const names = { program: "sallyport-tray", description: "Sallyport icon" };
  return build(target, { ...program, ...names, linking: " -H=windowsgui" });
}

/** Returns the version of the Go that builds them, as in `1.26.8`. */
export function goVersion(): string {
  const go = goHere();
  const options = { encoding: "utf8", cwd: "native", env: { ...process.env, ...go.env } } as const;
  return execFileSync(go.file, ["env", "GOVERSION"], options).trim().replace(/^go/, "");
}

interface Wanted extends NativeBuild {
  readonly program: string;
  readonly description: string;
  readonly linking: string;
}

/** Static, stripped, without paths of the building machine. */
async function build(target: Target, wanted: Wanted): Promise<void> {
  const { program, description, output, version, linking } = wanted;
  const go = goHere();
  const flags = `-ldflags=-s -w -buildid=${linking}`;
  const argv = ["build", "-trimpath", "-mod=vendor", "-buildvcs=false", flags];
  await run(go.file, [...argv, "-o", resolve(output), `./cmd/${program}`], {
    cwd: "native",
    env: { ...go.env, GOOS: target.goos, GOARCH: target.goarch, GOFLAGS: "" },
  });
  if (target.goos !== "windows") return;
  const names = { version, fileName: `${program}.exe`, description };
  writeFileSync(output, withNames(readFileSync(output), names));
}

function goHere(): Extract<Go, { ok: true }> {
  const go = goForNative(resolve("."));
  if (!go.ok) throw new Error(go.line);
  return go;
}
