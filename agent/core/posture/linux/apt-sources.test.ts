import fc from "fast-check";
import { expect, test } from "vitest";
import { readSecuritySources } from "./apt-sources.ts";

const source = (priority: number, release: string) =>
  ` ${String(priority).padStart(3)} http://host/x x/main amd64 Packages\n     release ${release}\n     origin host\n`;
const policy = (...sources: readonly string[]) =>
  `Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n${sources.join("")}Pinned packages:\n`;
const debian = (priority: number, suite = "oldstable") =>
  source(priority, `v=12.15,o=Debian,a=${suite},n=bookworm,l=Debian,c=main,b=amd64`);
const debianSecurity = (priority: number) =>
  source(
    priority,
    "v=12,o=Debian,a=oldstable-security,n=bookworm-security,l=Debian-Security,c=main,b=amd64",
  );
const ubuntu = (pocket: string, priority = 500) =>
  source(priority, `v=24.04,o=Ubuntu,a=noble${pocket},n=noble,l=Ubuntu,c=main,b=amd64`);
const pro = (priority: number, pocket: string) =>
  source(priority, `v=24.04,o=UbuntuESM,a=noble-infra${pocket},n=noble,l=UbuntuESM,c=main,b=amd64`);

test.each([
  ["Debian as it is installed", policy(debianSecurity(500), debian(500)), "first"],
  ["backports beside it", policy(debianSecurity(500), debian(100, "x-backports")), "first"],
  ["Ubuntu", policy(ubuntu(""), ubuntu("-updates"), ubuntu("-security")), "first"],
  [
    "Ubuntu Pro, which puts its own security updates above Ubuntu's",
    policy(ubuntu(""), ubuntu("-security"), pro(510, "-security"), pro(510, "-updates")),
    "first",
  ],
  ["everything pinned below what is installed", policy(debianSecurity(1), debian(1)), "outranked"],
  [
    "another vendor put first",
    policy(debianSecurity(500), debian(500), source(990, "o=Docker,a=bookworm,l=Docker CE")),
    "first",
  ],
  ["a default release", policy(debianSecurity(500), debian(990)), "outranked"],
  ["security updates pinned away", policy(debianSecurity(-1), debian(500)), "outranked"],
  [
    "one of two pinned away",
    policy(ubuntu(""), ubuntu("-security"), ubuntu("-security", 100)),
    "outranked",
  ],
  ["no source of security updates", policy(debian(500)), "none"],
  ["no source at all", policy(), "none"],
  ["output that was cut", "Package files:\n 100 /var/lib/dpkg/status\n", null],
  ["nothing", "", null],
])("%s", (_, text, expected) => {
  expect(readSecuritySources(text)).toBe(expected);
});

test("garbage never puts security updates first", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(readSecuritySources(text)).toBeNull();
      expect(readSecuritySources(policy(text))).not.toBe("first");
    }),
  );
});
