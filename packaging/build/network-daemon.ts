import { resolve } from "node:path";
import { run } from "./process.ts";
import type { Target } from "./target.ts";

/** Builds `sallyport-netd` for a target: static, stripped, without paths of the building machine. */
export async function buildNetworkDaemon(target: Target, output: string): Promise<void> {
  const argv = ["build", "-trimpath", "-mod=vendor", "-buildvcs=false", "-ldflags=-s -w -buildid="];
  await run("go", [...argv, "-o", resolve(output), "./cmd/sallyport-netd"], {
    deadlineMs: 600_000,
    cwd: "native",
    env: { CGO_ENABLED: "0", GOOS: target.goos, GOARCH: target.goarch, GOFLAGS: "" },
  });
}
