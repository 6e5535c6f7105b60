/** PowerShell queries print one line of JSON made of casts: raw CIM objects drag noise along and differ between versions. */

/** Prints an expression as one line of JSON. */
export const json = (expression: string) =>
  `ConvertTo-Json -Compress -Depth 4 -InputObject (${expression})`;
