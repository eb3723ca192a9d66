/** The fields of the form over what was assumed: native controls, each with its label. */
import { type ReactNode, useId } from 'react';
import type { InputChoice } from '../../bit/index.ts';
import type { ModelInfo } from '../../engine/protocol.ts';
import { inputSize } from '../classify/prepared.ts';
import { count } from '../figures.ts';
import { useStrings } from '../shell/Words.tsx';
import type { Strings } from '../strings.ts';
import { choiceAt, type Draft, draftOf, preprocessingDraft } from './draft.ts';
import type { AssumedWords } from './words.ts';

/** hidden_act names of BitConfig (bit/config.ts), the usual ones first. */
const ACTS = [
  'relu',
  'gelu',
  'silu',
  'relu6',
  'leaky_relu',
  'gelu_new',
  'gelu_pytorch_tanh',
  'quick_gelu',
  'mish',
  'hardswish',
  'tanh',
  'sigmoid',
  'relu2',
  'linear',
];
const STRIDES = ['32', '16', '8', '4'];
const FILTERS = ['bilinear', 'bicubic', 'lanczos', 'nearest', 'box', 'hamming'] as const;
/** Pillow's numbers, in the order of FILTERS. */
const FILTER_NUMBERS = ['2', '3', '1', '0', '4', '5'];

export interface FieldsProps {
  readonly draft: Draft;
  readonly info: ModelInfo;
  readonly w: AssumedWords;
  readonly change: (part: Partial<Draft>) => void;
}

function Field({
  label,
  wide,
  children,
}: {
  label: string;
  wide?: boolean;
  children: (id: string) => ReactNode;
}) {
  const id = useId();
  return (
    <div className={wide ? 'field col-span-2' : 'field'}>
      <label htmlFor={id}>{label}</label>
      {children(id)}
    </div>
  );
}

function Select(props: {
  label: string;
  wide?: boolean;
  value: string;
  options: readonly (readonly [value: string, text: string])[];
  onChoose: (value: string) => void;
}) {
  return (
    <Field label={props.label} {...(props.wide && { wide: true })}>
      {(id) => (
        <select id={id} value={props.value} onChange={(event) => props.onChoose(event.target.value)}>
          {props.options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function NumberField(props: { label: string; value: string; max: number; onType: (value: string) => void }) {
  return (
    <Field label={props.label}>
      {(id) => (
        <input
          id={id}
          type="number"
          required
          min={1}
          max={props.max}
          step={1}
          value={props.value}
          onChange={(event) => props.onType(event.target.value)}
        />
      )}
    </Field>
  );
}

function Numbers(props: { label: string; hint: string; value: string; onType: (value: string) => void }) {
  return (
    <Field label={props.label}>
      {(id) => (
        <input
          id={id}
          required
          inputMode="decimal"
          title={props.hint}
          pattern="\s*-?[0-9]*\.?[0-9]+([,;\s]+-?[0-9]*\.?[0-9]+){0,3}\s*"
          value={props.value}
          onChange={(event) => props.onType(event.target.value)}
        />
      )}
    </Field>
  );
}

export function Preprocessing({ draft, info, w, change }: FieldsProps) {
  const t = useStrings();
  const at = choiceAt(info.inputs, draft);
  const presets = info.inputs.map((choice, i) => [String(i), choiceWords(choice, w, t)] as const);
  const take = (index: string) => {
    const choice = info.inputs[Number(index)];
    if (choice) change(preprocessingDraft(choice.processor));
  };
  const kept = draftOf(info).geometry === 'kept';
  const ways = (['crop', 'squash', ...(kept ? (['kept'] as const) : [])] as const).map(
    (way) => [way, w.geometries[way]] as const,
  );
  return (
    <fieldset className="fields">
      <legend>{w.preprocessing}</legend>
      <Select
        wide
        label={w.as}
        value={String(at)}
        options={[...presets, ...(at < 0 ? [['-1', w.own] as const] : [])]}
        onChoose={take}
      />
      <Select
        wide
        label={w.geometry}
        value={draft.geometry}
        options={ways}
        onChoose={(value) => change({ geometry: ways.find(([way]) => way === value)?.[0] ?? 'crop' })}
      />
      {draft.geometry !== 'kept' && (
        <>
          <NumberField label={w.edge} value={draft.edge} max={4096} onType={(edge) => change({ edge })} />
          <Select
            label={w.filter}
            value={draft.resample}
            options={FILTERS.map((name, i) => [FILTER_NUMBERS[i] ?? '', t.filters[name]])}
            onChoose={(resample) => change({ resample })}
          />
          <NumberField
            label={w.height}
            value={draft.height}
            max={4096}
            onType={(height) => change({ height })}
          />
          <NumberField label={w.width} value={draft.width} max={4096} onType={(width) => change({ width })} />
          <Numbers
            label={w.mean}
            hint={w.perChannel}
            value={draft.mean}
            onType={(mean) => change({ mean })}
          />
          <Numbers label={w.std} hint={w.perChannel} value={draft.std} onType={(std) => change({ std })} />
        </>
      )}
    </fieldset>
  );
}

export function Network({ draft, w, change }: FieldsProps) {
  const own = (list: readonly string[], value: string) => (list.includes(value) ? list : [value, ...list]);
  return (
    <fieldset className="fields">
      <legend>{w.network}</legend>
      <NumberField
        label={w.groups}
        value={draft.num_groups}
        max={65_536}
        onType={(num_groups) => change({ num_groups })}
      />
      <Select
        label={w.stride}
        value={draft.output_stride}
        options={own(STRIDES, draft.output_stride).map((each) => [each, each])}
        onChoose={(output_stride) => change({ output_stride })}
      />
      <Select
        label={w.padding}
        value={draft.global_padding}
        options={[
          ['', w.padFixed],
          ['SAME', 'SAME'],
          ['VALID', 'VALID'],
        ]}
        onChoose={(global_padding) => change({ global_padding })}
      />
      <Select
        label={w.activation}
        value={draft.hidden_act}
        options={own(ACTS, draft.hidden_act).map((each) => [each, each])}
        onChoose={(hidden_act) => change({ hidden_act })}
      />
      <label className="check col-span-2">
        <input
          type="checkbox"
          checked={draft.embedding_dynamic_padding}
          onChange={(event) => change({ embedding_dynamic_padding: event.target.checked })}
        />
        {w.dynamic}
      </label>
    </fieldset>
  );
}

export function Names({ draft, info, w, change }: FieldsProps) {
  const classes = info.labels.length;
  if (classes === 0) return null;
  const options = [
    ['now', w.namesNow],
    ['file', w.namesFile],
    ...(classes === 1_000 ? [['imagenet-1k', 'ImageNet-1k'] as const] : []),
    ...(classes === 21_843 ? [['imagenet-21k', 'ImageNet-21k'] as const] : []),
    ['own', w.namesOwn],
  ] as const;
  const read = async (file: File | undefined) => {
    if (file) change({ labelText: await file.text() });
  };
  return (
    <fieldset className="fields">
      <legend>{w.names}</legend>
      <Select
        wide
        label={w.as}
        value={draft.labels}
        options={options}
        onChoose={(value) => change({ labels: options.find(([each]) => each === value)?.[0] ?? 'now' })}
      />
      {draft.labels === 'own' && (
        <>
          <Field wide label={w.list(count(classes))}>
            {(id) => (
              <textarea
                id={id}
                required
                rows={5}
                spellCheck={false}
                value={draft.labelText}
                onChange={(event) => change({ labelText: event.target.value })}
              />
            )}
          </Field>
          <Field wide label={w.listFile}>
            {(id) => (
              <input
                id={id}
                type="file"
                accept=".txt,.json,.tsv,.csv,text/plain,application/json"
                onChange={(event) => void read(event.target.files?.[0])}
              />
            )}
          </Field>
        </>
      )}
    </fieldset>
  );
}

/** Size and filter, then the first of the checkpoints made so: more names are too long for a list. */
function choiceWords({ kind, names, processor }: InputChoice, w: AssumedWords, t: Strings): string {
  const filter =
    t.filters[
      (['nearest', 'lanczos', 'bilinear', 'bicubic', 'box', 'hamming'] as const)[processor.resample ?? 2]
    ];
  const who = {
    own: w.ownFile,
    published: names[0] ?? w.otherPublished,
    squash: w.squashBy,
    'class-defaults': w.classDefaults,
  }[kind];
  return `${inputSize(processor)}${t.comma}${filter}: ${who}`;
}
