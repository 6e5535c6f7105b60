/** What was read of this machine, what was set here, and what to tell somebody who helps. */
import type { PostureRow } from "../cli/inquiry.ts";
import { type SettingLine, sourceText } from "../cli/settings.ts";
import type { StatusLine } from "../cli/status-line.ts";
import { agentVersion } from "../io/host.ts";
import type { FactSource } from "#shared/posture/fact.ts";
import { askWhom } from "./ask-whom.ts";
import { closedOf } from "./face.ts";
import { type Html, html } from "./html.ts";
import { agoTag, marked } from "./marked.ts";
import { readingText } from "./reading-text.ts";

const sources: ReadonlyMap<string, string> = new Map(
  Object.entries({
    self: "Sallyport",
    os: "the system",
    edr: "endpoint protection",
    mdm: "device management",
    hw: "the hardware",
  } satisfies Record<FactSource, string>),
);

/** Without an agent nothing is known, which is not the same as nothing being there. */
export function notAnswered(heading: string): Html {
  return html`<h2>${heading}</h2>
    <p>Unknown: the agent does not answer.</p>`;
}

/** Returns what was read of this machine. */
export function machinePart(posture: readonly PostureRow[] | null, nowMs: number): Html {
  if (posture === null) return notAnswered("This machine");
  const rows = posture.filter(({ reading }) => reading !== null);
  return html`<h2>This machine</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="What was read">
      <table>
        <tr>
          <th>What was read</th>
          <th>Value</th>
          <th>Told by</th>
          <th>When</th>
        </tr>
        ${rows.map(
          ({ title, signal, why, reading, source, checkedAgeMs, blocking }) =>
            html`<tr>
              <td>
                ${title} <span class="muted">${signal}</span><br /><span class="muted">
                  ${marked(why, nowMs)}
                </span>
              </td>
              <td>
                ${blocking ? html`<span class="chip bad">✖ keeps something closed</span> ` : null}
                ${readingText(reading)}
              </td>
              <td>${sources.get(source ?? "") ?? ""}</td>
              <td>
                ${checkedAgeMs === null ? "never" : agoTag(new Date(nowMs - checkedAgeMs).toISOString(), nowMs)}
              </td>
            </tr>`,
        )}
      </table>
    </div>`;
}

/** Returns what somebody set here, and who. */
export function settingsPart(settings: readonly SettingLine[], status: StatusLine | null): Html {
  if (status === null) return notAnswered("Settings");
  const set = settings.filter(({ source }) => source !== "default");
  return html`<h2>Settings</h2>
    ${status.managedBy === undefined ? null : html`<p>Managed by ${status.managedBy}.</p>`}
    ${
      set.length === 0
        ? html`<p>Nothing is set on this machine.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Settings">
            <table>
              ${set.map(
                ({ key, value, source }) =>
                  html`<tr>
                    <td>${key}</td>
                    <td>${value === null ? "-" : String(value)}</td>
                    <td>${sourceText[source]}</td>
                  </tr>`,
              )}
            </table>
          </div>`
    }`;
}

const referencesMax = 5;

/** Returns whom to ask, and what they will want to know: to be read out on the phone, or copied. */
export function helpPart(status: StatusLine | null): Html {
  const { device = null } = status ?? {};
  const references = (status === null ? [] : closedOf(status)).flatMap(({ name, reference }) =>
    reference === undefined ? [] : [`${reference} (${name})`],
  );
  const lines = [
    `Sallyport ${agentVersion}`,
    ...(device === null ? [] : [`Device ${device.hostname} (${device.id})`]),
    ...references.slice(0, referencesMax).map((text) => `Reference ${text}`),
  ];
  return html`<h2>Help</h2>
    <p>${askWhom(status)}</p>
    <div class="card">
      <p>They will want to know:</p>
      ${lines.map((line) => html`<p>${line}</p>`)}
      <button id="copy-help" data-copy="${lines.join("\n")}">Copy this</button>
    </div>`;
}
