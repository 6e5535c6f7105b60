/** `sallyport tray`: the icon of one person's session. It decides nothing; it shows and passes on. */
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { placesOf } from "../io/places.ts";
import { cleaned, talk } from "../cli/output.ts";
import { openAgentSource, type AgentSource } from "./agent-source.ts";
import type { Chosen, Desktop } from "./desktop.ts";
import { follow } from "./follow.ts";
import type { MenuAction } from "./menu.ts";
import { openNativeView } from "./native-view.ts";
import type { Notice } from "./notices.ts";
import { showInBrowser } from "./open-page.ts";
import { openPageServer, type PageServer } from "./page-server.ts";
import { openSessionBus } from "./session-bus.ts";
import { openSessionDesktop } from "./session-desktop.ts";

const trayName = "dev.sallyport.Tray";
const firstWordMs = 1_000;
/** A removal cannot reach into the sessions of people: the icon has to see that its program is gone. */
const programLookMs = 2_000;

/** Shows the icon until the session ends or somebody quits it; returns the exit code. */
export async function tray(): Promise<number> {
  const open = process.platform === "linux" ? await findSession() : findView();
  if (typeof open === "number") return open;
  const source = openAgentSource(placesOf(process.env));
  await firstWord(source);
  const server = await openPageServer(source);
  const quit = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => quit.resolve());
  let tell: (notice: Notice) => void = () => undefined;
  let later: (cause: string) => void = () => undefined;
  const reach: Reach = {
    source,
    server,
    quit: quit.resolve,
    tell: (notice) => tell(notice),
    later: (cause) => later(cause),
  };
  const desktop = await open((action) => chosen(action, reach));
  if (desktop !== null) tell = (notice) => desktop.tell(notice);
  if (desktop === null)
    talk("This installation has no icon: `sallyport status --open` tells the same.");
  const following = desktop === null ? null : follow(desktop, source);
  if (following !== null) later = following.putOff;
  const look = setInterval(() => existsSync(process.execPath) || quit.resolve(), programLookMs);
  if (desktop !== null) await Promise.race([quit.promise, desktop.ended]);
  clearInterval(look);
  following?.stop();
  source.close();
  await server.close();
  desktop?.close();
  return desktop === null ? 3 : 0;
}

type Open = (chosen: Chosen) => Promise<Desktop | null>;

/** Returns how to show us in the session that we run in, or the exit code where there is none. */
async function findSession(): Promise<Open | number> {
  const address = process.env["DBUS_SESSION_BUS_ADDRESS"] ?? "";
  if (address === "") {
    talk(
      "No desktop session here: `sallyport status` and `sallyport status --open` tell the same.",
    );
    return 3;
  }
  const bus = await openSessionBus(address);
  if (await bus.own(trayName)) return (chosen) => openSessionDesktop(bus, chosen);
  talk("The icon is in this session already.");
  bus.close();
  return 7;
}

/** The native view lies beside this program and nowhere else. */
function findView(): Open {
  const file = process.platform === "win32" ? "sallyport-tray.exe" : "sallyport-tray";
  return (chosen) => openNativeView(join(dirname(process.execPath), file), chosen);
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

/** What a click reaches. */
interface Reach {
  readonly source: AgentSource;
  readonly server: PageServer;
  readonly tell: (notice: Notice) => void;
  readonly later: (cause: string) => void;
  readonly quit: () => void;
}

/** The browser shows the controller's page; the code is said by us, so that nobody else's is believed. */
async function beginSignIn({ source, tell }: Reach): Promise<void> {
  const page = await source.signIn();
  const say = (title: string, body: string): void =>
    tell({ cause: "sign-in", title, body, stays: true });
  if (typeof page === "string") return say("Sign-in did not begin", page);
  if (!showInBrowser(page.url)) talk(`Open ${page.url}`);
  say("Sign in in your browser", `Go on only if the page shows the code ${page.code}.`);
}

/** The page is the network's: what is meant for the organisation is not to be typed there. */
async function openPortal({ source, tell }: Reach): Promise<void> {
  const found = await source.portal();
  const say = (title: string, body: string): void =>
    tell({ cause: "portal", title, body, stays: false });
  if (typeof found === "string") return say("No page to sign in at", found);
  if (!showInBrowser(found.page)) talk(`Open ${cleaned(found.page)}`);
  say("Sign in to this network", "Enter nothing there that is meant for your organisation.");
}

/** A click that did nothing, since it is locked or came too soon, has to say so. */
async function actAndSay(
  verb: "recheck" | "up" | "logout",
  { source, tell }: Reach,
): Promise<void> {
  const body = await source.act(verb);
  tell({ cause: verb, title: "Sallyport", body, stays: false });
}

function chosen(action: MenuAction, to: Reach): void {
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
      return void actAndSay(action.kind, to);
    case "signIn":
      return void beginSignIn(to);
    case "portal":
      return void openPortal(to);
    case "signOut":
      return void actAndSay("logout", to);
    case "later":
      return to.later(action.cause);
    case "quit":
      return to.quit();
    case "none":
      return;
  }
}
