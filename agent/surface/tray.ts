/** `sallyport tray`: the icon of one person's session. It decides nothing; it shows and passes on. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { placesOf } from "../io/places.ts";
import type { StatusLine } from "../cli/status-line.ts";
import { talk } from "../cli/output.ts";
import { openAgentSource, type AgentSource } from "./agent-source.ts";
import { onNoticeAction, showNotice } from "./desktop-notices.ts";
import { faceOf } from "./face.ts";
import { type MenuAction, menuOf } from "./menu.ts";
import { noticesOf, notToldLately, type Told } from "./notices.ts";
import { showInBrowser } from "./open-page.ts";
import { openPageServer, type PageServer } from "./page-server.ts";
import { openSessionBus, type SessionBus } from "./session-bus.ts";
import { offerTrayItem, type TrayItem } from "./tray-item.ts";

const trayName = "dev.sallyport.Tray";
const firstWordMs = 1_000;
const watcherAppeared = "org.freedesktop.DBus.NameOwnerChanged";

/** Shows the icon until the session ends or somebody quits it; returns the exit code. */
export async function tray(): Promise<number> {
  const address = process.env["DBUS_SESSION_BUS_ADDRESS"] ?? "";
  if (address === "") {
    talk(
      "No desktop session here: `sallyport status` and `sallyport status --open` tell the same.",
    );
    return 3;
  }
  const bus = await openSessionBus(address);
  if (!(await bus.own(trayName))) {
    talk("The icon is in this session already.");
    bus.close();
    return 7;
  }
  const source = openAgentSource(placesOf(process.env));
  await firstWord(source);
  const server = await openPageServer(source);
  const quit = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => quit.resolve());
  const choose = (action: MenuAction): void =>
    chosen(action, { source, server, quit: quit.resolve });
  const item = offerTrayItem(bus, choose);
  const stop = follow({ bus, source, item });
  await onNoticeAction(bus, (action) =>
    choose(action === "recheck" ? { kind: "recheck" } : { kind: "open", part: "blocked" }),
  );
  await registerWhenever(bus, item);
  await Promise.race([quit.promise, bus.ended]);
  stop();
  source.close();
  await server.close();
  bus.close();
  return 0;
}

/** An agent that runs answers at once; no icon should begin with an alarm. */
function firstWord(source: AgentSource): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = source.onChange(resolve);
  const timer = setTimeout(resolve, firstWordMs);
  return promise.then(() => {
    clearTimeout(timer);
    stop();
  });
}

/** Keeps icon, menu and notices at what the agent says. */
function follow(parts: {
  readonly bus: SessionBus;
  readonly source: AgentSource;
  readonly item: TrayItem;
}): () => void {
  const { bus, source, item } = parts;
  const lines = (status: StatusLine | null) => (status?.hideTray === true ? [] : menuOf(status));
  let told: Told = new Map();
  let before = source.status();
  const show = (): void => {
    const status = source.status();
    item.show(faceOf(status), lines(status));
    const next = notToldLately(noticesOf(before, status), told, performance.now());
    told = next.told;
    before = status;
    for (const notice of next.now) void showNotice(bus, notice);
  };
  item.show(faceOf(before), lines(before));
  return source.onChange(show);
}

/** A panel may start after us, or anew. Without one there are notices, page and command line. */
async function registerWhenever(bus: SessionBus, item: TrayItem): Promise<void> {
  await bus.listen(watcherAppeared, ([name, , owner]) => {
    if (name === "org.kde.StatusNotifierWatcher" && owner !== "") {
      item.register().catch((error: unknown) => talk(String(error)));
    }
  });
  await item.register().catch(() => sayOnce(bus));
}

/** A desktop without icons says so to each person once, by what it does have. */
async function sayOnce(bus: SessionBus): Promise<void> {
  const body = 'Notices and the entry "Sallyport" among your programs tell the same.';
  talk(`This desktop shows no tray icons. ${body}`);
  const home = process.env["HOME"] ?? "";
  const folder = join(process.env["XDG_STATE_HOME"] ?? join(home, ".local/state"), "sallyport");
  const said = join(folder, "without-icon");
  if (existsSync(said)) return;
  const title = "This desktop shows no tray icons";
  const shown = await showNotice(bus, { cause: "no icon", title, body, stays: true });
  if (!shown) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(said, "");
}

function chosen(
  action: MenuAction,
  to: { readonly source: AgentSource; readonly server: PageServer; readonly quit: () => void },
): void {
  switch (action.kind) {
    case "open": {
      const part = action.part === "state" ? "" : action.part;
      const link = to.server.link(part);
      if (!showInBrowser(link)) talk(`Open this link on this machine: ${link}`);
      return;
    }
    case "down":
      // Whether a reason is needed, and what it was, is the page's business.
      return chosen({ kind: "open", part: "state" }, to);
    case "recheck":
    case "up":
      void to.source.act(action.kind);
      return;
    case "quit":
      return to.quit();
    case "none":
      return;
  }
}
