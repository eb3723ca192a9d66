export interface StaticServer {
  /** Address of the folder's index page; ends with a slash. */
  readonly url: string;
  close(): Promise<void>;
}
/** Serves a folder like a plain web host, until it is closed. Rejects when the port is taken. */
export function serve(options: {
  /** The folder. */
  readonly root: string;
  /** Path under which it appears; begins and ends with a slash ('/'). */
  readonly base?: string;
  /** 127.0.0.1. */
  readonly host?: string;
  /** 0, any free one. */
  readonly port?: number;
  /** Whether the headers for cross-origin isolation are sent (true). */
  readonly isolated?: boolean;
}): Promise<StaticServer>;
/** The headers that isolate a page across origins. */
export const isolation: Readonly<Record<string, string>>;
