/** What a copy of this page answers by stands in the page itself, in a data block: nothing of it is run. */

const ELEMENT = 'bit-lens-classifier';

/** The page with the classifier in place of any that it has. */
export function withClassifier(html: string, classifier: Readonly<Record<string, string>>): string {
  const json = JSON.stringify(classifier).replaceAll('<', '\\u003c');
  const element = `<script type="application/json" id="${ELEMENT}">${json}</script>`;
  return withoutClassifier(html).replace('</head>', () => `${element}</head>`);
}

export const withoutClassifier = (html: string): string =>
  html.replace(new RegExp(`<script[^>]*id="${ELEMENT}">[^<]*</script>`), '');
