/** Line drawings on a 16 px grid. */
const PATHS = {
  down: 'm4.5 6.5 3.5 3.5 3.5-3.5',
  language:
    'M2 4h7M5.5 2.5V4M3.5 4c.5 2.5 2 4 4.5 5M7.5 4c-.5 2.5-2 4-5 5.3M8.5 13.5 11 7l2.5 6.5M9.4 11.4h3.3',
  theme: 'M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4',
  help: 'M8 1.8a6.2 6.2 0 1 0 0 12.4A6.2 6.2 0 0 0 8 1.8M6.2 6.4a1.9 1.9 0 1 1 2.7 1.9c-.6.3-.9.6-.9 1.3M8 11.6v.1',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  add: 'M8 3v10M3 8h10',
  folder: 'M2 4.4h4.2l1.4 1.6H14v6.6H2z',
  warning: 'M8 2.4 14.2 13H1.8zM8 6.4v3.2M8 11.4v.1',
  close: 'm4 4 8 8M12 4l-8 8',
  pause: 'M5.6 3.6v8.8M10.4 3.6v8.8',
  search: 'M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8M10.2 10.2l3.4 3.4',
  check: 'm3.2 8.4 3.2 3.2 6.4-7',
  bin: 'M3 4.6h10M6.2 4.4V2.8h3.6v1.6M4.4 4.6l.6 8.6h6l.6-8.6',
  camera: 'M2 5.2h2.6L6 3.4h4l1.4 1.8H14v7.4H2zM8 6.3a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5',
  eye: 'M1.6 8S4 3.8 8 3.8 14.4 8 14.4 8 12 12.2 8 12.2 1.6 8 1.6 8zM8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  share:
    'M6.6 9.4 9.4 6.6M7.4 4.8l1.4-1.4a2.7 2.7 0 0 1 3.8 3.8l-1.4 1.4M8.6 11.2l-1.4 1.4a2.7 2.7 0 0 1-3.8-3.8l1.4-1.4',
  download: 'M8 2.5v7.6M4.8 7.2 8 10.4l3.2-3.2M3 13.2h10',
  teach: 'M2 4.2 8 2l6 2.2L8 6.4zM4.4 5.4v4.2c0 1 1.6 1.8 3.6 1.8s3.6-.8 3.6-1.8V5.4M14 4.2v5',
  layers: 'M8 2 14 5.2 8 8.4 2 5.2zM2.6 8 8 10.9 13.4 8M2.6 10.8 8 13.7l5.4-2.9',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg className="ic" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
      {name === 'theme' && <path d="M8 2.4v11.2A5.6 5.6 0 0 0 8 2.4z" fill="currentColor" />}
    </svg>
  );
}

/** The mark of BiT Lens: a lens with three lashes. */
export function Mark() {
  return (
    <svg className="size-[23px]" viewBox="0 0 24 24" aria-hidden="true">
      <circle cx="12" cy="12" r="8.6" fill="none" stroke="currentColor" strokeWidth="1.7" />
      <circle cx="12" cy="12" r="3.4" fill="var(--accent)" />
      <path d="M12 .6v2.6M17.7 2.1l-1.3 2.3M6.3 2.1l1.3 2.3" stroke="currentColor" strokeWidth="1.5" />
    </svg>
  );
}
