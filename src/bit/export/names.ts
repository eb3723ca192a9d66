/** A project's name as a file's or folder's name on any system. */
export const fileName = (name: string): string => name.replace(/[^\p{L}\p{N} _.-]/gu, '').trim() || 'classes';

/** Bytes as base64. */
export function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 0x8000)
    text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(text);
}
