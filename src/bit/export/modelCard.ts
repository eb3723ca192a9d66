import type { TaughtHead } from './taught.ts';

/** The README.md of an exported folder: what it is, what is known of it, how to load it. */
export function modelCard({ name, head, backbone, evaluation }: TaughtHead): string {
  const tested = evaluation.map(
    ({ n, top1 }) =>
      `On ${n} pictures held out in cross-validation, ${Math.round(n * top1)} answers were right. ` +
      'They were taken by whoever taught the classes; other pictures may fare worse.',
  );
  const classes = head.labels.map((label) => `- ${plain(label)}`);
  return `${[
    '---',
    'pipeline_tag: image-classification',
    'library_name: transformers',
    '---',
    '',
    `# ${plain(name)}`,
    '',
    `An image classifier of ${head.labels.length} classes: BiT with a last layer of its own. Only that layer was trained; the backbone is as it was published.`,
    '',
    ...classes,
    '',
    `Backbone: ${plain(backbone.name)}, weights with SHA-256 \`${backbone.sha256}\`. The backbone's own licence holds for its weights.`,
    '',
    tested[0] ?? 'It was not tested.',
    '',
    '```python',
    'from transformers import pipeline',
    '',
    'pipe = pipeline("image-classification", model="path/to/this/folder")',
    'print(pipe("picture.jpg"))',
    '```',
  ].join('\n')}\n`;
}

/** A name as one line of Markdown that stays text. */
const plain = (text: string): string => text.replace(/\s+/g, ' ').replace(/[\\`*_[\]<>#|]/g, '\\$&');
