/** Sentences of ours and of others on the page: code stands as code, an instant as a time. */
import { agoText } from "../cli/ago-text.ts";
import { clockText, exactText } from "../cli/clock-text.ts";
import { type Html, html } from "./html.ts";

const codeOrInstant = /`([^`]+)`|\b(\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?Z)/;

/** Returns a text with its code and its instants marked as such; whatever else it holds stays text. */
export function marked(text: string, nowMs: number): Html {
  const parts = text.split(codeOrInstant);
  const pieces: Html[] = [];
  for (let at = 0; at < parts.length; at += 3) {
    const [words = "", code, instant] = parts.slice(at, at + 3);
    pieces.push(html`${words}`);
    if (code !== undefined) pieces.push(html`<code>${code}</code>`);
    if (instant !== undefined) pieces.push(clockTag(instant, nowMs));
  }
  return html`${pieces}`;
}

/** Returns how long ago an instant was; the page's script keeps it right. */
export function agoTag(instant: string, nowMs: number): Html {
  const ago = agoText(nowMs - Date.parse(instant));
  return html`<time datetime="${instant}" title="${exactText(instant)}" data-ago>${ago}</time>`;
}

function clockTag(instant: string, nowMs: number): Html {
  const clock = clockText(instant, nowMs);
  return html`<time datetime="${instant}" title="${exactText(instant)}">${clock}</time>`;
}
