declare module "mkbom" {
  /** Streams the bill of a folder's files as if they belonged to these ids. */
  export default function mkbom(
    folder: string,
    owner: { readonly uid: number; readonly gid: number },
  ): NodeJS.ReadableStream;
}

declare module "lsbom" {
  interface Line {
    readonly filename: string;
    readonly mode: number;
    readonly user: number;
    readonly group: number;
    readonly size?: number;
    readonly checksum?: number;
  }
  /** Returns the lines of a bill. */
  export default function lsbom(bill: Buffer): readonly Line[];
}
