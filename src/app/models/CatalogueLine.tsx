import { count, megabytes } from '../figures.ts';
import { errorSentence } from '../shell/errorSentence.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { RECOMMENDED } from './shelf.ts';
import { type CatalogueRow, fitOf, pace, shortName } from './shelfRows.ts';
import { TableLine } from './TableLine.tsx';
import { useShelf, useShelfWords } from './useShelf.ts';

/** Whether it will fit here, with the numbers, and how far a look-up of it is. */
function State({ row }: { row: CatalogueRow }) {
  const t = useStrings();
  const w = useShelfWords();
  const lookUp = useApp((app) => (app.shelf.lookUp?.key === row.name ? app.shelf.lookUp : null));
  const fit = fitOf(row);
  if (lookUp?.step === 'asking') return <>{w.asking(lookUp.host)}</>;
  if (lookUp?.step === 'failed' && lookUp.error !== null)
    return <span className="text-wrong">{errorSentence(lookUp.error, t)}</span>;
  const licence = row.licence ?? w.licenceUnknown;
  if (fit === null)
    return (
      <>
        {w.notHere}
        <small className="block">{licence}</small>
      </>
    );
  return (
    <>
      {fit.fits ? w.notHere : w.tooBig}
      <small className="block">
        {fit.fits ? w.needs(megabytes(fit.needs)) : w.tooBigFigures(megabytes(fit.needs), megabytes(fit.has))}
        {`${t.comma}${licence}`}
      </small>
    </>
  );
}

/** A model of the catalogue that is not on this device. */
export function CatalogueLine({ row }: { row: CatalogueRow }) {
  const w = useShelfWords();
  const act = useShelf();
  const here = useApp(pace);
  const asking = useApp(({ shelf }) => shelf.lookUp?.key === row.name && shelf.lookUp.step === 'asking');
  const name = shortName(row);
  const fits = fitOf(row)?.fits ?? true;
  return (
    <TableLine
      name={
        <>
          <Label>{name}</Label>
          {row.name === RECOMMENDED.row && (
            <small className="ml-2 font-medium text-accent!">{w.recommended}</small>
          )}
        </>
      }
      from={<Label>{row.host === 'huggingface.co' ? row.repo : (row.files[0] ?? '')}</Label>}
      classes={row.classes === null ? '–' : count(row.classes)}
      input={row.architecture === null ? '–' : row.input.size}
      top1={row.top1 === null ? '–' : row.top1.toFixed(1)}
      speed={here === null || row.gmacs === null ? null : { ms: here * row.gmacs, measured: false }}
      size={row.bytes === null ? '–' : megabytes(row.bytes)}
      state={<State row={row} />}
      actions={
        <button
          type="button"
          className="btn sm"
          disabled={asking}
          aria-label={fits ? w.getModel(name) : w.tryModel(name)}
          onClick={() => act((shelf) => shelf.getRow(row))}
        >
          {fits ? w.get : w.tryIt}
        </button>
      }
    />
  );
}
