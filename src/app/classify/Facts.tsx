import type { Classification, DeviceReport } from '../../engine/protocol.ts';
import { bareMs, duration } from '../figures.ts';
import { modelInUse } from '../models/models.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Strings } from '../strings.ts';
import type { Picture } from './picture.ts';
import { preparedNote, preparedWords } from './prepared.ts';

/** "WASM, 2 threads", or WebGPU with the adapter's own description; the precision where it is not the usual. */
export function deviceWords(report: DeviceReport, t: Strings): string {
  if (report.device === 'wasm') return t.threads(report.threads);
  const precision = report.precision === 'float16' ? 'float16' : '';
  return ['WebGPU', precision, report.adapter].filter(Boolean).join(', ');
}

/** How the answer came about: preparation, device, times, and why not on the GPU. */
export function Facts({ picture, answer }: { picture: Picture; answer: Classification }) {
  const t = useStrings();
  const model = useApp(modelInUse);
  const info = model?.info;
  const note = model && info ? preparedNote(info, model.source, t) : null;
  const report = picture.answer === null ? undefined : info?.device;
  const { ms } = answer;
  return (
    <dl className="facts mt-4 pt-3.5 border-t border-line">
      {picture.sample === null && (
        <div className="contents strip:hidden">
          <dt>{t.facts.file}</dt>
          <dd>
            <Label>{picture.name}</Label>, {answer.width} × {answer.height}
          </dd>
        </div>
      )}
      {info && (
        <>
          <dt>{t.facts.prepared}</dt>
          <dd>
            {preparedWords(info.processor, t)}
            {note !== null && <span className="block text-unsure">{note}</span>}
          </dd>
        </>
      )}
      {report !== undefined && (
        <>
          <dt>{t.facts.ranOn}</dt>
          <dd>{deviceWords(report, t)}</dd>
          <dt>{t.facts.time}</dt>
          <dd>{t.timeParts(duration(ms.total), bareMs(ms.decode), bareMs(ms.preprocess), bareMs(ms.run))}</dd>
        </>
      )}
      {report?.fallback && (
        <>
          <dt>{t.facts.why}</dt>
          <dd title={report.fallback.detail}>{t.fallback[report.fallback.reason]}</dd>
        </>
      )}
      {report?.halfFallback && (
        <>
          <dt>{t.facts.whyFull}</dt>
          <dd title={report.halfFallback.detail}>{t.halfFallback[report.halfFallback.reason]}</dd>
        </>
      )}
      {typeof report?.selfCheck === 'number' && (
        <>
          <dt>{t.facts.check}</dt>
          <dd>{t.checkFigure(report.selfCheck.toExponential(1))}</dd>
        </>
      )}
    </dl>
  );
}
