/** Notices of the desktop: org.freedesktop.Notifications, where somebody shows them. */
import type { Notice } from "./notices.ts";
import type { SessionBus } from "./session-bus.ts";

const service = "org.freedesktop.Notifications";
const path = "/org/freedesktop/Notifications";
const shortMs = 4_000;
/** Older ones are long gone. */
const keptMax = 64;
const noticeActions = ["default", "recheck", "signIn", "portal", "later"] as const;

/** A button of a notice. */
type NoticeAction = (typeof noticeActions)[number];

const offers = {
  signIn: ["signIn", "Sign in", "later", "Later"],
  portal: ["portal", "Open its page"],
} as const;

const urgency = { normal: 1, critical: 2 } as const;

/** What this session is told by us; buttons of other programs' notices do nothing here. */
export interface Notices {
  /** Shows one with a button that opens the page; resolves to false where nobody shows any. */
  show(notice: Notice): Promise<boolean>;
  /** Closes the last one of a cause. */
  withdraw(cause: string): Promise<void>;
}

/** Opens the desktop's notices; `pressed` hears the buttons of ours. */
export async function openNotices(
  bus: SessionBus,
  pressed: (action: NoticeAction, cause: string) => void,
): Promise<Notices> {
  const causes = new Map<unknown, string>();
  /** It may be over before the desktop has said which number it gave it. */
  const last = new Map<string, Promise<unknown>>();
  // Some desktops tell everybody of every notice.
  await bus.listen(`${service}.ActionInvoked`, ([id, name]) => {
    const action = noticeActions.find((known) => known === name);
    const cause = causes.get(id);
    if (action !== undefined && cause !== undefined) pressed(action, cause);
  });
  return {
    show: async (notice) => {
      const asked = shownAs(bus, notice);
      last.delete(notice.cause);
      last.set(notice.cause, asked);
      const [first = ""] = last.keys();
      if (last.size > keptMax) last.delete(first);
      const shown = await asked;
      if (shown === null) return false;
      const [oldest] = causes.keys();
      if (causes.size >= keptMax) causes.delete(oldest);
      causes.set(shown, notice.cause);
      return true;
    },
    withdraw: async (cause) => {
      const asked = last.get(cause);
      last.delete(cause);
      const shown = await asked;
      if (typeof shown === "number") await closed(bus, shown);
    },
  };
}

/** Returns the number that the desktop gave it; null where nobody shows any. */
async function shownAs(bus: SessionBus, notice: Notice): Promise<unknown> {
  const { cause, title, body, stays, offers: offer } = notice;
  // Servers take markup in the body; ours is text.
  const text = body.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const level = cause === "broken" ? urgency.critical : urgency.normal;
  const usual = stays ? ["default", "How to fix it", "recheck", "Check again"] : [];
  const actions = offer === undefined ? usual : [...offers[offer]];
  const hints = [
    ["urgency", ["y", level]],
    ["desktop-entry", ["s", "sallyport"]],
  ];
  const shown = bus.call({
    to: service,
    path,
    interface: service,
    member: "Notify",
    signature: "susssasa{sv}i",
    body: ["Sallyport", 0, "", title, text, actions, hints, stays ? 0 : shortMs],
  });
  return shown.then(
    ([id]) => id,
    () => null,
  );
}

/** Whether somebody has closed it before us is all the same. */
function closed(bus: SessionBus, id: number): Promise<unknown> {
  const member = "CloseNotification";
  const call = { to: service, path, interface: service, member, signature: "u", body: [id] };
  return bus.call(call).catch(() => undefined);
}
