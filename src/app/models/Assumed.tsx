import type { Assumption } from '../../bit/index.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import { preparedWords } from '../classify/prepared.ts';
import { Label, useStrings } from '../shell/Words.tsx';
import { useApp } from '../store.ts';
import type { Strings } from '../strings.ts';
import { AssumedForm } from './AssumedForm.tsx';
import type { SessionModel } from './models.ts';
import { type AssumedWords, assumedWords } from './words.ts';

/** Values of a mean or a std, or a dash where nothing is normalized. */
const numbers = (value: number | readonly number[] | null): string => {
  if (value === null || typeof value === 'number') return String(value ?? '–');
  return [...new Set(value)].map((each) => String(Number(each.toFixed(3)))).join(' ');
};

function value(what: Assumption, info: ModelInfo, w: AssumedWords, t: Strings): string {
  const { config, processor } = info;
  switch (what) {
    case 'num_groups':
      return String(config.num_groups);
    case 'padding': {
      const pad = config.global_padding ?? w.padFixed;
      return config.embedding_dynamic_padding ? `${pad}${t.comma}${w.padDynamic}` : pad;
    }
    case 'hidden_act':
      return config.hidden_act;
    case 'output_stride':
      return String(config.output_stride);
    case 'labels':
      return w.labelsFrom[info.labelsFrom];
    case 'input':
      return preparedWords(processor, t);
    case 'normalization':
      return `${numbers(processor.imageMean)}${t.comma}${numbers(processor.imageStd)}`;
  }
}

function why(what: Assumption, { config }: ModelInfo, w: AssumedWords): string {
  if (what === 'num_groups' && config.num_groups !== 32) return w.fewerGroups;
  if (what === 'padding' && config.layer_type === 'bottleneck') return w.uncertainPadding;
  return w.why[what];
}

/** What a person chose, under the names of the assumptions that it takes the place of. */
function chosenOf({ source }: SessionModel): Assumption[] {
  const choices = source.kind === 'embedded' ? undefined : source.choices;
  const config = choices?.config ?? {};
  const padding = 'global_padding' in config || 'embedding_dynamic_padding' in config;
  return [
    ...(['num_groups', 'hidden_act', 'output_stride'] as const).filter((key) => key in config),
    ...(padding ? (['padding'] as const) : []),
    ...(choices?.processor === undefined ? [] : (['input', 'normalization'] as const)),
    ...(choices?.labels === undefined ? [] : (['labels'] as const)),
  ];
}

/** What the model's files do not say and was assumed, in words, with what a person chose; and the form to change it. */
export function Assumed({ model, info }: { model: SessionModel; info: ModelInfo }) {
  const t = useStrings();
  const w = assumedWords[useApp((app) => app.language)];
  if (model.source.kind === 'embedded') return null;
  const chosen = chosenOf(model);
  const likely = info.inputs[0]?.names[0];
  const rows: readonly (readonly [Assumption, boolean])[] = [
    ...chosen.map((what) => [what, true] as const),
    ...info.assumed.filter((what) => !chosen.includes(what)).map((what) => [what, false] as const),
  ];
  return (
    <section>
      <h2 className="lab mb-2">{w.assumed}</h2>
      <p className="prose mb-3">{rows.length === 0 ? w.assumedNothing : w.assumedNote}</p>
      {rows.length > 0 && (
        <dl className="facts">
          {rows.map(([what, mine]) => (
            <div key={what} className="contents">
              <dt>{w.what[what]}</dt>
              <dd>
                {value(what, info, w, t)}
                <small className={mine ? 'block cap text-accent!' : 'block cap'}>
                  {mine ? w.chosen : why(what, info, w)}
                  {!mine && what === 'input' && likely !== undefined && (
                    <>
                      {t.comma}
                      <Label>{likely}</Label>
                    </>
                  )}
                </small>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <AssumedForm key={model.id} model={model} info={info} />
    </section>
  );
}
