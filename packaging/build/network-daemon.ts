import { createRequire } from "node:module";
import { resolve } from "node:path";
import { run } from "./process.ts";
import type { Target } from "./target.ts";

type Go = { readonly file: string; readonly env: Readonly<Record<string, string>> } & (
  { readonly ok: true } | { readonly ok: false; readonly line: string }
);

const { goForNative } = createRequire(import.meta.url)("../bootstrap/native-programs.cjs") as {
  readonly goForNative: (clone: string) => Go;
};

/** Builds `sallyport-netd` for a target: static, stripped, without paths of the building machine. */
export async function buildNetworkDaemon(target: Target, output: string): Promise<void> {
  const go = goForNative(resolve("."));
  if (!go.ok) throw new Error(go.line);
  const argv = ["build", "-trimpath", "-mod=vendor", "-buildvcs=false", "-ldflags=-s -w -buildid="];
  await run(go.file, [...argv, "-o", resolve(output), "./cmd/sallyport-netd"], {
    deadlineMs: 600_000,
    cwd: "native",
    env: { ...go.env, GOOS: target.goos, GOARCH: target.goarch, GOFLAGS: "" },
  });
}
