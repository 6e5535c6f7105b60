/** The agent as tray and page see it: its status as it changes, and answers to single questions. */
import { z } from "zod";
import { setTimeout as delay } from "node:timers/promises";
import { CodedError, describeError } from "#shared/base/coded-error.ts";
import { askAgent, openAgent, requireOk } from "../cli/agent-client.ts";
import { postureRow, type PostureRow } from "../cli/inquiry.ts";
import { settingsAnswer, type SettingLine } from "../cli/settings.ts";
import { type StatusLine, statusLine } from "../cli/status-line.ts";
import type { Places } from "../io/places.ts";
import type { SentSpan } from "../ports.ts";
import { sharedAnswer, type SharedAnswer } from "./shared.ts";
import { asOf, willEnd } from "./sign-in-end.ts";

/** What a person may do by one click. */
type Act = "recheck" | "up" | "down" | "logout";

/** A page of the controller, and the code that it must show. */
export interface SignInPage {
  readonly url: string;
  readonly code: string;
}

const signInPage = z.object({ url: z.url({ protocol: /^https$/ }), code: z.string().max(64) });

/** The network chose it: nothing but a page of the web is shown. */
const portalPage = z.object({ page: z.url({ protocol: /^https?$/ }) });

/** What a surface may ask. */
export interface AgentSource {
  /** What is known now; null where no agent answers. */
  status(): StatusLine | null;
  /** Calls back after every change until the returned function is called. */
  onChange(heard: () => void): () => void;
  posture(): Promise<readonly PostureRow[]>;
  settings(): Promise<readonly SettingLine[]>;
  shared(asked: SentSpan): Promise<SharedAnswer>;
  /** Does it and returns what to say of it. */
  act(verb: Act, reason?: string): Promise<string>;
  /** Begins to sign the person in: the page to open, or what to say where there is none. */
  signIn(): Promise<SignInPage | string>;
  /** Lets the network's own sign-in page through: the page, or what to say where there is none. */
  portal(): Promise<{ readonly page: string } | string>;
  close(): void;
}

/** A stopped agent has to be seen within five seconds. */
const againMs = 2_000;
/** After a sleep, the end of a sign-in has to be seen before anybody looks at the icon. */
const lookMs = 2_000;

/** Watches the agent, and takes the watch up again whenever it was lost. */
export function openAgentSource(places: Places): AgentSource {
  let known: StatusLine | null = null;
  const ended = new AbortController();
  const listeners = new Set<() => void>();
  let shown = "null";
  const tell = (): void => {
    const text = JSON.stringify(asOf(known, Date.now()));
    if (text === shown) return;
    shown = text;
    for (const heard of listeners) heard();
  };
  const take = (status: StatusLine | null): void => {
    known = status;
    tell();
  };
  const clock = setInterval(() => willEnd(known) && tell(), lookMs);
  void watch(places, take, ended.signal);
  return {
    status: () => asOf(known, Date.now()),
    onChange: (heard) => {
      listeners.add(heard);
      return () => listeners.delete(heard);
    },
    posture: async () => {
      return z.array(postureRow).parse((await askAgent(places, "posture"))["signals"]);
    },
    settings: async () => settingsAnswer.parse(await askAgent(places, "settings")).settings,
    shared: async (asked) => sharedAnswer.parse(await askAgent(places, "privacy", { ...asked })),
    act: (verb, reason) => act(places, verb, reason),
    signIn: () => signIn(places),
    portal: () => portal(places),
    close: () => {
      clearInterval(clock);
      ended.abort();
    },
  };
}

async function watch(
  places: Places,
  take: (status: StatusLine | null) => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await watchOnce(places, take, signal).catch((error: unknown) => {
      if (!(error instanceof CodedError)) throw error;
    });
    if (signal.aborted) return;
    take(null);
    await delay(againMs, undefined, { ref: false }).catch(() => undefined);
  }
}

/** Ends when the agent has gone. */
async function watchOnce(
  places: Places,
  take: (status: StatusLine | null) => void,
  signal: AbortSignal,
): Promise<void> {
  const agent = await openAgent(places);
  const stop = (): void => agent.close();
  signal.addEventListener("abort", stop);
  try {
    const first = await agent.ask("watch", {}, (told) => {
      const parsed = statusLine.safeParse(told["status"]);
      if (told.ok && parsed.success) take(parsed.data);
    });
    requireOk(first, "watch");
    await agent.ended;
  } finally {
    signal.removeEventListener("abort", stop);
    agent.close();
  }
}

const done = {
  recheck: "This machine is being looked at again.",
  up: "The tunnel comes up again.",
  down: "The tunnel is down; protected addresses stay closed.",
  logout: "You are signed out.",
} as const;

async function act(places: Places, verb: Act, reason: string | undefined): Promise<string> {
  try {
    await askAgent(places, verb, verb === "down" ? { reason: reason ?? null } : {});
    return done[verb];
  } catch (error) {
    return sayRefused(error);
  }
}

async function signIn(places: Places): Promise<SignInPage | string> {
  try {
    return signInPage.parse(await askAgent(places, "login"));
  } catch (error) {
    return sayRefused(error);
  }
}

async function portal(places: Places): Promise<{ readonly page: string } | string> {
  try {
    return portalPage.parse(await askAgent(places, "portal"));
  } catch (error) {
    return sayRefused(error);
  }
}

function sayRefused(error: unknown): string {
  if (!(error instanceof CodedError)) throw error;
  const { title, detail, fix } = describeError({ code: error.code, params: error.params });
  return `${title}: ${detail} (${error.code}). ${fix}.`;
}
