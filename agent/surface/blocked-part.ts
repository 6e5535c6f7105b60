/** What is blocked and how to fix it, one card a cause; and everything that is protected. */
import type { PostureRow } from "../cli/inquiry.ts";
import { reasonText } from "../cli/reason-text.ts";
import type { ResourceLine, StatusLine } from "../cli/status-line.ts";
import { stepsOf } from "#shared/posture/fix-steps.ts";
import { closedOf } from "./face.ts";
import { type Html, html } from "./html.ts";
import { notAnswered } from "./machine-part.ts";
import { agoTag, marked } from "./marked.ts";
import { readingText } from "./reading-text.ts";

/** Returns a card for each cause by which resources are not open. */
export function blockedPart(
  status: StatusLine | null,
  posture: readonly PostureRow[],
  nowMs: number,
): Html {
  const heading = "What is blocked, and how to fix it";
  if (status === null) return notAnswered(heading);
  const closed = closedOf(status);
  const rows = new Map(posture.map((row) => [row.signal, row]));
  return html`<h2>${heading}</h2>
    ${
      closed.length === 0
        ? html`<p>Nothing.</p>`
        : byCause(closed).map((alike) => blockedCard(alike, rows, nowMs))
    }`;
}

/** The page marks instants itself, and a message may be read elsewhere. */
const asItIs = (instant: string): string => instant;

type Fix = ResourceLine["fixes"][number];

/** Resources that are closed for the same reasons and opened by the same steps; at least one. */
type Alike = readonly [ResourceLine, ...ResourceLine[]];

function byCause(closed: readonly ResourceLine[]): readonly Alike[] {
  const causes = new Map<string, [ResourceLine, ...ResourceLine[]]>();
  for (const resource of closed) {
    const cause = JSON.stringify([resource.state, resource.reasons, resource.fixes]);
    const alike = causes.get(cause);
    if (alike === undefined) causes.set(cause, [resource]);
    else alike.push(resource);
  }
  return [...causes.values()];
}

function namesOf(alike: Alike): string {
  return alike.map(({ name }) => name).join(", ");
}

/** Each resource has its own; one alone needs no name beside. */
function referencesOf(alike: Alike): string {
  const known = alike.filter(({ reference }) => reference !== undefined);
  return alike.length === 1
    ? (alike[0].reference ?? "")
    : known.map(({ name, reference = "" }) => `${reference} (${name})`).join(", ");
}

function blockedCard(alike: Alike, rows: ReadonlyMap<string, PostureRow>, nowMs: number): Html {
  const [{ reasons, fixes }] = alike;
  const references = referencesOf(alike);
  const forOthers = fixes.some(({ who }) => who === "it");
  return html`<div class="card">
    <h3>${namesOf(alike)}</h3>
    ${reasons.map((reason) => html`<p>${marked(reasonText(reason, asItIs), nowMs)}</p>`)}
    ${fixes.map((fix) => fixPart(fix, rows.get(fix.signal), nowMs))}
    ${references === "" ? null : html`<p class="muted">Reference ${references}</p>`}
    ${
      forOthers
        ? html`<button data-copy="${messageForIt(alike)}">Copy a message for IT</button>`
        : null
    }
  </div>`;
}

function fixPart({ text, command, who }: Fix, row: PostureRow | undefined, nowMs: number): Html {
  const steps = stepsOf(text);
  const copied = html`<pre tabindex="0">${command ?? ""}</pre>
    <button data-copy="${command ?? ""}">Copy the command</button>`;
  return html`${row === undefined ? null : seenText(row, nowMs)}
    ${
      steps.length === 1
        ? html`<p>${marked(text, nowMs)}</p>`
        : html`<ol>
            ${steps.map((step) => html`<li>${marked(step, nowMs)}</li>`)}
          </ol>`
    }
    <p class="muted">${who === "user" ? "You" : "IT"} can do this.</p>
    ${command === undefined ? null : copied}`;
}

function seenText({ title, why, reading, checkedAgeMs }: PostureRow, nowMs: number): Html {
  const at = checkedAgeMs === null ? null : new Date(nowMs - checkedAgeMs).toISOString();
  return html`<p class="muted">
    ${marked(why, nowMs)} ${title}:
    ${readingText(reading)}${at === null ? null : html`, ${agoTag(at, nowMs)}`}.
  </p>`;
}

function messageForIt(alike: Alike): string {
  const [{ reasons, fixes }] = alike;
  const why = reasons.map((reason) => reasonText(reason, asItIs)).join("; ");
  const wanted = fixes.flatMap(({ who, text }) => (who === "it" ? [text] : []));
  const verb = alike.length === 1 ? "is" : "are";
  const references = referencesOf(alike);
  return [
    `${namesOf(alike)} ${verb} closed for me: ${why}.`,
    ...wanted,
    `Reference ${references === "" ? "-" : references}`,
  ].join("\n");
}

const tones: Readonly<Record<ResourceLine["state"], readonly [mark: string, tone: string]>> = {
  open: ["✔ open", "ok"],
  blocked: ["✖ blocked", "bad"],
  stepUp: ["→ sign-in needed", "warn"],
  pending: ["… pending", "idle"],
};

/** Returns the table of all resources. */
export function resourcesPart(status: StatusLine | null, nowMs: number): Html {
  if (status === null) return notAnswered("What is protected");
  const rows = status.resources.map(({ name, state, gateway, reasons }) => {
    const [word, tone] = tones[state];
    const [reason] = reasons;
    return html`<tr>
      <td>${name}</td>
      <td><span class="chip ${tone}">${word}</span></td>
      <td>${reason === undefined ? (gateway ?? "") : marked(reasonText(reason, asItIs), nowMs)}</td>
    </tr>`;
  });
  return html`<h2>What is protected</h2>
    ${
      rows.length === 0
        ? html`<p>Nothing is known yet.</p>`
        : html`<div class="scroll" tabindex="0" role="region" aria-label="What is protected">
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
