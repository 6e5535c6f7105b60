/** The status page: state, what is blocked and how to fix it, what was read, what was shared. */
import type { PostureRow } from "../cli/inquiry.ts";
import type { SettingLine } from "../cli/settings.ts";
import type { ResourceLine, StatusLine } from "../cli/status-line.ts";
import { reasonText } from "../cli/reason-text.ts";
import { closedOf, type Face, faceOf, type FaceKind } from "./face.ts";
import { type Html, html } from "./html.ts";
import { sharedPart } from "./shared-part.ts";
import type { SharedAnswer } from "./shared.ts";

/** Everything the page shows; `status` is null where no agent answers. */
export interface PageContent {
  readonly status: StatusLine | null;
  readonly posture: readonly PostureRow[];
  readonly settings: readonly SettingLine[];
  readonly shared: SharedAnswer;
  /** What came of the last button, if one was pressed. */
  readonly said: string | null;
}

const looks: Readonly<Record<FaceKind, readonly [mark: string, tone: string]>> = {
  broken: ["✖", "bad"],
  notJoined: ["○", "idle"],
  waiting: ["…", "idle"],
  down: ["○", "idle"],
  blocked: ["⛔", "bad"],
  signIn: ["⚿", "warn"],
  partly: ["▲", "warn"],
  portal: ["?", "warn"],
  connecting: ["…", "idle"],
  offline: ["○", "idle"],
  protected: ["✔", "ok"],
};

/** Returns the whole page. */
export function pageOf(content: PageContent): string {
  const { status, posture, settings, shared, said } = content;
  const face = faceOf(status);
  const body = html`<nav aria-label="Parts">
      <a href="#blocked">Blocked</a><a href="#resources">Resources</a
      ><a href="#machine">This machine</a><a href="#shared">What is shared</a
      ><a href="#settings">Settings</a>
    </nav>
    ${said === null ? null : html`<p class="card" role="status">${said}</p>`}
    ${statePart(status, face)} ${blockedPart(status, posture)} ${resourcesPart(status)}
    ${machinePart(posture)} ${sharedPart(shared, status)} ${settingsPart(settings, status)}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${html`${face.line} - Sallyport`.markup}</title>
<link rel="stylesheet" href="page.css">
<script src="page.js" defer></script>
</head>
<body>
<main>${body.markup}</main>
</body>
</html>
`;
}

function statePart(status: StatusLine | null, { kind, line }: Face): Html {
  const [mark, tone] = looks[kind];
  const urgent = tone === "bad" ? "alert" : "status";
  const device = status?.device ?? null;
  return html`<div class="state ${tone}" role="${urgent}">
      <span class="mark" aria-hidden="true">${mark}</span>
      <h1>${line}</h1>
    </div>
    <p class="muted">
      ${device === null ? "" : `${device.hostname} (${device.id}) `}
      ${status?.reportedAt ? `last report ${status.reportedAt}` : ""}
    </p>
    ${status?.message === undefined ? null : html`<p class="card">${status.message}</p>`}
    ${(status?.warnings ?? []).map(
      ({ title, detail, fix, code }) =>
        html`<div class="card">
          <h3>${title}</h3>
          <p>${detail} (${code})</p>
          <p>${fix}</p>
        </div>`,
    )}
    ${status === null ? notAnswering : actionsPart(status)}`;
}

const notAnswering = html`<div class="card">
  <h3>The agent does not answer</h3>
  <p>
    Protected addresses stay closed. To start it: <code>systemctl start sallyport-agent</code>, on
    Windows <code>net start sallyport</code>
  </p>
</div>`;

function actionsPart(status: StatusLine): Html {
  const { disconnect, managedBy } = status;
  const again = html`<form method="post" action="recheck">
    <button id="recheck">Check again</button>
  </form>`;
  if (disconnect === undefined) return again;
  if (disconnect.down) {
    return html`${again}
      <form method="post" action="up"><button id="up">Connect again</button></form>`;
  }
  if (!disconnect.allowed) {
    return html`${again}<button disabled>
        Disconnect: managed by ${managedBy ?? "your organisation"}
      </button>`;
  }
  const asked = disconnect.needsReason ? html`required placeholder="why"` : html`placeholder="why"`;
  return html`${again}
    <form method="post" action="down">
      <input id="reason" name="reason" maxlength="200" aria-label="Reason" ${asked} />
      <button id="down">Disconnect</button>
    </form>`;
}

function blockedPart(status: StatusLine | null, posture: readonly PostureRow[]): Html {
  const closed = status === null ? [] : closedOf(status);
  const rows = new Map(posture.map((row) => [row.signal, row]));
  return html`<h2 id="blocked">What is blocked, and how to fix it</h2>
    ${
      closed.length === 0
        ? html`<p>${status === null ? "Unknown: the agent does not answer." : "Nothing."}</p>`
        : closed.map((resource) => blockedCard(resource, rows))
    }`;
}

function blockedCard(resource: ResourceLine, rows: ReadonlyMap<string, PostureRow>): Html {
  const { name, reference, reasons, fixes } = resource;
  return html`<div class="card">
    <h3>${name}</h3>
    ${reasons.map((reason) => html`<p>${reasonText(reason)}</p>`)}
    <ol>
      ${fixes.map(
        ({ signal, text, command, who }) =>
          html`<li>
            <p>${text} <span class="muted">${who === "user" ? "You" : "IT"} can do this.</span></p>
            <p class="muted">${rows.get(signal)?.why ?? ""}</p>
            ${
              command === undefined
                ? null
                : html`<pre>${command}</pre>
                    <button data-copy="${command}">Copy the command</button>`
            }
          </li>`,
      )}
    </ol>
    ${reference === undefined ? null : html`<p class="muted">Reference ${reference}</p>`}
  </div>`;
}

const tones: Readonly<Record<ResourceLine["state"], readonly [mark: string, tone: string]>> = {
  open: ["✔ open", "ok"],
  blocked: ["✖ blocked", "bad"],
  stepUp: ["⚿ sign-in needed", "warn"],
  pending: ["… pending", "idle"],
};

function resourcesPart(status: StatusLine | null): Html {
  const rows = (status?.resources ?? []).map(({ name, state, gateway, reasons }) => {
    const [word, tone] = tones[state];
    const [reason] = reasons;
    return html`<tr>
      <td>${name}</td>
      <td><span class="chip ${tone}">${word}</span></td>
      <td>${reason === undefined ? (gateway ?? "") : reasonText(reason)}</td>
    </tr>`;
  });
  return html`<h2 id="resources">What is protected</h2>
    ${
      rows.length === 0
        ? html`<p>Nothing is known yet.</p>`
        : html`<div class="scroll">
            <table>
              <tr>
                <th>Resource</th>
                <th>State</th>
                <th>Gateway, or why not</th>
              </tr>
              ${rows}
            </table>
          </div>`
    }`;
}

function machinePart(posture: readonly PostureRow[]): Html {
  const rows = posture.filter(({ reading }) => reading !== null);
  return html`<h2 id="machine">This machine</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>What was read</th>
          <th>Value</th>
          <th>When</th>
        </tr>
        ${rows.map(
          ({ title, signal, reading, checkedAgeMs, blocking }) =>
            html`<tr>
              <td>${title}<br /><span class="muted">${signal}</span></td>
              <td>
                ${blocking ? html`<span class="chip bad">✖ keeps something closed</span> ` : null}
                ${readingText(reading)}
              </td>
              <td>${checkedAgeMs === null ? "never" : ageText(checkedAgeMs)}</td>
            </tr>`,
        )}
      </table>
    </div>`;
}

/** What could not be read is never called bad. */
function readingText(reading: PostureRow["reading"]): string {
  if (reading === null) return "not read";
  if (reading.kind === "unknown") return `could not be checked: ${reading.reason}`;
  if (reading.kind === "notApplicable") return "does not apply here";
  return Array.isArray(reading.value) ? reading.value.join(", ") || "none" : String(reading.value);
}

function ageText(ageMs: number): string {
  const seconds = Math.round(ageMs / 1000);
  return seconds < 120 ? `${seconds} s ago` : `${Math.round(seconds / 60)} min ago`;
}

function settingsPart(settings: readonly SettingLine[], status: StatusLine | null): Html {
  const set = settings.filter(({ source }) => source !== "default");
  return html`<h2 id="settings">Settings</h2>
    ${status?.managedBy === undefined ? null : html`<p>Managed by ${status.managedBy}.</p>`}
    ${
      status?.supportUrl === undefined
        ? null
        : html`<p>
            Help: <a href="${status.supportUrl}" rel="noreferrer">${status.supportUrl}</a>
          </p>`
    }
    ${
      set.length === 0
        ? html`<p>Nothing is set on this machine.</p>`
        : html`<div class="scroll">
            <table>
              ${set.map(
                ({ key, value, source }) =>
                  html`<tr>
                    <td>${key}</td>
                    <td>${value === null ? "-" : String(value)}</td>
                    <td>${source === "managed" ? "managed, locked" : source}</td>
                  </tr>`,
              )}
            </table>
          </div>`
    }`;
}
