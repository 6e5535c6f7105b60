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

const linuxFolders = {
  run: "/run/sallyport",
  settings: "/etc/sallyport",
  state: "/var/lib/sallyport/agent",
};

const macFolders = {
  run: "/var/run/sallyport",
  settings: "/Library/Application Support/Sallyport",
  state: "/Library/Application Support/Sallyport/state/agent",
};

/** Returns the places for an environment; installed daemons set only what their unit sets. */
export function placesOf(environment: Environment, platform = process.platform): Places {
  if (platform === "win32") return windowsPlaces(environment);
  const usual = platform === "darwin" ? macFolders : linuxFolders;
  const run = environment["SALLYPORT_RUN_DIR"] ?? usual.run;
  const config = environment["SALLYPORT_CONFIG"] ?? join(usual.settings, "agent.yaml");
  return {
    config,
    managed: join(config, "..", "managed.d"),
    state: environment["SALLYPORT_STATE_DIR"] ?? usual.state,
    netdSocket: join(run, "netd.sock"),
    agentSocket: join(run, "agent.sock"),
    localSocket: join(run, "local.sock"),
  };
}

/**
 * Names behind `ProtectedPrefix\\Administrators` can be served by administrators only: whoever opens one
 * tells nobody else a key, and is shown nobody else's page. Who may open it is said by the pipe's rights.
 */
function windowsPlaces(environment: Environment): Places {
  const data = win32.join(environment["ProgramData"] ?? "C:\\ProgramData", "Sallyport");
  const closed = "\\\\.\\pipe\\ProtectedPrefix\\Administrators";
  return {
    config: environment["SALLYPORT_CONFIG"] ?? win32.join(data, "agent.yaml"),
    managed: win32.join(data, "managed.d"),
    state: environment["SALLYPORT_STATE_DIR"] ?? win32.join(data, "state", "agent"),
    netdSocket: `${closed}\\sallyport-netd`,
    agentSocket: `${closed}\\sallyport-agent`,
    localSocket: `${closed}\\sallyport`,
  };
}
