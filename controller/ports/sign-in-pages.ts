import type { SignInTicket } from "../core/person/sign-in-ticket.ts";

/** A page that was made; `code` stands on it and beside the link, for the person to compare. */
export interface SignInPage {
  readonly url: string;
  readonly code: string;
  readonly untilAt: number;
}

/** Where people sign in for a device. */
export interface SignInPages {
  open(ticket: SignInTicket): SignInPage;
}
