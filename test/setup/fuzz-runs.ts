/** `SALLYPORT_FUZZ_RUNS=N` makes every property without a number of its own run N times. */
import fc from "fast-check";

const runs = Number(process.env["SALLYPORT_FUZZ_RUNS"] ?? "");
if (runs > 0) fc.configureGlobal({ numRuns: runs, interruptAfterTimeLimit: 3_600_000 });
