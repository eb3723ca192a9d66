/** A taught classifier in the fragment of this page's address. */
const FRAGMENT = '#head=';

/** The classifier's text in an address; null where there is none. */
export function linkIn(address: string): string | null {
  const at = address.indexOf(FRAGMENT);
  return at < 0 ? null : address.slice(at + FRAGMENT.length).trim();
}

/** The address that opens this page, wherever it is, with the classifier. */
export const linkTo = (text: string): string => `${location.origin}${location.pathname}${FRAGMENT}${text}`;

/** The address of something on another host, where the text is that and nothing else. */
export function addressIn(text: string): URL | null {
  const line = text.trim().split(/\r?\n/)[0] ?? '';
  if (!/^https?:\/\/\S+$/i.test(line) || !URL.canParse(line)) return null;
  const address = new URL(line);
  return address.origin === location.origin ? null : address;
}
