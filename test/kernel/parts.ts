// The parts of `npm run test:kernel`: each has a machine of its own, and a verdict of its own.

/** In the order in which a whole run tells of them. */
export const kernelParts = ["disks", "netd", "lab", "scenarios", "pause"] as const;
/** One of them. */
export type KernelPart = (typeof kernelParts)[number];

/** A machine keeps one processor busy: `scenarios` takes as long as all others together, beside them. */
export const lanes: readonly (readonly KernelPart[])[] = [
  ["scenarios"],
  ["disks", "netd", "lab", "pause"],
];

/** Packages of native/ whose tests run in the machine of a part: those that touch the kernel. */
export const goPackages: Readonly<Partial<Record<KernelPart, readonly string[]>>> = {
  netd: ["internal/kernel/nfnl", "internal/route", "internal/wg", "internal/kernel"],
  // Has the one test that needs a host which pauses the machine.
  pause: ["cmd/sallyport-netd"],
};

/** The folder in which the machine finds the tests of a package of native/. */
export function goTestFolder(name: string): string {
  return name.replaceAll("/", "-");
}

/** Files of test/e2e that the part `scenarios` runs; their names are given to vitest. */
export const scenarios = [
  "impostor",
  "split-tunnel",
  "cut-off",
  "lease-end",
  "flushed-rules",
  "killed-processes",
  "suspend",
] as const;
