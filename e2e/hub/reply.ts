/** An answer on its way: what it would be, what the faults make of it, and the sending, piece by piece. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { Content } from './content.ts';
import type { Fault } from './faults.ts';

export interface Reply {
  status: number;
  headers: Record<string, string>;
  /** What is sent: a part of a content, from `start`, `length` bytes; zeros past its end. */
  content: Content;
  start: number;
  length: number;
}

const PIECE = 64 * 1024;
const HTML = '<!doctype html><title>Sign in</title><p>Please accept the terms of this network.</p>';

/** Changes the reply as the faults say; returns the functions that act while the body is sent. */
export function spoil(
  reply: Reply,
  faults: readonly Fault[],
  self: string,
  textOf: (text: string) => Content,
): void {
  for (const fault of faults) {
    const range = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(reply.headers['content-range'] ?? '');
    const total = reply.content.size;
    switch (fault.kind) {
      case 'ignore-range':
        if (range) Object.assign(reply, { status: 200, start: 0, length: total });
        delete reply.headers['content-range'];
        break;
      case 'other-range':
      case 'lying-range':
        if (!range) break;
        reply.start = Math.max(0, Math.min(reply.start + fault.by, total - 1));
        if (fault.kind === 'lying-range') break; // what lies past the end is zeros
        reply.length = Math.min(reply.length, total - reply.start);
        reply.headers['content-range'] = `bytes ${reply.start}-${reply.start + reply.length - 1}/${total}`;
        break;
      case 'short-range':
        if (!range) break;
        reply.length = Math.min(reply.length, fault.bytes);
        reply.headers['content-range'] = `bytes ${reply.start}-${reply.start + reply.length - 1}/${total}`;
        break;
      case 'total':
        if (range) reply.headers['content-range'] = `bytes ${range[1]}-${range[2]}/${fault.total}`;
        break;
      case 'no-content-range':
        delete reply.headers['content-range'];
        break;
      case 'etag':
        if (fault.etag === null) delete reply.headers.etag;
        else reply.headers.etag = fault.etag;
        break;
      case 'html':
        Object.assign(reply, { status: 200, content: textOf(HTML), start: 0, length: HTML.length });
        reply.headers = { ...corsOf(reply.headers), 'content-type': 'text/html; charset=utf-8' };
        break;
      case 'gzip': {
        const content = bytesAsContent(gzipSync(bytesOf(reply, reply.start, reply.length), { level: 1 }));
        Object.assign(reply, { content, start: 0, length: content.size });
        reply.headers['content-encoding'] = 'gzip';
        break;
      }
      case 'resize':
        reply.length = Math.max(0, reply.length + fault.by);
        break;
      case 'other-bytes':
        reply.content = bytesAsContent(fault.bytes);
        break;
      case 'flip': {
        const { content } = reply;
        reply.content = {
          ...content,
          read: (start, end) => flipped(content.read(start, end), fault.at - start),
        };
        break;
      }
      case 'status':
        Object.assign(reply, {
          status: fault.status,
          content: textOf(`${fault.status}\n`),
          start: 0,
          length: 4,
        });
        reply.headers = {
          ...corsOf(reply.headers),
          'content-type': 'text/plain; charset=utf-8',
          ...(fault.retryAfter === undefined ? {} : { 'retry-after': fault.retryAfter }),
          ...(fault.errorCode === undefined ? {} : { 'x-error-code': fault.errorCode }),
        };
        break;
      case 'redirect-loop':
        Object.assign(reply, { status: 302, content: textOf(''), start: 0, length: 0 });
        reply.headers = { ...corsOf(reply.headers), location: self };
        break;
      case 'no-cors':
        for (const name of Object.keys(corsOf(reply.headers))) delete reply.headers[name];
        break;
    }
  }
  reply.headers['content-length'] = String(reply.length);
  for (const fault of faults) {
    if (fault.kind === 'wrong-length') reply.headers['content-length'] = String(reply.length + fault.by);
    if (fault.kind === 'no-length') delete reply.headers['content-length'];
  }
}

function corsOf(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith('access-control-')));
}

function bytesAsContent(bytes: Uint8Array): Content {
  const buffer = Buffer.from(bytes);
  return { size: buffer.length, sha256: '', gitSha1: '', read: (start, end) => buffer.subarray(start, end) };
}

function flipped(bytes: Buffer, at: number): Buffer {
  if (at < 0 || at >= bytes.length) return bytes;
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

/** `length` bytes from `start`; zeros past the content's end. */
function bytesOf({ content }: Reply, start: number, length: number): Buffer {
  const end = Math.min(content.size, start + length);
  const bytes = end > start ? content.read(start, end) : Buffer.alloc(0);
  return bytes.length === length ? bytes : Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** Sends headers and body. Resolves when all is sent, or when the other side went away; `sent` hears of each piece. */
export async function send(
  response: ServerResponse,
  reply: Reply,
  faults: readonly Fault[],
  withBody: boolean,
  closing: AbortSignal,
  sent: (bytes: number) => void,
): Promise<void> {
  const slow = faults.find((fault) => fault.kind === 'slow-headers');
  if (slow) await pause(slow.ms, response, closing);
  if (response.destroyed || closing.aborted) return;
  const odd = faults.some(({ kind }) => kind === 'wrong-length');
  response.writeHead(reply.status, { ...reply.headers, ...(odd ? { connection: 'close' } : {}) });
  if (!withBody) {
    response.end();
    return;
  }
  const cut = faults.find((fault) => fault.kind === 'cut');
  const stall = faults.find((fault) => fault.kind === 'stall');
  const throttle = faults.find((fault) => fault.kind === 'throttle');
  const reach = faults.filter((fault) => fault.kind === 'reach').sort((a, b) => a.at - b.at);
  const end = reply.start + reply.length;
  const step = throttle ? Math.max(1, Math.min(PIECE, Math.ceil(throttle.bytesPerSecond / 20))) : PIECE;
  let stalled = false;
  for (let at = reply.start; at < end; ) {
    if (cut && cut.at <= at) break;
    while (reach[0] && reach[0].at <= at) reach.shift()?.run();
    if (stall && !stalled && stall.at <= at) {
      stalled = true;
      await pause(stall.ms, response, closing);
    }
    if (response.destroyed || closing.aborted) return;
    const stops = [end, at + step, cut?.at, stalled ? undefined : stall?.at, reach[0]?.at].filter(
      (stop) => stop !== undefined,
    );
    const next = Math.min(...stops.filter((stop) => stop > at));
    await write(response, bytesOf(reply, at, next - at));
    sent(next - at);
    if (throttle) await pause(((next - at) / throttle.bytesPerSecond) * 1000, response, closing);
    at = next;
  }
  if (cut && cut.at < end) response.destroy();
  else response.end();
  if (odd) response.socket?.destroySoon();
}

/** Resolves when the socket has taken the bytes, or is gone. */
function write(response: ServerResponse, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('close', done);
      resolve();
    };
    response.once('close', done);
    response.write(bytes, done);
  });
}

/** Waits `ms` milliseconds (for ever when absent), and no longer than the request lives. */
async function pause(ms: number | undefined, response: ServerResponse, closing: AbortSignal): Promise<void> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  response.once('close', leave);
  closing.addEventListener('abort', leave);
  if (response.destroyed || closing.aborted) leave();
  try {
    await sleep(Math.min(ms ?? 2 ** 31 - 1, 2 ** 31 - 1), undefined, { signal: gone.signal });
  } catch (error) {
    if (!gone.signal.aborted) throw error;
  } finally {
    response.off('close', leave);
    closing.removeEventListener('abort', leave);
  }
}
