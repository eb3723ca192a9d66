/** Bytes of UTF-8; usual file systems take 255 with what is put behind it, and our own reader of zips 512 with its folder. */
const MAX_NAME_BYTES = 120;
/** Names of devices, which Windows gives to no file, whatever its ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/** A project's name as a file's or folder's name on any system. */
export function fileName(name: string): string {
  const plain = name
    .normalize('NFC')
    .replace(/[^\p{L}\p{M}\p{N} _.-]/gu, '')
    .replace(/^[ .]+/, '');
  const encoder = new TextEncoder();
  let bytes = 0;
  let short = '';
  for (const letter of plain) {
    bytes += encoder.encode(letter).length;
    if (bytes > MAX_NAME_BYTES) break;
    short += letter;
  }
  return short.replace(/[ .]+$/, '').replace(DEVICE, '$1_') || 'classes';
}

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
