import { wilson } from '../../bit/evaluate/wilson.ts';
import type { EvaluationSet, ModelInfo, ModelSource } from '../../engine/protocol.ts';
import { deviceWords } from '../classify/Facts.tsx';
import { preparedNote, preparedWords } from '../classify/prepared.ts';
import { bareMs, count, duration, millions } from '../figures.ts';
import { Choice } from '../shell/Choice.tsx';
import { nameOf } from '../shell/status.ts';
import { useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import { Assumed } from './Assumed.tsx';
import { modelInUse } from './models.ts';
import { assumedWords } from './words.ts';

const percent = (share: number) => (share * 100).toFixed(1);

function Tests({ info }: { info: ModelInfo }) {
  const t = useStrings();
  const w = assumedWords[useApp((app) => app.language)];
  const evaluation: readonly EvaluationSet[] = info.evaluation;
  const builtIn = useApp((app) => modelInUse(app)?.source.kind === 'embedded');
  if (evaluation.length === 0) return <p className="prose">{t.notTested}</p>;
  const { set, n, top1, top5, ece } = t.testColumns;
  return (
    <section>
      <h2 className="lab" id="tests">
        {t.tested}
      </h2>
      <table className="tbl mt-1" aria-labelledby="tests">
        <thead>
          <tr>
            <th scope="col">{set}</th>
            {[n, top1, top5, ece].map((column) => (
              <th key={column} scope="col" className="n text-right!">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {evaluation.map((test) => {
            const [low, high] = wilson(test.top1 * test.n, test.n);
            return (
              <tr key={test.name}>
                <th scope="row">
                  {(builtIn ? t.testSets[test.name] : undefined) ?? <span lang="en">{test.name}</span>}
                </th>
                <td className="n">{count(test.n)}</td>
                <td className="n">
                  {percent(test.top1)}
                  <small className="block text-[12px] leading-[14px] text-ink3 whitespace-nowrap">
                    {percent(low)}–{percent(high)}
                  </small>
                </td>
                <td className="n">{percent(test.top5)}</td>
                <td className="n">{test.ece15.toFixed(3)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p className="cap mt-2">{t.testNote}</p>
      {info.processorAssumed && <p className="cap mt-1 text-unsure!">{w.testsOff}</p>}
    </section>
  );
}

function Facts({ info, source }: { info: ModelInfo; source: ModelSource }) {
  const t = useStrings();
  const note = preparedNote(info, source, t);
  const { ms, device } = info;
  return (
    <dl className="facts">
      <dt>{t.facts.prepared}</dt>
      <dd>
        {preparedWords(info.processor, t)}
        {note !== null && <span className="block text-unsure">{note}</span>}
      </dd>
      <dt>{t.facts.ranOn}</dt>
      <dd>{deviceWords(device, t)}</dd>
      {device.fallback !== null && (
        <>
          <dt>{t.facts.why}</dt>
          <dd title={device.fallback.detail}>{t.fallback[device.fallback.reason]}</dd>
        </>
      )}
      {device.halfFallback !== null && (
        <>
          <dt>{t.facts.whyFull}</dt>
          <dd title={device.halfFallback.detail}>{t.halfFallback[device.halfFallback.reason]}</dd>
        </>
      )}
      {device.selfCheck !== null && (
        <>
          <dt>{t.facts.check}</dt>
          <dd>{t.checkFigure(device.selfCheck.toExponential(1))}</dd>
        </>
      )}
      <dt>{t.facts.opened}</dt>
      <dd>
        {t.openedIn(
          duration(ms.total),
          bareMs(ms.read),
          bareMs(ms.build),
          bareMs(ms.session),
          bareMs(ms.selfCheck),
        )}
      </dd>
    </dl>
  );
}

/** The model in use: where it runs, what it is, how it was tested. */
export function ModelCard() {
  const t = useStrings();
  const w = assumedWords[useApp((app) => app.language)];
  const model = useApp(modelInUse);
  const chooseDevice = useApp((app) => app.chooseDevice);
  if (!model?.info) return null;
  const { info } = model;
  const builtIn = model.source.kind === 'embedded';
  const words = builtIn ? t.aboutBuiltIn : t.aboutFile;
  return (
    <>
      <Choice
        named
        legend={t.device}
        value={model.device}
        choices={[
          ['auto', t.devices.auto],
          ['webgpu', t.devices.webgpu],
          ['wasm', t.devices.wasm],
        ]}
        onChoose={(device) => chooseDevice(model.id, device)}
      />
      <section>
        <h2 className="lab mb-2 wrap-anywhere">{t.about(nameOf(model, t))}</h2>
        <p className="prose">{words(count(info.labels.length), millions(info.parameters))}</p>
        {info.format === 'onnx' && (
          <p className="prose mt-2">
            {w.asItIs} {info.givesProbabilities && w.givesProbabilities}
          </p>
        )}
        {info.labels.length === 0 && <p className="prose mt-2">{t.noClassifier}</p>}
        {builtIn && <p className="prose mt-2">{t.licence}</p>}
      </section>
      <Assumed model={model} info={info} />
      <Tests info={info} />
      <Facts info={info} source={model.source} />
    </>
  );
}
