/**
 * Properties try the same cases in every run, so that none fails by chance. `SALLYPORT_FUZZ_RUNS=N`
 * makes every one without a number of its own try N new ones; a failure names their seed.
 */
import fc from "fast-check";

const runs = Number(process.env["SALLYPORT_FUZZ_RUNS"] ?? "");
fc.configureGlobal(
  runs > 0 ? { numRuns: runs, interruptAfterTimeLimit: 3_600_000 } : { seed: 2_026 },
);
