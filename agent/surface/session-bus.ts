/**
 * The person's session bus: answers calls to objects of ours, calls others, sends signals. Only the
 * wire format and the greeting are the library's.
 */
import { createConnection, type DBusConnection, type DBusMessage } from "@httptoolkit/dbus-native";

/** A value as the wire takes it; structures and arrays are arrays, a variant is [signature, value]. */
export type Wire = string | number | boolean | Buffer | readonly Wire[];

/** What a method answers: the signature of its results, and the results. */
export interface Results {
  readonly signature: string;
  readonly body: readonly Wire[];
}

/** An interface that we offer at a path. */
export interface OfferedInterface {
  readonly name: string;
  readonly xml: string;
  /** Returns null for a method that it does not have. */
  call(member: string, body: readonly unknown[]): Results | null;
  /** Returns every property as a variant. */
  properties(): Readonly<Record<string, Wire>>;
}

/** A call to somebody else. */
export interface OutgoingCall {
  readonly to: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  readonly signature: string;
  readonly body: readonly Wire[];
}

/** An open connection. */
export interface SessionBus {
  /** Our own unique name. */
  readonly name: string;
  /** Takes a name for this connection alone; false where another has it. */
  own(name: string): Promise<boolean>;
  offer(path: string, interfaces: readonly OfferedInterface[]): void;
  call(call: OutgoingCall): Promise<readonly unknown[]>;
  signal(path: string, member: string, results?: Results): void;
  /** Hears signals of one kind. */
  listen(name: string, heard: (body: readonly unknown[]) => void): Promise<void>;
  readonly ended: Promise<void>;
  close(): void;
}

const type = { call: 1, result: 2, error: 3, signal: 4 } as const;
const noReply = 1;
const doNotQueue = 4;
const primaryOwner = 1;
const callMs = 10_000;
const propertiesInterface = "org.freedesktop.DBus.Properties";
const introspectable = "org.freedesktop.DBus.Introspectable";
const nothing: Results = { signature: "", body: [] };

/** Connects to the bus of this address; rejects where none answers. */
export async function openSessionBus(address: string): Promise<SessionBus> {
  const connection = createConnection({ busAddress: address, authMethods: ["EXTERNAL"] });
  const bus = new Bus(connection);
  await bus.greet();
  return bus;
}

interface Waiting {
  readonly resolve: (body: readonly unknown[]) => void;
  readonly reject: (error: Error) => void;
}

class Bus implements SessionBus {
  name = "";
  readonly ended: Promise<void>;
  readonly #connection: DBusConnection;
  readonly #waiting = new Map<number, Waiting>();
  readonly #offered = new Map<string, readonly OfferedInterface[]>();
  readonly #heard = new Map<string, ((body: readonly unknown[]) => void)[]>();
  #serial = 0;
  #over = false;

  constructor(connection: DBusConnection) {
    this.#connection = connection;
    const over = Promise.withResolvers<void>();
    this.ended = over.promise;
    const end = (why: string): void => {
      this.#over = true;
      for (const { reject } of this.#waiting.values()) reject(new Error(`session bus: ${why}`));
      this.#waiting.clear();
      over.resolve();
    };
    connection.on("message", (message) => this.#take(message));
    connection.on("error", (error: Error) => end(error.message));
    connection.on("end", () => end("it ended"));
  }

  async greet(): Promise<void> {
    const [name] = await this.#askBus("Hello", "", []);
    this.name = String(name);
  }

  async own(name: string): Promise<boolean> {
    const [result] = await this.#askBus("RequestName", "su", [name, doNotQueue]);
    return result === primaryOwner;
  }

  offer(path: string, interfaces: readonly OfferedInterface[]): void {
    this.#offered.set(path, interfaces);
  }

  call(call: OutgoingCall): Promise<readonly unknown[]> {
    const { to, path, member, signature, body } = call;
    const { promise, resolve, reject } = Promise.withResolvers<readonly unknown[]>();
    const serial = this.#send({
      type: type.call,
      destination: to,
      path,
      interface: call.interface,
      member,
      ...(signature === "" ? {} : { signature, body }),
    });
    const timer = setTimeout(() => {
      this.#waiting.delete(serial);
      reject(new Error(`${to} does not answer ${member}`));
    }, callMs);
    const settled = (): void => clearTimeout(timer);
    this.#waiting.set(serial, {
      resolve: (answer) => (settled(), resolve(answer)),
      reject: (error) => (settled(), reject(error)),
    });
    return promise;
  }

  signal(path: string, member: string, { signature, body } = nothing): void {
    const at = member.lastIndexOf(".");
    this.#send({
      type: type.signal,
      path,
      interface: member.slice(0, at),
      member: member.slice(at + 1),
      ...(signature === "" ? {} : { signature, body }),
    });
  }

  async listen(name: string, heard: (body: readonly unknown[]) => void): Promise<void> {
    const at = name.lastIndexOf(".");
    this.#heard.set(name, [...(this.#heard.get(name) ?? []), heard]);
    const rule = `type='signal',interface='${name.slice(0, at)}',member='${name.slice(at + 1)}'`;
    await this.#askBus("AddMatch", "s", [rule]);
  }

  close(): void {
    this.#connection.end();
  }

  #askBus(member: string, signature: string, body: readonly Wire[]): Promise<readonly unknown[]> {
    const to = "org.freedesktop.DBus";
    return this.call({ to, path: "/org/freedesktop/DBus", interface: to, member, signature, body });
  }

  #send(message: DBusMessage): number {
    this.#serial += 1;
    if (!this.#over) this.#connection.message({ ...message, serial: this.#serial });
    return this.#serial;
  }

  #take(message: DBusMessage): void {
    switch (message.type) {
      case type.result:
      case type.error:
        return this.#settle(message);
      case type.signal: {
        const name = `${message.interface ?? ""}.${message.member ?? ""}`;
        for (const heard of this.#heard.get(name) ?? []) heard(message.body ?? []);
        return;
      }
      case type.call:
        return this.#answer(message);
    }
  }

  #settle({ type: kind, replySerial, body = [], errorName }: DBusMessage): void {
    const waiting = this.#waiting.get(replySerial ?? 0);
    this.#waiting.delete(replySerial ?? 0);
    if (kind === type.result) waiting?.resolve(body);
    else {
      const [why] = body;
      const said = typeof why === "string" ? why : "no reason given";
      waiting?.reject(new Error(`${errorName ?? "error"}: ${said}`));
    }
  }

  #answer(message: DBusMessage): void {
    const { serial = 0, sender, flags = 0 } = message;
    const results = answerOf(message, this.#offered.get(message.path ?? "") ?? []);
    if ((flags & noReply) !== 0) return;
    const reply = { replySerial: serial, ...(sender === undefined ? {} : { destination: sender }) };
    if (results === null) {
      const errorName = "org.freedesktop.DBus.Error.UnknownMethod";
      const body = [`no ${message.member ?? ""} here`];
      this.#send({ type: type.error, errorName, signature: "s", body, ...reply });
      return;
    }
    const { signature, body } = results;
    this.#send({ type: type.result, ...reply, ...(signature === "" ? {} : { signature, body }) });
  }
}

/** Returns what an object of ours answers; null for a method or property that is not there. */
function answerOf(message: DBusMessage, interfaces: readonly OfferedInterface[]): Results | null {
  const { interface: asked = "", member = "", body = [] } = message;
  if (asked === introspectable && member === "Introspect") {
    const inside = interfaces.map(({ xml }) => xml).join("");
    return { signature: "s", body: [`<node>${inside}</node>`] };
  }
  if (asked === propertiesInterface) {
    const of = interfaces.find(({ name }) => name === body[0]);
    return of === undefined ? null : propertyAnswer(member, body, of);
  }
  return interfaces.find(({ name }) => name === asked)?.call(member, body) ?? null;
}

function propertyAnswer(
  member: string,
  body: readonly unknown[],
  of: OfferedInterface,
): Results | null {
  const all = of.properties();
  if (member === "GetAll") {
    return {
      signature: "a{sv}",
      body: [Object.entries(all).map(([name, value]) => [name, value])],
    };
  }
  const value = member === "Get" ? all[String(body[1])] : undefined;
  return value === undefined ? null : { signature: "v", body: [value] };
}
