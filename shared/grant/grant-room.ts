/** Resources that one grant names at most, so that it fits into 48 KiB of a snapshot. */
export const accessMax = 512;
