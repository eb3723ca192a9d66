/** The words of the map; apart from strings.ts, as they come with it after the first paint. */
import type { Area } from '../../bit/index.ts';
import type { Language } from '../shell/shell.ts';
import type { Overlay } from './maps.ts';

const COUNTS = ['no area', 'one area', 'two areas', 'three areas', 'four areas'];

const en = {
  overlay: 'Map on the picture',
  overlays: { off: 'Off', heat: 'Heat', veil: 'Veil', cells: 'Cells' } satisfies Record<Overlay, string>,
  less: 'Less',
  more: 'more support for **{x}**',
  scaled: 'Scaled per picture, not comparable between pictures',
  smooth: (grid: string) => `The map is ${grid}, drawn smooth; the white line is half its peak.`,
  grid: (grid: string) => `The map is ${grid}; the white line is around what has at least half its peak.`,
  proof: 'It shows where support came from, not proof of cause.',
  finding: 'Making the map…',
  nothing: 'No place in this picture speaks for **{x}**.',
  failed: 'The map could not be made. ',
  impossible: 'No map: this model gives answers only, not the features that a map is made of.',
  twin: (label: string, place: string, areas: string) =>
    `Map of support for ${label}: strongest in the ${place}, ${areas}`,
  twinNothing: (label: string) => `Map of support for ${label}: no place in the picture speaks for it`,
  place: ({ row, column }: Pick<Area, 'row' | 'column'>) =>
    row === 'middle' && column === 'middle' ? 'middle' : `${row} ${column}`,
  areas: (n: number) => COUNTS[n] ?? `${n} areas`,
};

export type MapWords = typeof en;

const ROWS = { upper: '上', middle: '中央', lower: '下' } as const;
const COLUMNS = { left: '左', middle: '中央', right: '右' } as const;

const ja: MapWords = {
  overlay: '画像に重ねる地図',
  overlays: { off: 'なし', heat: '色', veil: '陰影', cells: 'マス' },
  less: '弱い',
  more: '**{x}**の根拠が強い',
  scaled: '画像ごとに最大値をそろえているので、画像どうしは比べられません',
  smooth: (grid) => `地図は ${grid} を滑らかに描いたもの、白い線は最大値の半分です。`,
  grid: (grid) => `地図は ${grid}、白い線は最大値の半分以上を囲みます。`,
  proof: '根拠のあった場所です。原因の証明ではありません。',
  finding: '地図を作っています…',
  nothing: 'この画像に**{x}**の根拠となる場所はありません。',
  failed: '地図を作れませんでした。',
  impossible: '地図はありません。このモデルは答えだけを出し、地図のもとになる特徴を出しません。',
  twin: (label, place, areas) => `${label} の根拠の地図:最も強いのは${place}、${areas}`,
  twinNothing: (label) => `${label} の根拠の地図:根拠となる場所はありません`,
  place({ row, column }) {
    if (row === 'middle') return column === 'middle' ? '中央' : `${COLUMNS[column]}側の中ほど`;
    return column === 'middle' ? `${ROWS[row]}側の中ほど` : `${COLUMNS[column]}${ROWS[row]}`;
  },
  areas: (n) => `${n} か所`,
};

export const mapWords: Readonly<Record<Language, MapWords>> = { en, ja };
