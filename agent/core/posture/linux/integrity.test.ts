import fc from "fast-check";
import { expect, test } from "vitest";
import {
  judgeLsm,
  judgeModuleSignatures,
  judgeSecureBoot,
  judgeTpm,
  readKernelRelease,
  readLockdown,
  readTaint,
} from "./integrity.ts";

const known = (value: boolean | string) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });
const variable = (value: number) => new Uint8Array([6, 0, 0, 0, value]);
const firmware = { efi: true, secureBoot: variable(1), setupMode: variable(0), shimInsecure: null };

test("Secure Boot needs the switch on, no setup mode and shim's validation", () => {
  expect(judgeSecureBoot(firmware)).toEqual(known(true));
  expect(judgeSecureBoot({ ...firmware, secureBoot: variable(0) })).toEqual(known(false));
  expect(judgeSecureBoot({ ...firmware, setupMode: variable(1) })).toEqual(known(false));
  expect(judgeSecureBoot({ ...firmware, shimInsecure: variable(1) })).toEqual(known(false));
});

test("no UEFI is not applicable, no variables and odd bytes are unknown", () => {
  expect(judgeSecureBoot({ ...firmware, efi: false }).kind).toBe("notApplicable");
  expect(judgeSecureBoot({ ...firmware, secureBoot: null })).toEqual(unknown("no_data"));
  expect(judgeSecureBoot({ ...firmware, secureBoot: variable(7) })).toEqual(unknown("parse"));
  expect(judgeSecureBoot({ ...firmware, setupMode: null })).toEqual(unknown("no_data"));
  const off = { ...firmware, secureBoot: variable(0), setupMode: null };
  expect(judgeSecureBoot(off)).toEqual(known(false));
  const short = { ...firmware, setupMode: new Uint8Array([1]) };
  expect(judgeSecureBoot(short)).toEqual(unknown("parse"));
});

test("only a TPM of version 2 counts", () => {
  expect(judgeTpm(true, "2\n")).toEqual(known(true));
  expect(judgeTpm(true, "1\n")).toEqual(known(false));
  expect(judgeTpm(false, null)).toEqual(known(false));
  expect(judgeTpm(true, null)).toEqual(unknown("no_data"));
  expect(judgeTpm(true, "two")).toEqual(unknown("parse"));
});

test.each([
  ["none [integrity] confidentiality\n", known("integrity")],
  ["[none] integrity confidentiality\n", known("none")],
  ["none integrity\n", unknown("parse")],
  [null, unknown("no_data")],
])("lockdown %j", (text, reading) => {
  expect(readLockdown(text)).toEqual(reading);
});

test.each([
  ["0\n", false],
  ["4097\n", false],
  ["8192\n", true],
  ["12288\n", true],
  ["2\n", true],
  ["32768\n", false],
])("taint %j is risky: %s", (text, risky) => {
  expect(readTaint(text)).toEqual(known(risky));
});

test("lockdown implies signed modules", () => {
  expect(judgeModuleSignatures("N\n", known("integrity") as never)).toEqual(known(true));
  expect(judgeModuleSignatures("N\n", known("none") as never)).toEqual(known(false));
  expect(judgeModuleSignatures("Y\n", unknown("no_data") as never)).toEqual(known(true));
  expect(judgeModuleSignatures(null, known("none") as never)).toEqual(unknown("no_data"));
});

test("SELinux permissive and AppArmor without enforced profiles do not enforce", () => {
  const none = {
    active: null,
    selinuxEnforce: null,
    apparmorEnabled: null,
    apparmorProfiles: null,
  };
  expect(judgeLsm({ ...none, selinuxEnforce: "1" })).toEqual(known(true));
  expect(judgeLsm({ ...none, selinuxEnforce: "0" })).toEqual(known(false));
  const apparmor = { ...none, apparmorEnabled: "Y\n" };
  expect(judgeLsm({ ...apparmor, apparmorProfiles: "/usr/bin/man (complain)\n" })).toEqual(
    known(false),
  );
  expect(judgeLsm({ ...apparmor, apparmorProfiles: "a (complain)\nb (enforce)\n" })).toEqual(
    known(true),
  );
  expect(judgeLsm(apparmor)).toEqual(unknown("no_data"));
  expect(judgeLsm({ ...none, active: "lockdown,capability,yama" })).toEqual(known(false));
  expect(judgeLsm({ ...none, active: "lockdown,apparmor" })).toEqual(unknown("no_data"));
  expect(judgeLsm(none)).toEqual(unknown("no_data"));
});

test("kernel releases are versions", () => {
  expect(readKernelRelease("6.1.0-40-amd64")).toEqual(known("6.1.0-40-amd64"));
  expect(readKernelRelease("5.14.0-503.el9.x86_64")).toEqual(known("5.14.0-503.el9.x86-64"));
  expect(readKernelRelease("custom")).toEqual(unknown("parse"));
});

test("garbage is never good", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readLockdown(text.replaceAll("[", "")).kind).toBe("unknown");
      expect(judgeTpm(true, `x${text}`).kind).toBe("unknown");
      expect(readTaint(`x${text}`).kind).toBe("unknown");
      readKernelRelease(text);
    }),
  );
});
