/** Absolute path of the built page. */
export const dist: string;
/** Builds dist/ when it is missing or older than its sources. */
export default function ensureBuilt(): Promise<void>;
/** Builds dist/ for production; returns the exit code. */
export function build(): Promise<number>;
