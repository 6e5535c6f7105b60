import { expect, test } from "vitest";
import { withoutChosenNames } from "./bundle-names.ts";

const folder = "/etc/sallyport/managed.d";

test("a managed file's name is a number, the same wherever it stands and in the order of the names", () => {
  const why = (name: string) => `is no JSON (${folder}/${name}); what it said before stays`;
  const bundle = {
    status: { warnings: [{ params: { why: why("90-zeta ltd.json") } }] },
    journal: [
      JSON.stringify({ code: "SP-130", why: why("90-zeta ltd.json") }),
      `sallyport: SP-130 ${folder}/15-acme.json is bad, and '${folder}/15-acme.json' too`,
      String.raw`C:\ProgramData\Sallyport\managed.d\15-acme.json`,
    ],
  };
  expect(withoutChosenNames(bundle)).toEqual({
    status: { warnings: [{ params: { why: why("managed-2.json") } }] },
    journal: [
      JSON.stringify({ code: "SP-130", why: why("managed-2.json") }),
      `sallyport: SP-130 ${folder}/managed-1.json is bad, and '${folder}/managed-1.json' too`,
      String.raw`C:\ProgramData\Sallyport\managed.d\managed-1.json`,
    ],
  });
});

test("names of our own papers stay, and so does everything else", () => {
  const told = [
    `(${folder}/20-enrolment.json)`,
    `may be written by others than root (${folder})`,
    "/etc/resolv.conf, resolv.conf",
    " ├─812 /usr/bin/sallyport daemon --config /etc/a.conf",
    12,
    null,
    true,
  ];
  expect(withoutChosenNames(told)).toEqual(told);
});

test("a unit's drop-in is a number, listed or by its path", () => {
  const lines = [
    "    Drop-In: /etc/systemd/system/sallyport-agent.service.d",
    "             ├─10-acme.conf",
    "             └─20 zeta.conf, 30-acme.conf",
    "             `-10-acme.conf",
    "Can't parse /etc/systemd/system/sallyport-netd.service.d/10-acme.conf:2",
  ];
  expect(withoutChosenNames(lines)).toEqual([
    "    Drop-In: /etc/systemd/system/sallyport-agent.service.d",
    "             ├─drop-in-1.conf",
    "             └─drop-in-2.conf, drop-in-3.conf",
    "             `-drop-in-1.conf",
    "Can't parse /etc/systemd/system/sallyport-netd.service.d/drop-in-1.conf:2",
  ]);
});
