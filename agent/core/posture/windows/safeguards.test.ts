import { expect, test } from "vitest";
import { edrCatalogue } from "#shared/posture/edr-catalogue.ts";
import { judgeWindowsHardware } from "./hardware.ts";
import { judgeDeviceGuard } from "./integrity.ts";
import { judgeDsregcmd, judgeWindowsDomain, judgeWindowsEnrolment } from "./management.ts";
import { judgeWindowsUptime } from "./release.ts";
import { judgeWindowsBrowsers } from "./software.ts";
import { judgeWindowsAutologin, judgeWindowsGuest } from "./users.ts";
import { runningServices, serviceProducts } from "./services.ts";

const known = (value: unknown) => ({ kind: "known", value });
const parse = { kind: "unknown", reason: "parse" };

test("virtualization that is configured but does not run protects nothing", () => {
  const answer = { Status: 2, Services: [1, 2], StartOptions: " NOEXECUTE=OPTIN" };
  expect(judgeDeviceGuard(answer)).toEqual({
    virtualization: known(true),
    memoryIntegrity: known(true),
    testSigning: known(false),
  });
  expect(judgeDeviceGuard({ ...answer, Status: 1 })).toMatchObject({
    virtualization: known(false),
    memoryIntegrity: known(false),
  });
  expect(judgeDeviceGuard({ ...answer, Status: 7 }).virtualization).toEqual({
    kind: "unknown",
    reason: "no_data",
  });
  expect(judgeDeviceGuard({ ...answer, StartOptions: " TESTSIGNING  NOVGA" }).testSigning).toEqual(
    known(true),
  );
  expect(judgeDeviceGuard(null)).toEqual({
    virtualization: parse,
    memoryIntegrity: parse,
    testSigning: parse,
  });
});

test("enrolment needs state 1 of Microsoft's own provider; leftovers do not count", () => {
  expect(judgeWindowsEnrolment([{ State: 1, Provider: "MS DM Server" }])).toEqual(known(true));
  expect(judgeWindowsEnrolment([{ State: 0, Provider: "MS DM Server" }])).toEqual(known(false));
  expect(judgeWindowsEnrolment([{ State: 1, Provider: "Poliver" }])).toEqual(known(false));
  expect(judgeWindowsEnrolment({ State: 1, Provider: "MS DM Server" })).toEqual(parse);
});

test("joined by the directory or by the cloud; automatic sign-in; hours to days", () => {
  expect(judgeWindowsDomain({ PartOfDomain: false, CloudJoined: true })).toEqual(known(true));
  expect(judgeWindowsDomain({ PartOfDomain: false, CloudJoined: false })).toEqual(known(false));
  expect(judgeWindowsDomain({ PartOfDomain: "no" })).toEqual(parse);
  expect(judgeWindowsAutologin({ AutoAdminLogon: "1" })).toEqual(known(true));
  expect(judgeWindowsAutologin({ AutoAdminLogon: "" })).toEqual(known(false));
  expect(judgeWindowsAutologin({})).toEqual(parse);
  expect(judgeWindowsUptime({ UptimeHours: 49 })).toEqual(known(2));
  expect(judgeWindowsUptime({ UptimeHours: -1 })).toEqual(parse);
});

test("the guest account counts where it exists and is on; a missing member is not off", () => {
  expect(judgeWindowsGuest({ Found: true, Enabled: true })).toEqual(known(true));
  expect(judgeWindowsGuest({ Found: true, Enabled: false })).toEqual(known(false));
  expect(judgeWindowsGuest({ Found: false, Enabled: true })).toEqual(known(false));
  expect(judgeWindowsGuest({ Found: true })).toEqual(parse);
});

const dsregcmd = `
+----------------------------------------------------------------------+
| Device State                                                         |
+----------------------------------------------------------------------+

             AzureAdJoined : NO
          EnterpriseJoined : NO
              DomainJoined : YES
                DomainName : CORP
               Device Name : pc1.corp.example
 DeviceCertificateValidity : [ 2026-01-01 10:00:00.000 UTC -- 2036-01-01 10:00:00.000 UTC ]
             WamDefaultSet : ERROR
`;

test("dsregcmd's boxed text: values hold colons, ERROR as SYSTEM is no answer about joining", () => {
  expect(judgeDsregcmd(dsregcmd)).toEqual(known(true));
  expect(judgeDsregcmd(dsregcmd.replace(": YES", ": NO "))).toEqual(known(false));
  expect(judgeDsregcmd(dsregcmd.replace("DomainJoined :", "DomäneBeigetreten :"))).toEqual(parse);
});

test("hardware and browsers; a version that is no version is not passed on", () => {
  expect(
    judgeWindowsHardware({
      Vendor: "Dell Inc.",
      Model: "Latitude",
      Serials: ["ABC123", "None", 5],
    }),
  ).toEqual({ vendor: known("Dell Inc."), model: known("Latitude"), serials: known(["ABC123"]) });
  expect(judgeWindowsHardware([]).serials).toEqual(parse);
  expect(judgeWindowsBrowsers([{ Program: "chrome.exe", Version: "131.0.6778.86" }])).toEqual(
    known(["chrome 131.0.6778.86"]),
  );
  expect(judgeWindowsBrowsers([{ Program: "chrome.exe", Version: "" }])).toEqual(parse);
  expect(judgeWindowsBrowsers([{ Program: "constructor", Version: "1.0" }])).toEqual(known([]));
  expect(judgeWindowsBrowsers({})).toEqual(parse);
});

test("attack: a service of a product's name whose file anybody could write proves nothing", () => {
  const services = (path: string) =>
    serviceProducts(
      edrCatalogue,
      runningServices([{ Name: "csfalconservice", Path: path }]) ?? [],
    ).map(({ id }) => id);
  expect(services('"C:\\Program Files\\CrowdStrike\\CSFalconService.exe"')).toEqual([
    "crowdstrike",
  ]);
  expect(services("C:\\Users\\eve\\CSFalconService.exe")).toEqual([]);
  expect(services("C:\\Program Files\\..\\Users\\eve\\x.exe")).toEqual([]);
  expect(runningServices("x")).toBeNull();
});
