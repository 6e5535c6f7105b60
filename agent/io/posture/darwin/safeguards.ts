/** Readers of how a Mac protects itself and who manages it; not run on a real Mac. */
import { stat } from "node:fs/promises";
import { judgeHardware } from "../../../core/posture/hardware.ts";
import {
  judgeGatekeeper,
  judgeMacDomain,
  judgeMacEnrolment,
  judgeMacExtensions,
  judgeMacScreen,
  judgeSealedVolume,
  judgeSip,
  macBrowsers,
  readMacBrowser,
  readMacSerial,
} from "../../../core/posture/darwin/safeguards.ts";
import type { Observation } from "../observation.ts";
import { collectMacSecureBoot } from "./collectors.ts";
import { judged, output, plistOf, told } from "./output.ts";

const kmutilDeadlineMs = 15_000;

/** Secure boot, integrity protection, sealed volume, Gatekeeper, kernel extensions. */
export async function collectMacBoot(): Promise<readonly Observation[]> {
  const sip = await output("/usr/bin/csrutil", ["status"]);
  const sealed = await output("/usr/bin/csrutil", ["authenticated-root", "status"]);
  const gatekeeper = await output("/usr/sbin/spctl", ["--status"]);
  const kexts = await output(
    "/usr/bin/kmutil",
    ["showloaded", "--list-only", "--variant-suffix", "release"],
    { deadlineMs: kmutilDeadlineMs },
  );
  const extensions = judged(kexts, () => judgeMacExtensions(kexts.text));
  return [
    ...(await collectMacSecureBoot()),
    ...told([["boot.sip", judged(sip, () => judgeSip(sip.text))]], [sip]),
    ...told(
      [["boot.sealed_volume", judged(sealed, () => judgeSealedVolume(sealed.text))]],
      [sealed],
    ),
    ...told(
      [
        [
          "apps.gatekeeper",
          judged(gatekeeper, () => judgeGatekeeper(`${gatekeeper.text}${gatekeeper.errors}`)),
        ],
      ],
      [gatekeeper],
    ),
    ...told([["kernel.third_party_extensions", extensions]], [kexts]),
  ];
}

/** Device management and directory. */
export async function collectMacManagement(): Promise<readonly Observation[]> {
  const profiles = await output("/usr/bin/profiles", ["status", "-type", "enrollment"]);
  const domain = await output("/usr/sbin/dsconfigad", ["-show"]);
  return [
    ...told(
      [["mdm.enrolled", judged(profiles, () => judgeMacEnrolment(profiles.text))]],
      [profiles],
    ),
    ...told([["domain.joined", judged(domain, () => judgeMacDomain(domain.text))]], [domain]),
  ];
}

/** Screen lock of the person at the console, asked in that person's session. */
export async function collectMacScreen(): Promise<readonly Observation[]> {
  const { uid } = await stat("/dev/console");
  if (uid === 0) {
    const nobody = { kind: "notApplicable", proof: "no graphical session" } as const;
    return told([["screen.locks", nobody]], []);
  }
  const asPerson = (tool: string, args: readonly string[]) =>
    output("/bin/launchctl", ["asuser", `${uid}`, "/usr/bin/sudo", "-u", `#${uid}`, tool, ...args]);
  const lock = await asPerson("/usr/sbin/sysadminctl", ["-screenLock", "status"]);
  const idle = await asPerson("/usr/bin/defaults", [
    "-currentHost",
    "read",
    "com.apple.screensaver",
    "idleTime",
  ]);
  const power = await output("/usr/bin/pmset", ["-g"]);
  const reading = judged(lock, () =>
    judgeMacScreen({
      screenLock: `${lock.text}${lock.errors}`,
      idleTime: idle.text,
      pmset: power.text,
    }),
  );
  return told([["screen.locks", reading]], [lock, idle, power]);
}

/** Browsers by their bundles' papers. */
export async function collectMacSoftware(): Promise<readonly Observation[]> {
  const found: string[] = [];
  const outputs = [];
  for (const folder of Object.keys(macBrowsers)) {
    const file = `/Applications/${folder}/Contents/Info.plist`;
    if ((await stat(file).catch(() => null)) === null) continue;
    const from = await plistOf(file);
    const browser = from.failed === null ? readMacBrowser(folder, from.text) : null;
    outputs.push(from);
    if (browser !== null) found.push(browser);
  }
  return told([["browsers.installed", { kind: "known", value: found.sort() }]], outputs);
}

/** Model and serial number. */
export async function collectMacHardware(): Promise<readonly Observation[]> {
  const from = await output("/usr/sbin/ioreg", ["-rd1", "-c", "IOPlatformExpertDevice", "-a"]);
  // ioreg prints the model as bytes; sysctl as text.
  const model = await output("/usr/sbin/sysctl", ["-n", "hw.model"]);
  const readings = judgeHardware({
    vendor: "Apple",
    model: model.text,
    serials: [readMacSerial(from.text)],
    denied: false,
  });
  return told(
    [
      ["hardware.vendor", judged(from, () => readings.vendor)],
      ["hardware.model", judged(model, () => readings.model)],
      ["hardware.serials", judged(from, () => readings.serials)],
    ],
    [from, model],
  );
}
