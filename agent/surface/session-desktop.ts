/** A Linux desktop by its session bus: the panel's icon where there is one, and notices. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { talk } from "../cli/output.ts";
import type { Chosen, Desktop } from "./desktop.ts";
import { type Notices, openNotices } from "./desktop-notices.ts";
import type { SessionBus } from "./session-bus.ts";
import { offerTrayItem, type TrayItem } from "./tray-item.ts";

const watcherAppeared = "org.freedesktop.DBus.NameOwnerChanged";

/** Shows us on a bus for as long as it lives. */
export async function openSessionDesktop(bus: SessionBus, chosen: Chosen): Promise<Desktop> {
  const item = offerTrayItem(bus, chosen);
  const notices = await openNotices(bus, (action, cause) => {
    if (action === "later") return chosen({ kind: "later", cause });
    chosen(action === "default" ? { kind: "open", part: "blocked" } : { kind: action });
  });
  await registerWhenever(bus, item, notices);
  return {
    show: (face, menu) => item.show(face, menu),
    tell: (notice) => void notices.show(notice),
    withdraw: (cause) => void notices.withdraw(cause),
    ended: bus.ended,
    close: () => bus.close(),
  };
}

/** A panel may start after us, or anew. Without one there are notices, page and command line. */
async function registerWhenever(bus: SessionBus, item: TrayItem, notices: Notices): Promise<void> {
  await bus.listen(watcherAppeared, ([name, , owner]) => {
    if (name === "org.kde.StatusNotifierWatcher" && owner !== "") {
      item.register().catch((error: unknown) => talk(String(error)));
    }
  });
  await item.register().catch(() => sayOnce(notices));
}

/** A desktop without icons says so to each person once, by what it does have. */
async function sayOnce(notices: Notices): Promise<void> {
  const body = 'Notices and the entry "Sallyport" among your programs tell the same.';
  talk(`This desktop shows no tray icons. ${body}`);
  const home = process.env["HOME"] ?? "";
  const folder = join(process.env["XDG_STATE_HOME"] ?? join(home, ".local/state"), "sallyport");
  const said = join(folder, "without-icon");
  if (existsSync(said)) return;
  const title = "This desktop shows no tray icons";
  const shown = await notices.show({ cause: "no icon", title, body, stays: true });
  if (!shown) return;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(said, "");
}
