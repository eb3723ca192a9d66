/** The words around a taught classifier from elsewhere. `ja` must satisfy the type of `en`. */
import type { Language } from '../shell/shell.ts';

const en = {
  title: 'Taught classes',
  fromLink: 'What came holds class names and the last layer. No pictures.',
  classes: (n: string) => `${n} classes`,
  andMore: (n: string) => `and ${n} more`,
  stands: (name: string) => `They were taught on ${name}.`,
  builtIn: 'the built-in model',
  tested: (right: string, n: string) =>
    `Whoever taught them tested them on ${n} pictures held out: ${right} were right.`,
  untested: 'They came without a test.',
  use: 'Use them',
  no: 'Not now',
  opening: 'Looking for their model on this device…',
  backbone: (name: string) => `Their model, ${name}, is not on this device.`,
  findIt: 'Look it up on the Hub',
  findHow: 'You will see its size and be asked before anything is downloaded.',
  dropIt: (name: string) => `Open its file ${name}, or drop it here; the classes then answer by themselves.`,
  fingerprint: (hash: string) => `SHA-256 of its weights begins with ${hash}.`,
};
export type HeadWords = typeof en;

const ja: HeadWords = {
  title: '教えた分類',
  fromLink: '入っているのは分類名と最終層だけで、画像はありません。',
  classes: (n) => `分類 ${n} 種`,
  andMore: (n) => `ほか ${n} 種`,
  stands: (name) => `${name} の上で教えたものです。`,
  builtIn: '内蔵モデル',
  tested: (right, n) => `作った人の検証では、見せていない画像 ${n} 枚中 ${right} 枚が正解でした。`,
  untested: '検証の結果は付いていません。',
  use: '使う',
  no: '今はやめる',
  opening: 'この端末でモデルを探しています…',
  backbone: (name) => `元のモデル ${name} がこの端末にありません。`,
  findIt: 'Hub で探す',
  findHow: '大きさを表示し、ダウンロードの前に確認します。',
  dropIt: (name) => `ファイル ${name} を開くか、ここにドロップすると、この分類で答えます。`,
  fingerprint: (hash) => `重みの SHA-256 は ${hash} で始まります。`,
};

export const headWords = (language: Language): HeadWords => (language === 'ja' ? ja : en);
