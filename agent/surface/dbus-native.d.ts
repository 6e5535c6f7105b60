/** The part of the library that is used, as its source has it; its own types name another part. */
declare module "@httptoolkit/dbus-native" {
  /** A message in both directions. */
  export interface DBusMessage {
    readonly type: number;
    readonly serial?: number;
    readonly flags?: number;
    readonly replySerial?: number;
    readonly destination?: string;
    readonly sender?: string;
    readonly path?: string;
    readonly interface?: string;
    readonly member?: string;
    readonly errorName?: string;
    readonly signature?: string;
    readonly body?: readonly unknown[];
  }

  /** A connection before any name was asked for. */
  export interface DBusConnection {
    on(event: "message", heard: (message: DBusMessage) => void): this;
    on(event: "error", heard: (error: Error) => void): this;
    on(event: "end" | "connect", heard: () => void): this;
    message(message: DBusMessage): void;
    end(): this;
  }

  /** Connects, and queues messages until it is greeted. */
  export function createConnection(options: {
    readonly busAddress: string;
    readonly authMethods: readonly string[];
  }): DBusConnection;
}
