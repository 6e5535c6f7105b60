import { join, win32 } from "node:path";

/** Where the agent keeps and finds things. */
export interface Places {
  readonly config: string;
  readonly managed: string;
  readonly state: string;
  readonly netdSocket: string;
  readonly agentSocket: string;
  readonly localSocket: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the places for an environment; installed daemons set only what their unit sets. */
export function placesOf(environment: Environment, platform = process.platform): Places {
  if (platform === "win32") return windowsPlaces(environment);
  const run = environment["SALLYPORT_RUN_DIR"] ?? "/run/sallyport";
  const config = environment["SALLYPORT_CONFIG"] ?? "/etc/sallyport/agent.yaml";
  return {
    config,
    managed: join(config, "..", "managed.d"),
    state: environment["SALLYPORT_STATE_DIR"] ?? "/var/lib/sallyport/agent",
    netdSocket: join(run, "netd.sock"),
    agentSocket: join(run, "agent.sock"),
    localSocket: join(run, "local.sock"),
  };
}

/** Names behind `ProtectedPrefix\\Administrators` can be served by administrators only. */
function windowsPlaces(environment: Environment): Places {
  const data = win32.join(environment["ProgramData"] ?? "C:\\ProgramData", "Sallyport");
  const closed = "\\\\.\\pipe\\ProtectedPrefix\\Administrators";
  return {
    config: environment["SALLYPORT_CONFIG"] ?? win32.join(data, "agent.yaml"),
    managed: win32.join(data, "managed.d"),
    state: environment["SALLYPORT_STATE_DIR"] ?? win32.join(data, "state", "agent"),
    netdSocket: `${closed}\\sallyport-netd`,
    agentSocket: `${closed}\\sallyport-agent`,
    localSocket: "\\\\.\\pipe\\sallyport",
  };
}
