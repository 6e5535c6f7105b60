import { expect, test } from "vitest";
import { catalogue } from "./catalogue.ts";
import type { FixText } from "./catalogue-entry.ts";
import type { SignalValue } from "./fact.ts";
import { stepsOf } from "./fix-steps.ts";
import { fixTextOf } from "./fix-text.ts";
import { type PackageManager, packageManagers } from "./package-tool.ts";
import { known } from "./reading.ts";

/** Machines that there are: what updates them, as what they name themselves, and what they would install. */
const families: Readonly<
  Record<PackageManager, { readonly products: readonly string[]; readonly installs: Firewall }>
> = {
  apt: { products: ["debian", "ubuntu", "linuxmint"], installs: "ufw" },
  dnf: { products: ["fedora", "rhel", "rocky", "amzn"], installs: "firewalld" },
  zypper: {
    products: ["opensuse-leap", "opensuse-tumbleweed", "sles", "unheard-of"],
    installs: "firewalld",
  },
  pacman: { products: ["arch", "manjaro"], installs: "nftables" },
  "rpm-ostree": { products: ["fedora", "bazzite"], installs: "firewalld" },
  "transactional-update": { products: ["opensuse-microos", "sle-micro"], installs: "firewalld" },
};

type Firewall = (typeof firewalls)[number];
const firewalls = ["ufw", "firewalld", "nftables"] as const;

/** Words that belong to machines with one of these. */
const ofManagers: readonly (readonly [RegExp, readonly PackageManager[]])[] = [
  [/\b(apt|apt-get|apt-mark|dpkg|unattended-upgrades?|Debian|gpasswd -d NAME sudo)\b/, ["apt"]],
  [/\/usr\/local\/share\/ca-certificates|clamav-daemon/, ["apt", "pacman"]],
  [/\/etc\/pki\/ca-trust|clamd@scan|getenforce/, ["dnf", "rpm-ostree"]],
  [/\b(dnf|versionlock|RHEL|leapp)\b/, ["dnf"]],
  [/\b(zypper|SUSE|SLE|MicroOS)\b|\/etc\/pki\/trust/, ["zypper", "transactional-update"]],
  [/\b(YaST|Tumbleweed)\b/, ["zypper"]],
  [/\b(pacman|Arch|IgnorePkg)\b|\/etc\/ca-certificates\/trust-source/, ["pacman"]],
  [/\brpm-ostreed?\b|Silverblue/, ["rpm-ostree"]],
  [/\btransactional-update\b/, ["transactional-update"]],
  [/\bFedora\b|%fedora|refs fedora/, ["dnf", "rpm-ostree"]],
];
const ofProducts: readonly (readonly [RegExp, readonly string[]])[] = [
  [/Ubuntu|do-release-upgrade/, ["ubuntu"]],
  [/Debian/i, ["debian"]],
  [/fedora|system-upgrade/i, ["fedora"]],
  [/RHEL|leapp/, ["rhel"]],
  [/Leap|opensuse-migration/, ["opensuse-leap"]],
  [/zypper dup|Tumbleweed/, ["opensuse-tumbleweed"]],
  [/zypper migration/, ["sles"]],
];
const ofFirewalls: Readonly<Record<Firewall, RegExp>> = {
  ufw: /\bufw\b/,
  firewalld: /\bfirewalld\b|firewall-(offline-)?cmd/,
  // Whatever firewall there is, `nft list` and `nft flush` speak of the kernel's rules.
  nftables: /\bnftables\b|nft -f/,
};

const linux = catalogue.filter(({ os }) => os.includes("linux"));

function fixesFor(facts: Readonly<Record<string, SignalValue>>) {
  const readings = new Map(Object.entries(facts).map(([name, value]) => [name, known(value)]));
  return linux.map((entry) => {
    const fix = fixTextOf(entry, "linux", (signal) => readings.get(signal));
    return { signal: entry.signal, said: `${fix.text} ${fix.command ?? ""}` };
  });
}

type Machine = (typeof machines)[number];

const machines = packageManagers.flatMap((manager) =>
  families[manager].products.flatMap((product) =>
    [...firewalls, "none" as const].flatMap((program) =>
      [[], ["clamav"], ["crowdstrike"]].map((products) => ({
        manager,
        product,
        program,
        products,
      })),
    ),
  ),
);

/** Returns the patterns of words that are another machine's. */
function wordsOfOthers({ manager, product, program }: Machine): readonly RegExp[] {
  const { installs } = families[manager];
  // SUSE sets no rules of nftables by a service of its own.
  const bySuse = manager === "zypper" || manager === "transactional-update";
  const own = program === "none" || (bySuse && program === "nftables") ? installs : program;
  return [
    ...ofManagers.filter(([, managers]) => !managers.includes(manager)).map(([words]) => words),
    ...ofProducts.filter(([, products]) => !products.includes(product)).map(([words]) => words),
    ...firewalls.filter((name) => name !== own).map((name) => ofFirewalls[name]),
  ];
}

test.each(packageManagers)("a machine with %s is told its own steps, nothing of others", (one) => {
  const strange = machines
    .filter(({ manager }) => manager === one)
    .flatMap((machine) => {
      const words = wordsOfOthers(machine);
      return fixesFor({
        "os.package_manager": machine.manager,
        "os.product": machine.product,
        "os.version": "15.6",
        "firewall.program": machine.program,
        "edr.products": machine.products,
      })
        .filter(({ said }) => words.some((pattern) => pattern.test(said)))
        .map(({ signal, said }) => `${machine.product}, ${machine.program}: ${signal}: ${said}`);
    });
  expect(strange).toEqual([]);
});

test("a machine of which nothing is known is told no distribution's tool", () => {
  const words = [...ofManagers, ...ofProducts].map(([pattern]) => pattern);
  const all = [...words, ...Object.values(ofFirewalls)];
  const strange = fixesFor({}).filter(({ said }) => all.some((pattern) => pattern.test(said)));
  expect(strange).toEqual([]);
});

test("the firewall, updates and administrators have a way for each machine", () => {
  const general = new Map(linux.map(({ signal, fix }) => [signal, fix.linux.text]));
  for (const { manager, product, program } of machines) {
    const facts = {
      "os.package_manager": manager,
      "os.product": product,
      "firewall.program": program,
    };
    const said = new Map(fixesFor(facts).map((fix) => [fix.signal, fix.said]));
    for (const signal of ["firewall.enabled", "os.security_updates", "users.admins"]) {
      expect(said.get(signal)).not.toBe(`${general.get(signal)} `);
    }
  }
});

test("each fix is a sentence or a list of short steps, and fits into a frame", () => {
  for (const { fix, os } of catalogue) {
    for (const one of os.flatMap((name): readonly FixText[] => [
      fix[name],
      ...(fix[name].ways ?? []),
    ])) {
      expect(one.text.length).toBeLessThanOrEqual(512);
      expect((one.command ?? "").length).toBeLessThanOrEqual(384);
      for (const step of stepsOf(one.text)) {
        expect(step).toMatch(/^[A-Z][^\n]{15,}[.]$/);
        expect(step).not.toMatch(/^\d/);
      }
    }
  }
});
