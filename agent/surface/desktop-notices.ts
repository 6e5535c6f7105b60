/** Notices of the desktop: org.freedesktop.Notifications, where somebody shows them. */
import type { Notice } from "./notices.ts";
import type { SessionBus } from "./session-bus.ts";

const service = "org.freedesktop.Notifications";
const path = "/org/freedesktop/Notifications";
const shortMs = 4_000;
const noticeActions = ["default", "recheck", "signIn"] as const;

/** A button of a notice. */
type NoticeAction = (typeof noticeActions)[number];

const urgency = { normal: 1, critical: 2 } as const;

/** Shows a notice with a button that opens the page; resolves to false where nobody shows any. */
export async function showNotice(bus: SessionBus, notice: Notice): Promise<boolean> {
  const { cause, title, body, stays, offers } = notice;
  // Servers take markup in the body; ours is text.
  const text = body.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const level = cause === "broken" ? urgency.critical : urgency.normal;
  const usual = stays ? ["default", "How to fix it", "recheck", "Check again"] : [];
  const actions = offers === "signIn" ? ["signIn", "Sign in"] : usual;
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
    () => true,
    () => false,
  );
}

/** Hears which button of a notice was pressed. */
export function onNoticeAction(
  bus: SessionBus,
  pressed: (action: NoticeAction) => void,
): Promise<void> {
  return bus.listen(`${service}.ActionInvoked`, ([, name]) => {
    const action = noticeActions.find((known) => known === name);
    if (action !== undefined) pressed(action);
  });
}
