/** Signals about what the machine booted and what its kernel lets in. */
import type { CatalogueEntry, FixText } from "../catalogue-entry.ts";
import { numbered } from "../fix-steps.ts";
import { protectionSignals } from "./system-protection.ts";
import { doesNotApply, tierClocks } from "./tier.ts";
import { byPackageManager } from "./ways.ts";

const firmware = (setting: string): CatalogueEntry["fix"] => ({
  linux: {
    text: `Restart into the firmware settings and ${setting}.`,
    command: "systemctl reboot --firmware-setup",
  },
  darwin: {
    text: "Restart into Recovery, open Startup Security Utility and choose Full Security.",
  },
  windows: {
    text: `Restart into the UEFI settings and ${setting}.`,
    command: "shutdown /r /fw /t 0",
  },
});

const bootSignals: readonly CatalogueEntry[] = [
  {
    signal: "boot.secure",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Secure Boot",
    said: { true: "Secure Boot is on", false: "Secure Boot is off" },
    why:
      "True when the firmware checks what it starts: Secure Boot on, not in setup mode, validation not switched off " +
      "in the boot loader. On a Mac: full security. A machine without UEFI is not applicable.",
    fix: firmware("switch Secure Boot on"),
    who: "it",
    os: ["linux", "darwin", "windows"],
  },
  {
    signal: "tpm.present",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "TPM 2.0 present",
    said: { true: "there is a TPM 2.0", false: "there is no TPM 2.0" },
    why: "A security chip of version 2.0 is there and visible to the system; whether it is used is another question.",
    fix: firmware("switch the TPM (also called PTT or fTPM) on"),
    who: "it",
    os: ["linux", "windows"],
  },
];

// Enforced before its files are labelled, SELinux would leave a machine that does not start.
const enforcedBySelinux: FixText = {
  text: numbered(
    "If `getenforce` says Disabled: put `SELINUX=permissive` into /etc/selinux/config, run `sudo fixfiles -F onboot` and restart.",
    "Put `SELINUX=enforcing` into /etc/selinux/config.",
    "Have it enforced from now on: `sudo setenforce 1`.",
  ),
  command: "getenforce",
};

const kernelSignals: readonly CatalogueEntry[] = [
  {
    signal: "kernel.lockdown",
    madeBy: "integrity",
    type: "enum",
    domain: ["none", "integrity", "confidentiality"],
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Kernel lockdown",
    why: "With `integrity` even root cannot change the running kernel; Secure Boot usually brings it.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Switch Secure Boot on, or boot with `lockdown=integrity` on the kernel command line.",
      },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "kernel.tainted",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Unsigned or forced kernel modules",
    said: {
      true: "the kernel runs unsigned or forced modules",
      false: "the kernel runs signed modules only",
    },
    why:
      "True when a module was loaded by force, removed by force or loaded without a valid signature since the last boot. " +
      "Proprietary and self-built signed drivers alone do not count.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Remove or sign the module named by `dmesg | grep taint`, then restart.",
        command: "grep -H . /sys/module/*/taint",
      },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "kernel.signed_modules_only",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Kernel takes signed modules only",
    said: {
      true: "the kernel refuses unsigned modules",
      false: "the kernel takes unsigned modules",
    },
    why: "True when the kernel refuses modules without a valid signature, by its own setting or by lockdown.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Switch Secure Boot on, or boot with `module.sig_enforce=1` on the kernel command line.",
      },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "lsm.enforcing",
    madeBy: "integrity",
    type: "bool",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "SELinux or AppArmor enforcing",
    said: {
      true: "SELinux or AppArmor is enforced",
      false: "neither SELinux nor AppArmor is enforced",
    },
    why: "True when SELinux enforces, or AppArmor is on with at least one profile in enforce mode.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Switch on SELinux or AppArmor, whichever this distribution brings, with its profiles enforced.",
        ways: [
          {
            when: { "os.package_manager": ["zypper"], "os.version": ["15"] },
            text: "Switch AppArmor on.",
            command: "sudo systemctl enable --now apparmor",
          },
          ...byPackageManager({
            apt: {
              text: numbered(
                "Install AppArmor: `sudo apt install apparmor`.",
                "Switch it on: `sudo systemctl enable --now apparmor`.",
              ),
              command: "sudo apt install apparmor && sudo systemctl enable --now apparmor",
            },
            dnf: enforcedBySelinux,
            "rpm-ostree": enforcedBySelinux,
          }),
        ],
      },
    },
    who: "it",
    os: ["linux"],
  },
];

const moduleSignals: readonly CatalogueEntry[] = [
  {
    signal: "kernel.tainting_modules",
    madeBy: "integrity",
    type: "set",
    ...tierClocks.warm,
    evented: [],
    privacy: "plain",
    title: "Kernel modules from elsewhere",
    why:
      "Loaded modules with the kernel's letters: `nvidia POE` is proprietary (P), built outside the kernel (O) " +
      "and unsigned (E). Letters F and E mean that nobody vouches for the code.",
    fix: {
      ...doesNotApply,
      linux: {
        text: "Sign the module with a key enrolled by `mokutil --import`, or remove it and restart.",
        command: "grep -H . /sys/module/*/taint",
      },
    },
    who: "it",
    os: ["linux"],
  },
  {
    signal: "kernel.third_party_extensions",
    madeBy: "integrity",
    type: "set",
    ...tierClocks.cold,
    evented: [],
    privacy: "plain",
    title: "Kernel extensions of others than Apple",
    why: "Bundle ids of loaded kernel extensions that Apple did not make.",
    fix: {
      ...doesNotApply,
      darwin: {
        text: "Update or remove the program that installed the kernel extension, then restart.",
      },
    },
    who: "it",
    os: ["darwin"],
  },
];

/** Boot and kernel signals. */
export const integritySignals: readonly CatalogueEntry[] = [
  ...bootSignals,
  ...kernelSignals,
  ...moduleSignals,
  ...protectionSignals,
];
