/** What a bundle takes from the system itself: what its programs say, and the ends of logs. */
import { win32 } from "node:path";
import type { Host } from "../core/identity.ts";

/** Services of the device's package on Linux, whose journal goes in; an update may be why nothing runs. */
export const journalUnits = [
  "sallyport-agent",
  "sallyport-netd",
  "sallyport-collector",
  "sallyport-enrol",
  "sallyport-enrol-now",
  "sallyport-update",
] as const;

/** What only root may read says so. Nothing here changes anything. */
export interface BundleSources {
  readonly looks: Readonly<Record<string, readonly [program: string, ...args: string[]]>>;
  readonly logs: Readonly<Record<string, string>>;
}

const linux: BundleSources = {
  looks: {
    journal: [
      "/usr/bin/journalctl",
      ...journalUnits.map((unit) => `--unit=${unit}`),
      "--lines=1000",
      "--output=short-iso-precise",
      "--no-pager",
    ],
    units: ["/usr/bin/systemctl", "status", "--no-pager", "--lines=0", "sallyport-*"],
    rules4: ["/usr/sbin/ip", "rule"],
    rules6: ["/usr/sbin/ip", "-6", "rule"],
    routes: ["/usr/sbin/ip", "route", "show", "table", "all"],
    links: ["/usr/sbin/ip", "-brief", "address"],
    tables: ["/usr/sbin/nft", "list", "tables"],
  },
  logs: {},
};

const darwin: BundleSources = {
  looks: {
    jobs: ["/bin/launchctl", "print", "system/dev.sallyport.netd"],
    routes: ["/usr/sbin/netstat", "-rn"],
    links: ["/sbin/ifconfig", "-a"],
  },
  logs: {
    agentLog: "/Library/Logs/Sallyport/agent.log",
    netdLog: "/Library/Logs/Sallyport/netd.log",
    enrolLog: "/Library/Logs/Sallyport/enrol.log",
  },
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the sources of a system. */
export function sourcesOf(os: Host["os"], environment: Environment): BundleSources {
  if (os === "windows") return windows(environment);
  return os === "darwin" ? darwin : linux;
}

function windows(environment: Environment): BundleSources {
  const system = win32.join(environment["SystemRoot"] ?? "C:\\Windows", "System32");
  const logs = win32.join(environment["ProgramData"] ?? "C:\\ProgramData", "Sallyport", "logs");
  return {
    looks: {
      service: [win32.join(system, "sc.exe"), "queryex", "sallyport"],
      routes: [win32.join(system, "route.exe"), "print"],
      links: [win32.join(system, "ipconfig.exe"), "/all"],
    },
    logs: {
      agentLog: win32.join(logs, "agent.log"),
      netdLog: win32.join(logs, "netd.log"),
      netdCrashes: win32.join(logs, "netd-crash.log"),
    },
  };
}
