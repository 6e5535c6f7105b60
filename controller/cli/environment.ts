/** What the command line takes from the environment. */
import { type Places, placesIn } from "../io/directory/places.ts";

const defaultDirectory = "/var/lib/sallyport/controller";
const defaultApi = "http://127.0.0.1:8440";

/** The environment as given. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the files of the state folder: option, then environment, then the installed place. */
export function placesOf(environment: Environment, directory?: string): Places {
  return placesIn(
    directory ?? environment["SALLYPORT_STATE_DIR"] ?? defaultDirectory,
    environment["SALLYPORT_KEK_FILE"],
  );
}

/** Where the admin API is, and the file that holds the token for it. */
export interface ApiAccess {
  readonly url: string;
  readonly tokenFile: string;
  /** Root certificate that is believed beside those of the system, where the file is there. */
  readonly rootFile?: string | undefined;
}

/** Returns how to reach the API; without settings, the controller of this host as its root. */
export function apiAccessOf(environment: Environment): ApiAccess {
  return {
    url: environment["SALLYPORT_CONTROLLER"] ?? defaultApi,
    tokenFile: environment["SALLYPORT_TOKEN_FILE"] ?? placesOf(environment).token,
    rootFile: placesOf(environment).rootCertificate,
  };
}
