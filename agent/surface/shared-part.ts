/** "What is shared": in the very words that were sent, and what is never collected. */
import type { StatusLine } from "../cli/status-line.ts";
import { type Html, html } from "./html.ts";
import { askWhom } from "./ask-whom.ts";
import { notAnswered } from "./machine-part.ts";
import { agoTag } from "./marked.ts";
import type { SharedAnswer, SharedMessage } from "./shared.ts";

const shownMax = 50;

const purposes: Readonly<Record<string, string>> = {
  joining: "Asked to join: which machine this is (the key itself is kept nowhere)",
  signIn: "Asks for a page to sign in at, or ends a sign-in",
  hello: "Greeting: which machine this is and what it runs",
  report: "What was read of this machine",
  telemetry: "Counters of the tunnel and what the machine is made of",
  renew: "Asks for a new certificate",
  accessRequest: "A wish for access, with its reason",
  bye: "Goodbye",
  error: "Something was not understood",
  resync: "Asks for everything anew",
  breakGlassOpened: "What was opened without the controller",
};

/** Returns the part; `shared` has the newest first. */
export function sharedPart(
  { messages: shared, more }: SharedAnswer,
  status: StatusLine | null,
  nowMs: number,
): Html {
  if (status === null) return notAnswered("What is shared");
  const to = status.managedBy ?? "your organisation";
  return html`<h2>What is shared</h2>
    <p>
      The agent tells the controller of ${to} what the table above shows, so that it can decide what
      this machine may reach. The list below is what was really sent, word by word; this machine
      keeps it for 30 days. Left out are signs of life every 20 seconds, the word that an order was
      carried out, and most counters.
    </p>
    <p>
      How long ${to} keeps it, this machine is not told. What administrators did to this machine is
      in the controller's audit log, and not here. ${askWhom(status)}
    </p>
    <p>
      <strong>Never collected:</strong> keystrokes, what you browse, what is in your files, your
      screen.
    </p>
    <p><a href="shared.json" download="sallyport-shared.json">Download all of it</a></p>
    ${shared.length === 0 ? html`<p>Nothing was sent yet.</p>` : null}
    ${shared.slice(0, shownMax).map((one, at) => messagePart(one, at, nowMs))}
    ${
      shared.length > shownMax
        ? html`<p class="muted">
            ${more ? "All" : shared.length - shownMax} older ones are in the download.
          </p>`
        : null
    }`;
}

function messagePart({ at, message }: SharedMessage, place: number, nowMs: number): Html {
  const when = agoTag(new Date(at).toISOString(), nowMs);
  const what = purposes[message.kind] ?? message.kind;
  return html`<details id="shared-${at}-${place}">
    <summary>${what}, ${when}</summary>
    <pre tabindex="0">${JSON.stringify(message, null, 2)}</pre>
  </details>`;
}
