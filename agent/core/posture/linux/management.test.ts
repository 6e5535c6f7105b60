import { expect, test } from "vitest";
import { judgeDomain, judgeEnrolment, readHubStatus } from "./management.ts";

const known = (value: unknown) => ({ kind: "known", value });
const unknown = (reason: string) => ({ kind: "unknown", reason });
const tool = (mdm: boolean, enrolled: boolean | null) => ({ id: "x", mdm, enrolled });

test("one proof of enrolment is enough; a product without proof leaves it open; Puppet is no MDM", () => {
  expect(judgeEnrolment([tool(true, null), tool(true, true)])).toEqual(known(true));
  expect(judgeEnrolment([tool(true, null)])).toEqual(unknown("no_data"));
  expect(judgeEnrolment([tool(true, false)])).toEqual(known(false));
  expect(judgeEnrolment([tool(false, null)])).toEqual(known(false));
  expect(judgeEnrolment([])).toEqual(known(false));
});

test.each([
  ['{"isEnrolled":true}', true],
  ['{"enrolled":"false","server":"x"}', false],
  ['{"enrolled":"maybe"}', null],
  ["1", null],
  ["[]", null],
  ["enrolled: yes", null],
])("the hub's answer %j: %s", (text, expected) => {
  expect(readHubStatus(text)).toBe(expected);
});

test("a directory needs the host's key and a provider; an unreadable sssd.conf is permission", () => {
  const text = (provider: string) => ({
    kind: "text" as const,
    text: `[domain/x]\nid_provider = ${provider}\n`,
  });
  const signs = { keytab: true, sambaSecrets: false };
  expect(judgeDomain({ ...signs, sssd: text("ad") })).toEqual(known(true));
  expect(judgeDomain({ ...signs, sssd: text("files") })).toEqual(known(false));
  expect(judgeDomain({ ...signs, sssd: { kind: "denied" } })).toEqual(unknown("permission"));
  expect(judgeDomain({ ...signs, sssd: { kind: "absent" } })).toEqual(known(false));
  expect(judgeDomain({ keytab: false, sambaSecrets: true, sssd: text("ad") })).toEqual(
    known(false),
  );
  expect(judgeDomain({ keytab: true, sambaSecrets: true, sssd: { kind: "absent" } })).toEqual(
    known(true),
  );
});
