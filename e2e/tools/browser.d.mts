export interface FoundBrowser {
  readonly executablePath: string;
  /** For people: by which way it was found. */
  readonly how: string;
}
/** The first browser that is there, not yet tried. */
export function findBrowser(): FoundBrowser | undefined;
/** A browser that was seen to start: one that is there, else one that is installed now. */
export function getBrowser(): Promise<FoundBrowser>;
