/** The status page: state, what is blocked and how to fix it, what was read, what was shared. */
import type { PostureRow } from "../cli/inquiry.ts";
import type { SettingLine } from "../cli/settings.ts";
import type { StatusLine } from "../cli/status-line.ts";
import { blockedPart, resourcesPart } from "./blocked-part.ts";
import { type Face, faceOf, type FaceKind } from "./face.ts";
import { type Html, html } from "./html.ts";
import { helpPart, machinePart, settingsPart } from "./machine-part.ts";
import { agoTag, marked } from "./marked.ts";
import { shieldOf } from "./shield.ts";
import { sharedPart } from "./shared-part.ts";
import type { SharedAnswer } from "./shared.ts";

/** What came of a button; where it goes on elsewhere, with the page. */
export interface Said {
  readonly text: string;
  readonly page?: string;
}

/** Everything the page shows; `status` is null where no agent answers. */
export interface PageContent {
  readonly status: StatusLine | null;
  readonly posture: readonly PostureRow[];
  readonly settings: readonly SettingLine[];
  readonly shared: SharedAnswer;
  /** What came of the last button, if one was pressed. */
  readonly said: Said | null;
  /** The instant that ages are counted to. */
  readonly nowMs: number;
}

const tones: Readonly<Record<FaceKind, string>> = {
  broken: "bad",
  notJoined: "idle",
  waiting: "idle",
  down: "idle",
  isolated: "bad",
  blocked: "bad",
  signIn: "warn",
  partly: "warn",
  portal: "warn",
  connecting: "idle",
  offline: "idle",
  protected: "ok",
};

/** Returns the whole page. */
export function pageOf(content: PageContent): string {
  const { status, posture, settings, shared, said, nowMs } = content;
  const face = faceOf(status);
  const parts: Readonly<Record<string, Html>> = {
    state: statePart(status, face, nowMs),
    blocked: blockedPart(status, posture, nowMs),
    resources: resourcesPart(status, nowMs),
    machine: machinePart(status === null ? null : posture, nowMs),
    shared: sharedPart(shared, status, nowMs),
    settings: settingsPart(settings, status),
    help: helpPart(status),
  };
  // The script replaces whole parts: what tells of news has to stand there before it has any.
  const body = html`<nav aria-label="Parts">
      <a href="#blocked">Blocked</a><a href="#resources">Resources</a
      ><a href="#machine">This machine</a><a href="#shared">What is shared</a
      ><a href="#settings">Settings</a><a href="#help">Help</a>
    </nav>
    <div id="said" role="status">${said === null ? null : saidCard(said, nowMs)}</div>
    ${Object.entries(parts).map(([id, part]) => html`<section id="${id}">${part}</section>`)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html`${face.line.replaceAll("`", "")} - Sallyport`.markup}</title>
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<main>${body.markup}</main>
</body>
</html>
`;
}

function statePart(status: StatusLine | null, { kind, line }: Face, nowMs: number): Html {
  const tone = tones[kind];
  const urgent = tone === "bad" ? "alert" : "status";
  const device = status?.device ?? null;
  return html`<div class="state ${tone}" role="${urgent}">
      ${shieldOf(kind)}
      <h1>${marked(line, nowMs)}</h1>
    </div>
    <p class="muted">
      ${device === null ? "" : `${device.hostname} (${device.id}) `}
      ${status?.reportedAt ? html`last change reported ${agoTag(status.reportedAt, nowMs)}` : null}
    </p>
    ${status?.message === undefined ? null : html`<p class="card">${marked(status.message, nowMs)}</p>`}
    ${(status?.warnings ?? []).map(
      ({ title, detail, fix, code }) =>
        html`<div class="card">
          <h3>${title}</h3>
          <p>${marked(detail, nowMs)} (${code})</p>
          <p>${marked(fix, nowMs)}</p>
        </div>`,
    )}
    ${status === null ? notAnswering : actionsPart(status, kind)}`;
}

const notAnswering = html`<div class="card">
  <h3>The agent does not answer</h3>
  <p>
    Protected addresses stay closed. To start it: <code>systemctl start sallyport-agent</code>, on
    Windows <code>net start sallyport</code>
  </p>
</div>`;

function actionsPart(status: StatusLine, kind: FaceKind): Html {
  return html`${button("recheck", "Check again")}
  ${kind === "portal" ? button("portal", "Open the network's sign-in page") : null}
  ${personPart(status, kind)} ${connectionPart(status)}`;
}

function personPart({ session }: StatusLine, kind: FaceKind): Html | null {
  if (session?.user !== undefined && kind !== "signIn") {
    return button("logout", `Sign out ${session.user}`);
  }
  const isMember = session?.["state"] === "valid" || kind === "signIn";
  return isMember ? button("login", "Sign in") : null;
}

/** What the organisation locked stays visible, and says whose it is. */
function connectionPart({ disconnect, managedBy }: StatusLine): Html | null {
  if (disconnect === undefined) return null;
  if (disconnect.down) return button("up", "Connect again");
  if (!disconnect.allowed) {
    return html`<button disabled>
      Disconnect: managed by ${managedBy ?? "your organisation"}
    </button>`;
  }
  const asked = disconnect.needsReason ? html`required placeholder="why"` : html`placeholder="why"`;
  return html`<form method="post" action="down">
    <input id="reason" name="reason" maxlength="200" aria-label="Reason" ${asked} />
    <button id="down">Disconnect</button>
  </form>`;
}

function button(action: string, label: string): Html {
  return html`<form method="post" action="${action}">
    <button id="${action}">${label}</button>
  </form>`;
}

function saidCard({ text, page }: Said, nowMs: number): Html {
  const link = html`<p>
    <a href="${page ?? ""}" target="_blank" rel="noreferrer">Open the page</a>
  </p>`;
  return html`<div class="card">
    <p>${marked(text, nowMs)}</p>
    ${page === undefined ? null : link}
  </div>`;
}
