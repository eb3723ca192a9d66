/** Whether an answer's headers fit what is stored of the file already. Pure: headers in, a verdict out. */

export interface Resume {
  /** Bytes that are here; the request was for those from there on. */
  readonly offset: number;
  /** Size of the file as far as it is known. */
  readonly size: number | null;
  /** ETag or date of the stored bytes. */
  readonly validator: string | null;
  /** Whether a SHA-256 of the host's own will judge the whole in the end. */
  readonly hashStated: boolean;
}

export type Verdict =
  /** The body begins at this byte: at the offset, or at 0 for a host that ignored the range. */
  | {
      readonly kind: 'take';
      readonly start: number;
      readonly size: number | null;
      readonly validator: string | null;
    }
  /** The body is of no use; what is stored may not be either. */
  | { readonly kind: 'wrong'; readonly why: string };

const wrong = (why: string): Verdict => ({ kind: 'wrong', why });

/**
 * Judges an answer with status 200 or 206 to a request for `bytes={offset}-`. If-Range is not CORS-safelisted, so the
 * comparison that it stands for is made here. Headers that the host does not expose count as absent.
 */
export function judge(status: number, headers: Headers, resume: Resume): Verdict {
  const { offset, size, validator: before, hashStated } = resume;
  const validator = headers.get('etag') ?? headers.get('last-modified');
  // a length may be that of a compressed body, so it proves nothing where the size is known
  if (status === 200) return { kind: 'take', start: 0, size, validator };
  if (offset > 0) {
    if (before !== null && validator !== null && before !== validator)
      return wrong(`its ETag changed from ${before.slice(0, 80)} to ${validator.slice(0, 80)}`);
    if ((before === null || validator === null) && !hashStated)
      return wrong('the host does not say whether it is still the same file');
  }
  const header = headers.get('content-range');
  if (header === null) {
    const left = size === null ? null : String(size - offset);
    if (offset > 0 && headers.get('content-length') !== left)
      return wrong('the host does not say which range it sends');
    return { kind: 'take', start: offset, size, validator };
  }
  const [, first, last, total] = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/.exec(header) ?? [];
  if (first === undefined || last === undefined || Number(last) < Number(first))
    return wrong(`Content-Range is ${header.slice(0, 80)}`);
  if (Number(first) !== offset) return wrong(`the range begins at ${first}, not at ${offset}`);
  const stated = total === '*' ? null : Number(total);
  if (stated !== null && (stated <= Number(last) || (size !== null && stated !== size)))
    return wrong(`it has ${stated} bytes, not ${size ?? `more than ${last}`}`);
  return { kind: 'take', start: offset, size: size ?? stated, validator };
}
