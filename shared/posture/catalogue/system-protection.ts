/** Signals about how the system protects itself on macOS and Windows. */
import type { CatalogueEntry } from "../catalogue-entry.ts";
import { doesNotApply, tierClocks } from "./tier.ts";

const onceAtStart = { ...tierClocks.cold, evented: [], privacy: "plain", who: "it" } as const;

const macSignals: readonly CatalogueEntry[] = [
  {
    signal: "boot.sip",
    madeBy: "integrity",
    type: "bool",
    ...onceAtStart,
    title: "System Integrity Protection",
    said: {
      true: "System Integrity Protection is on",
      false: "System Integrity Protection is off",
    },
    why: "True when it is on in full; with a custom configuration parts of it are off.",
    fix: {
      ...doesNotApply,
      darwin: { text: "Restart into Recovery, open Terminal, run `csrutil enable` and restart." },
    },
    os: ["darwin"],
  },
  {
    signal: "boot.sealed_volume",
    madeBy: "integrity",
    type: "bool",
    ...onceAtStart,
    title: "Sealed system volume",
    said: { true: "the system volume is sealed", false: "the system volume is not sealed" },
    why: "True when macOS starts only from a system volume whose seal is whole.",
    fix: {
      ...doesNotApply,
      darwin: {
        text: "Restart into Recovery, open Terminal, run `csrutil authenticated-root enable` and restart.",
      },
    },
    os: ["darwin"],
  },
  {
    signal: "apps.gatekeeper",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.warm,
    evented: ["darwin"],
    privacy: "plain",
    title: "Gatekeeper",
    said: { true: "Gatekeeper is on", false: "Gatekeeper is off" },
    why: "True when macOS checks who made a program before it runs for the first time.",
    fix: {
      ...doesNotApply,
      darwin: {
        text: "Open System Settings > Privacy & Security and allow App Store and known developers only.",
        command: "sudo spctl --global-enable",
      },
    },
    who: "user",
    os: ["darwin"],
  },
];

const windowsSignals: readonly CatalogueEntry[] = [
  {
    signal: "boot.virtualization_security",
    madeBy: "integrity",
    type: "bool",
    ...onceAtStart,
    title: "Virtualization-based security runs",
    said: {
      true: "virtualization-based security runs",
      false: "virtualization-based security does not run",
    },
    why: "True when Windows keeps secrets in a part of the machine that even its own kernel cannot read.",
    fix: {
      ...doesNotApply,
      windows: {
        text: "Open Windows Security > Device security > Core isolation, switch Memory integrity on and restart.",
        command: "start windowsdefender://coreisolation",
      },
    },
    os: ["windows"],
  },
  {
    signal: "kernel.memory_integrity",
    madeBy: "integrity",
    type: "bool",
    ...onceAtStart,
    title: "Memory integrity (HVCI) runs",
    said: { true: "memory integrity is on", false: "memory integrity is off" },
    why: "True when the hypervisor checks kernel code before it runs.",
    fix: {
      ...doesNotApply,
      windows: {
        text: "Open Windows Security > Device security > Core isolation and switch Memory integrity on.",
        command: "start windowsdefender://coreisolation",
      },
    },
    os: ["windows"],
  },
  {
    signal: "boot.test_signing",
    madeBy: "integrity",
    type: "bool",
    ...onceAtStart,
    title: "Unsigned drivers are allowed",
    said: { true: "unsigned drivers are allowed", false: "unsigned drivers are refused" },
    why: "True when Windows was started in test mode, in which it takes drivers that nobody vouches for.",
    fix: {
      ...doesNotApply,
      windows: {
        text: "Switch test mode off in an administrator's prompt and restart.",
        command: "bcdedit /set testsigning off",
      },
    },
    os: ["windows"],
  },
];

/** Self-protection of macOS and Windows. */
export const protectionSignals: readonly CatalogueEntry[] = [...macSignals, ...windowsSignals];
