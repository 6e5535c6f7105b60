/** Notices of the desktop: org.freedesktop.Notifications, where somebody shows them. */
import type { Notice } from "./notices.ts";
import type { SessionBus } from "./session-bus.ts";

const service = "org.freedesktop.Notifications";
const path = "/org/freedesktop/Notifications";
const shortMs = 4_000;
/** Older ones are long gone. */
const keptMax = 64;
const noticeActions = ["default", "recheck", "signIn", "portal"] as const;

/** A button of a notice. */
type NoticeAction = (typeof noticeActions)[number];

const offerWords = { signIn: "Sign in", portal: "Open its page" } as const;

const urgency = { normal: 1, critical: 2 } as const;

/** What this session is told by us; buttons of other programs' notices do nothing here. */
export interface Notices {
  /** Shows one with a button that opens the page; resolves to false where nobody shows any. */
  show(notice: Notice): Promise<boolean>;
}

/** Opens the desktop's notices; `pressed` hears the buttons of ours. */
export async function openNotices(
  bus: SessionBus,
  pressed: (action: NoticeAction) => void,
): Promise<Notices> {
  const ours = new Set<unknown>();
  // Some desktops tell everybody of every notice.
  await bus.listen(`${service}.ActionInvoked`, ([id, name]) => {
    const action = noticeActions.find((known) => known === name);
    if (action !== undefined && ours.has(id)) pressed(action);
  });
  return {
    show: async (notice) => {
      const shown = await shownAs(bus, notice);
      if (shown === null) return false;
      const [oldest] = ours;
      if (ours.size >= keptMax) ours.delete(oldest);
      ours.add(shown);
      return true;
    },
  };
}

/** Returns the number that the desktop gave it; null where nobody shows any. */
async function shownAs(bus: SessionBus, notice: Notice): Promise<unknown> {
  const { cause, title, body, stays, offers } = notice;
  // Servers take markup in the body; ours is text.
  const text = body.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const level = cause === "broken" ? urgency.critical : urgency.normal;
  const usual = stays ? ["default", "How to fix it", "recheck", "Check again"] : [];
  const actions = offers === undefined ? usual : [offers, offerWords[offers]];
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
