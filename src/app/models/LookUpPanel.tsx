import { type ReactNode, useEffect, useRef } from 'react';
import type { Offer } from '../../engine/shelf/protocol.ts';
import { count, megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { LookUp } from './shelf.ts';
import { CATALOGUE, fitOf, shelfName } from './shelfRows.ts';
import { useShelf, useShelfWords } from './useShelf.ts';

/** What would be fetched, as the host describes it. */
function Facts({ offer, row }: { offer: Offer; row: (typeof CATALOGUE)[number] | undefined }) {
  const t = useStrings();
  const w = useShelfWords();
  const { source, licence, architecture, classes, inputSize, files, bytes } = offer;
  const fit = row === undefined ? null : fitOf(row);
  const size = (each: number | null) => (each === null ? w.unknownSize : megabytes(each));
  const fits = fit?.fits
    ? w.needs(megabytes(fit.needs))
    : fit && `${w.tooBig}${t.comma}${w.tooBigFigures(megabytes(fit.needs), megabytes(fit.has))}`;
  const commit = source.kind === 'repo' ? source.commit : null;
  const revision = source.kind === 'repo' ? source.revision : null;
  return (
    <>
      <dl className="facts">
        <dt>{w.isBit}</dt>
        <dd>{architecture === null ? w.isBitNo : <Label>{architecture}</Label>}</dd>
        <dt>{t.columns.classes}</dt>
        <dd>{classes === null ? '–' : count(classes)}</dd>
        <dt>{t.columns.input}</dt>
        <dd>{inputSize === null ? '–' : `${inputSize}\u2009px`}</dd>
        <dt>{w.licence}</dt>
        <dd>{licence === null ? w.licenceUnknown : <Label>{licence}</Label>}</dd>
        <dt>{w.commit}</dt>
        <dd className="wrap-anywhere" lang={commit === null ? undefined : 'en'}>
          {commit === null ? w.noCommit : revision === null ? commit : `${revision}, ${commit}`}
        </dd>
        {fits && (
          <>
            <dt>{w.memory}</dt>
            <dd>{fits}</dd>
          </>
        )}
      </dl>
      <table className="tbl mt-2">
        <caption className="sr">{w.files}</caption>
        <tbody>
          {files.map((file) => (
            <tr key={file.name}>
              <th scope="row" className="wrap-anywhere">
                <Label>{file.name}</Label>
              </th>
              <td className="n whitespace-nowrap">{size(file.size)}</td>
            </tr>
          ))}
          <tr>
            <th scope="row" className="font-semibold!">
              {w.total}
            </th>
            <td className="n whitespace-nowrap font-semibold">{size(bytes)}</td>
          </tr>
        </tbody>
      </table>
    </>
  );
}

function Found({ lookUp, offer }: { lookUp: LookUp; offer: Offer }) {
  const t = useStrings();
  const w = useShelfWords();
  const act = useShelf();
  const row = CATALOGUE.find(({ name, repo }) =>
    lookUp.key === null ? offer.source.kind === 'repo' && repo === offer.source.repo : name === lookUp.key,
  );
  const here = useApp((app) => app.shelf.models?.find(({ id }) => id === offer.id));
  const name = shelfName({ catalogueKey: row?.name ?? null, source: offer.source, name: offer.name });
  const words = () => {
    if (here?.state === 'partial') return w.resumeOf(name, megabytes(here.stored));
    return offer.bytes === null ? w.getUnknown(name) : t.get(name, megabytes(offer.bytes));
  };
  return (
    <>
      <p className="prose mb-3">{here?.state === 'complete' ? w.hereAlready : w.nothingYet}</p>
      <Facts offer={offer} row={row} />
      <Buttons>
        <button
          type="button"
          className="btn go"
          onClick={() =>
            act((shelf) => {
              if (here?.state !== 'complete') return shelf.get(offer, row?.name ?? null);
              shelf.closeLookUp();
              return shelf.use(here);
            })
          }
        >
          {here?.state === 'complete' ? t.chooseModel(name) : words()}
        </button>
        <Close words={t.cancel} />
      </Buttons>
    </>
  );
}

const Buttons = ({ children }: { children: ReactNode }) => (
  <div className="flex flex-wrap gap-2 mt-3">{children}</div>
);

function Close({ words }: { words: string }) {
  const act = useShelf();
  return (
    <button type="button" className="btn" onClick={() => act((shelf) => shelf.closeLookUp())}>
      {words}
    </button>
  );
}

function Failed({ lookUp }: { lookUp: LookUp }) {
  const t = useStrings();
  const act = useShelf();
  const w = useShelfWords();
  const row = CATALOGUE.find(({ name }) => name === lookUp.key);
  const { text, error } = lookUp;
  if (error === null) return null;
  const blocked = (error.code === 'cors' || error.code === 'unreachable') && /^https?:\/\//.test(text);
  return (
    <>
      <div role="alert">
        <p className="prose">{errorSentence(error, t)}</p>
        <p className="cap mt-1 wrap-anywhere" lang="en">
          {error.message}
        </p>
      </div>
      <Buttons>
        {blocked && (
          <a className="btn" href={text} target="_blank" rel="noreferrer noopener">
            {w.saveInTab}
          </a>
        )}
        {error.code !== 'address' && (
          <button type="button" className="btn" onClick={() => act((shelf) => shelf.lookUp(text, row))}>
            {t.tryAgain}
          </button>
        )}
        <Close words={t.close} />
      </Buttons>
    </>
  );
}

function Proposed({ lookUp }: { lookUp: LookUp }) {
  const w = useShelfWords();
  const act = useShelf();
  const row = CATALOGUE.find(({ name }) => name === lookUp.key);
  return (
    <>
      <p className="prose">{w.proposedNote(lookUp.host)}</p>
      <Buttons>
        <button
          type="button"
          className="btn go"
          onClick={() => act((shelf) => shelf.lookUp(lookUp.text, row))}
        >
          {w.lookUp}
        </button>
        <Close words={w.notNow} />
      </Buttons>
    </>
  );
}

/** What a look-up found, or why it found nothing; nothing large is fetched before a person agrees here. */
export function LookUpPanel() {
  const t = useStrings();
  const w = useShelfWords();
  const lookUp = useApp((app) => app.shelf.lookUp);
  const heading = useRef<HTMLHeadingElement>(null);
  const step = lookUp?.step;
  useEffect(() => {
    if (step !== undefined && step !== 'asking') heading.current?.focus(); // it may be far below on a phone
  }, [step]);
  if (lookUp === null) return null;
  const { text, host, offer } = lookUp;
  const titles = {
    proposed: w.proposed(text),
    asking: w.asking(host),
    found: w.found(offer?.name ?? ''),
    failed: w.failed(text),
  };
  return (
    <section aria-labelledby="look-up">
      <h2
        ref={heading}
        id="look-up"
        tabIndex={-1}
        className="text-[16px] leading-[22px] mb-2 wrap-anywhere outline-none"
      >
        {titles[lookUp.step]}
      </h2>
      {lookUp.step === 'proposed' && <Proposed lookUp={lookUp} />}
      {lookUp.step === 'asking' && (
        <Buttons>
          <Close words={t.cancel} />
        </Buttons>
      )}
      {lookUp.step === 'failed' && <Failed lookUp={lookUp} />}
      {lookUp.step === 'found' && offer !== null && <Found lookUp={lookUp} offer={offer} />}
    </section>
  );
}
