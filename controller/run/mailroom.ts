/** One outbox per link, and the signatures of grants that go out by them. */
import { closeCodes } from "#shared/protocol/capability.ts";
import type { ControllerMessage } from "#shared/protocol/controller-message.ts";
import type { GrantClaims } from "#shared/grant/claims.ts";
import type { Hub } from "../ports/hub.ts";
import type { Signer } from "../ports/signer.ts";
import {
  enqueue,
  flush,
  newOutbox,
  type Outbox,
  type OutboxEntry,
  type SignedGrant,
} from "./outbox.ts";

/** Queues what is to be sent, removals first, and closes links that are too slow. */
export interface Mailroom {
  post(link: number, entry: OutboxEntry, urgent: boolean): void;
  /** Signs a grant once; the signature is kept as long as its claims live. */
  sign(claims: GrantClaims): SignedGrant;
  outboxOf(link: number): Outbox;
  drained(link: number): void;
  /** Keeps what is posted on a link back, until `release` sends `first` and then the rest; once released, `first` alone. */
  hold(link: number): void;
  release(link: number, ...first: readonly ControllerMessage[]): void;
  forget(link: number): void;
}

/** Returns a mailroom over the agents' port. */
export function makeMailroom(hub: Hub, signer: Signer): Mailroom {
  const outboxes = new Map<number, Outbox>();
  const signed = new WeakMap<GrantClaims, SignedGrant>();
  const outboxOf = (link: number): Outbox => {
    const known = outboxes.get(link);
    if (known !== undefined) return known;
    const outbox = newOutbox();
    outboxes.set(link, outbox);
    return outbox;
  };
  return {
    outboxOf,
    post(link, entry, urgent) {
      const outbox = outboxOf(link);
      const fits = enqueue(outbox, entry, urgent);
      flush(outbox, (message) => hub.send(link, message));
      if (!fits) hub.close(link, closeCodes.rate, "the link is too slow");
    },
    sign(claims) {
      const known = signed.get(claims);
      if (known !== undefined) return known;
      const made = { jti: claims.jti, subject: claims.sub, jws: signer.grant(claims) };
      signed.set(claims, made);
      return made;
    },
    drained(link) {
      const outbox = outboxOf(link);
      outbox.congested = false;
      flush(outbox, (message) => hub.send(link, message));
    },
    hold(link) {
      outboxOf(link).held = true;
    },
    release(link, ...first) {
      const outbox = outboxes.get(link);
      if (outbox === undefined) return;
      outbox.held = false;
      for (const message of first) hub.send(link, message);
      flush(outbox, (message) => hub.send(link, message));
    },
    forget: (link) => void outboxes.delete(link),
  };
}
