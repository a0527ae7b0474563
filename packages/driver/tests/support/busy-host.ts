/** A notice that may come of any machine that boots while its host is busy. */
export const busyHost: RegExp = /'s clock ran fast/;
