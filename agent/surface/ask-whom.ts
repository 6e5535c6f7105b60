/** Whom a person asks about what the page cannot tell. */
import type { StatusLine } from "../cli/status-line.ts";
import { type Html, html } from "./html.ts";

/** Returns a sentence with the organisation's own address where it has set one. */
export function askWhom(status: StatusLine | null): Html {
  const { supportUrl, managedBy } = status ?? {};
  if (supportUrl === undefined) return html`Ask ${managedBy ?? "your administrator"}.`;
  return html`Ask here: <a href="${supportUrl}" rel="noreferrer">${supportUrl}</a>`;
}
