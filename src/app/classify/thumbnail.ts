/** Twice the tray's 44 x 36, for dense screens. */
const WIDTH = 88;
const HEIGHT = 72;

let turn: Promise<unknown> = Promise.resolve();

/**
 * A small picture that fills 88 x 72, as an object URL; null when this browser cannot draw it. One is made at a time:
 * each decodes the whole picture first.
 */
export function makeThumbnail(blob: Blob, width: number, height: number): Promise<string | null> {
  const made = turn.then(() => make(blob, width, height));
  turn = made;
  return made;
}

async function make(blob: Blob, width: number, height: number): Promise<string | null> {
  const scale = Math.max(WIDTH / width, HEIGHT / height);
  const size = { resizeWidth: Math.ceil(width * scale), resizeHeight: Math.ceil(height * scale) };
  try {
    const bitmap = await createImageBitmap(blob, { ...size, resizeQuality: 'medium' });
    const canvas = new OffscreenCanvas(WIDTH, HEIGHT);
    canvas.getContext('2d')?.drawImage(bitmap, (WIDTH - bitmap.width) / 2, (HEIGHT - bitmap.height) / 2);
    bitmap.close();
    return URL.createObjectURL(await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 }));
  } catch {
    return null; // the row then stays without a picture: its answer came from the engine all the same
  }
}
