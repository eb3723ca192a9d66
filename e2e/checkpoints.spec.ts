/** Dropping checkpoints of every kind on the page, and changing what had to be assumed of them. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, type Locator, type Page } from '@playwright/test';
import { OnnxWriter } from '../src/bit/graph/onnx.ts';
import { violations } from './tools/accessible.ts';
import { fileAt, type GivenFile, give, ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';

const committed = 'e2e/fixtures/models';
const shared = path.join(process.env.BIT_LENS_SHARED ?? '../shared', 'golden/models');

interface Case {
  readonly dir: string;
  readonly weights: readonly GivenFile[];
  readonly picture: GivenFile;
  /** The reference's best answer to the picture. */
  readonly best: { readonly index: number; readonly label: string; readonly score: number };
  readonly labels: readonly string[];
}

/** A reference case; null where the larger set is absent. */
function read(name: string): Case | null {
  const dir = [committed, shared].map((root) => path.join(root, name)).find((each) => existsSync(each));
  if (dir === undefined) return null;
  const expected = JSON.parse(readFileSync(path.join(dir, 'expected.json'), 'utf8')) as {
    readonly images: readonly { readonly file: string; readonly top5: readonly Case['best'][] }[];
  };
  const config = JSON.parse(readFileSync(path.join(dir, 'config.json'), 'utf8')) as {
    readonly id2label?: Readonly<Record<string, string>>;
  };
  const [image] = expected.images; // decoded and prepared as the page does it
  const best = image?.top5[0];
  if (image === undefined || best === undefined) throw new Error(`${name} has no answer`);
  const weights = readdirSync(dir).filter((file) =>
    /\.(safetensors|npz)$|^pytorch.*\.bin$|index\.json$/.test(file),
  );
  return {
    dir,
    weights: weights.map((file) => fileAt(path.join(dir, file))),
    picture: { ...fileAt(path.join(dir, image.file)), name: `${name}.png` },
    best,
    labels: Object.values(config.id2label ?? {}),
  };
}

/** The case; a test without it is skipped, and says why. */
function readOrSkip(name: string): Case {
  const one = read(name);
  test.skip(one === null, `no reference cases at ${shared}`);
  if (one === null) throw new Error(`a test goes on after it was skipped, without ${name}`);
  return one;
}
const given = (dir: string, name: string): GivenFile => fileAt(path.join(dir, name));
const whole = (score: number): string => String(Math.round(score * 100));

/** The next picture is answered by the dropped model: the reference's name and its whole per cent. */
async function answers(page: Page, picture: GivenFile, label: string, score: number): Promise<void> {
  await give(page, 'drop', [picture]);
  await expect(page).toHaveURL(/#\/look$/);
  const answer = page.getByRole('region', { name: 'Answer' });
  await row(page, picture.name).click();
  await expect(answer.locator('ol, ul, table').getByText(label).first()).toBeVisible({ timeout: 60_000 });
  await expect(row(page, picture.name).locator('.pc')).toHaveText(whole(score));
  await expect(answer).toContainText('Not checked for this model');
}

async function inUse(page: Page, name: RegExp): Promise<void> {
  await expect(page.locator('button.chip')).toHaveAccessibleName(name, { timeout: 60_000 });
}

/** The open form over what was assumed. */
async function form(page: Page): Promise<Locator> {
  await page.goto(`${page.url().split('#')[0]}#/models`);
  const found = page.getByRole('form', { name: 'Change' });
  if (!(await found.isVisible())) await page.getByText('Change', { exact: true }).click();
  return found;
}

for (const [name, format] of [
  ['p01_preact_default_padding', 'pytorch_model.bin, a zip'],
  ['p02_bottleneck_same_dynamic', 'safetensors'],
  ['p05_preact_dynpad_legacy', 'pytorch_model.bin of the old kind'],
  ['p06_preact_same_nodyn_sharded', 'shards of safetensors'],
  ['p07_timm_preact', 'timm’s names'],
  ['p09_google_npz', 'Google’s npz'],
] as const) {
  test(`${format}, dropped with its JSON: takes over, and answers as the reference`, async ({
    page,
    site,
  }) => {
    const one = readOrSkip(name);
    await site.open(page);
    await ready(page);
    const json = ['config.json', 'preprocessor_config.json'].map((file) => given(one.dir, file));
    await give(page, 'drop', [...one.weights, ...json]);
    await expect(page).toHaveURL(/#\/models$/);
    await inUse(page, /model|pytorch_model/);
    await answers(page, one.picture, one.best.label.split(', ')[0] ?? '', one.best.score);
  });
}

for (const [name, format] of [
  ['p07_timm_preact', 'timm’s names'],
  ['p08_timm_bottleneck_same', 'timm’s names without pre-activation'],
  ['p09_google_npz', 'Google’s npz'],
] as const) {
  test(`${format}, without config.json: inferred, and corrected where a guess is wrong`, async ({
    page,
    site,
  }) => {
    const one = readOrSkip(name);
    await site.open(page);
    await ready(page);
    await give(page, 'drop', [...one.weights, given(one.dir, 'preprocessor_config.json')]);
    await inUse(page, /model\.(safetensors|npz)/);
    const assumed = page.getByRole('heading', { name: 'Assumed' }).locator('..');
    await expect(assumed).toContainText('Groups');
    await expect(assumed).not.toContainText('Mean, std');
    const { num_groups } = JSON.parse(readFileSync(path.join(one.dir, 'config.json'), 'utf8')) as {
      num_groups: number;
    };
    const fields = await form(page);
    const groups = fields.getByLabel('Groups of GroupNorm');
    if ((await groups.inputValue()) !== String(num_groups)) {
      await groups.fill(String(num_groups));
      await fields.getByRole('button', { name: 'Apply' }).click();
      await expect(fields.getByText('Applied.')).toBeVisible({ timeout: 60_000 });
      await expect(assumed).toContainText('chosen by you');
    }
    await answers(page, one.picture, `LABEL_${one.best.index}`, one.best.score);
  });
}

test('weights alone: everything assumed can be changed until the answer is the reference’s', async ({
  page,
  site,
}) => {
  const one = read('p04_preact_os8_fp16');
  if (one === null) throw new Error('the committed case is gone');
  await site.open(page);
  await ready(page);
  await give(page, 'drop', one.weights);
  await inUse(page, /model\.safetensors/);
  const assumed = page.getByRole('heading', { name: 'Assumed' }).locator('..');
  for (const what of [
    'Groups',
    'Padding',
    'Activation',
    'Output stride',
    'Class names',
    'Input',
    'Mean, std',
  ])
    await expect(assumed.getByText(what, { exact: true }).first()).toBeVisible();

  const fields = await form(page);
  await fields.getByLabel('Groups of GroupNorm').fill('5');
  await fields.getByRole('button', { name: 'Apply' }).click();
  await expect(fields.getByRole('alert')).toContainText('num_groups 5 does not divide', { timeout: 60_000 });
  await inUse(page, /model\.safetensors/);

  await fields.getByLabel('Groups of GroupNorm').fill('8');
  await fields.getByLabel('Output stride').selectOption('8');
  await fields
    .getByRole('group', { name: 'Preprocessing' })
    .getByLabel('As')
    .selectOption({ label: '224, bicubic: BitImageProcessor’s defaults' });
  await fields.getByLabel('Resize to, px').fill('56');
  await fields.getByLabel('Crop height, px').fill('48');
  await fields.getByLabel('Crop width, px').fill('56');
  await fields.getByRole('group', { name: 'Class names' }).getByLabel('As').selectOption('My own list');
  await fields.getByRole('textbox', { name: /names: one a line/ }).fill(one.labels.join('\n'));
  await fields.getByRole('button', { name: 'Apply' }).click();
  await expect(fields.getByText('Applied.')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('chosen by you: not the preprocessing of its files')).toBeVisible();
  await answers(page, one.picture, one.best.label.split(', ')[0] ?? '', one.best.score);

  // and back, which is another answer of numbered classes
  await (await form(page)).getByRole('button', { name: 'Back to what its files say' }).click();
  await expect(page.getByText('chosen by you')).toHaveCount(0, { timeout: 60_000 });
  await page.getByRole('link', { name: 'Look' }).first().click();
  await expect(row(page, one.picture.name)).toContainText('LABEL_', { timeout: 60_000 });
});

test('a config.json dropped after the weights goes to them', async ({ page, site }) => {
  const one = read('p03_bottleneck_os16_silu_bf16');
  if (one === null) throw new Error('the committed case is gone');
  await site.open(page);
  await ready(page);
  await give(page, 'drop', one.weights);
  await inUse(page, /model\.safetensors/);
  for (const name of ['config.json', 'preprocessor_config.json'])
    await give(page, 'drop', [given(one.dir, name)]);
  await expect(page.getByText('Its files say everything.')).toBeVisible({ timeout: 60_000 });
  const onDevice = page.getByRole('table').first().getByRole('rowgroup').nth(1);
  await expect(onDevice.getByRole('row')).toHaveCount(3); // the group's name, the built-in one, this one
  await answers(page, one.picture, one.best.label.split(', ')[0] ?? '', one.best.score);
});

test('a whole folder: one form of the model, nothing of what lies around, its pictures answered', async ({
  page,
  site,
}, info) => {
  const one = read('p06_preact_same_nodyn_sharded');
  if (one === null) throw new Error('the committed case is gone');
  const folder = info.outputPath('bit-tiny');
  mkdirSync(path.join(folder, 'checkpoint-20'), { recursive: true });
  mkdirSync(path.join(folder, 'pictures'));
  const put = (name: string, bytes: Buffer | string) => writeFileSync(path.join(folder, name), bytes);
  for (const { name, bytes } of one.weights) put(name, bytes);
  for (const name of ['config.json', 'preprocessor_config.json']) put(name, given(one.dir, name).bytes);
  put('README.md', '# A model');
  put('.gitattributes', '*.bin filter=lfs');
  put('flax_model.msgpack', 'x');
  put('tf_model.h5', 'x');
  put('optimizer.pt', Buffer.from([0x80, 2, 0x7d, 0x2e]));
  put('training_args.bin', Buffer.from([0x80, 2, 0x7d, 0x2e]));
  put('trainer_state.json', '{"log_history": []}');
  const nested = read('p04_preact_os8_fp16');
  put('checkpoint-20/model.safetensors', nested?.weights[0]?.bytes ?? '');
  put('pictures/one.png', one.picture.bytes);
  await site.open(page);
  await ready(page);
  await page.locator('#choose-folder').setInputFiles(folder);
  await inUse(page, /bit-tiny\/model/);
  await expect(page).toHaveURL(/#\/look$/);
  await expect(row(page, 'one.png').locator('.pc')).toHaveText(whole(one.best.score), { timeout: 60_000 });
  await expect(page.getByText('1 picture', { exact: true })).toBeVisible();
  await page.getByRole('link', { name: 'Models' }).first().click();
  await expect(page.getByRole('row', { name: /checkpoint-20/ })).toContainText('Not opened yet');
});

test('a pickle that asks to run code is refused in a sentence with its name, and the old model goes on', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  // os.system('x'), as pickle writes it
  const bytes = Buffer.concat([
    Buffer.from([0x80, 2]),
    Buffer.from('cos\nsystem\nX\x01\0\0\0x\x85R.', 'latin1'),
  ]);
  await give(page, 'drop', [{ name: 'pytorch_model.bin', type: '', bytes }]);
  const notice = page.getByRole('alert').filter({ hasText: 'pytorch_model.bin was not opened.' });
  await expect(notice.first()).toContainText('It asks to run code (os.system). Nothing ran.', {
    timeout: 60_000,
  });
  await give(page, 'drop', [fileAt('public/samples/lighthouse.png')]);
  await expect(row(page, 'lighthouse.png')).toContainText(/lighthouse/i, { timeout: 60_000 });
});

/** A pre-activation BiT of one unit and 1,000 classes: zeros, but for the bias that makes one class the answer. */
function thousand(answer: number): GivenFile {
  const shapes: Record<string, number[]> = {
    'bit.embedder.convolution.weight': [32, 3, 7, 7],
    'bit.norm.weight': [128],
    'bit.norm.bias': [128],
    'classifier.1.weight': [1_000, 128],
    'classifier.1.bias': [1_000],
  };
  const unit = 'bit.encoder.stages.0.layers.0';
  for (const [i, [width, out, side]] of (
    [
      [32, 32, 1],
      [32, 32, 3],
      [32, 128, 1],
    ] as const
  ).entries()) {
    shapes[`${unit}.norm${i + 1}.weight`] = [width];
    shapes[`${unit}.norm${i + 1}.bias`] = [width];
    shapes[`${unit}.conv${i + 1}.weight`] = [out, width, side, side];
  }
  shapes[`${unit}.downsample.conv.weight`] = [128, 32, 1, 1];
  let end = 0;
  const header: Record<string, unknown> = {};
  let bias = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const begin = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: 'F32', shape, data_offsets: [begin, end] };
    if (name === 'classifier.1.bias') bias = begin;
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const data = Buffer.alloc(end);
  data.writeFloatLE(12, bias + 4 * answer);
  return { name: 'thousand.safetensors', type: '', bytes: Buffer.concat([length, json, data]) };
}

test('1,000 classes without names get those of ImageNet; offline they keep their numbers, and the page says so', async ({
  page,
  site,
}) => {
  await site.open(page);
  await ready(page);
  await page.context().route('**/labels/**', (route) => route.abort());
  await give(page, 'drop', [thousand(207), { ...fileAt('public/samples/lighthouse.png'), name: 'a.png' }]);
  await expect(row(page, 'a.png')).toContainText('LABEL_207', { timeout: 60_000 });
  await expect(page.getByText('The class names could not be fetched.').first()).toBeVisible();
  await page.context().unroute('**/labels/**');
  await give(page, 'drop', [{ ...thousand(207), name: 'again.safetensors' }]);
  await inUse(page, /again/);
  await expect(page.getByText('ImageNet-1k, by the number of classes')).toBeVisible();
  await page.getByRole('link', { name: 'Look' }).first().click();
  await expect(row(page, 'a.png')).toContainText('Golden Retriever', { timeout: 60_000 });
});

/** A classifier of any size of picture whose answer is the brightest of the three colours. */
function colours(): GivenFile {
  const graph = new OnnxWriter();
  const x = graph.input('image', ['N', 3, 'H', 'W']);
  const means = graph.node('ReduceMean', [x, graph.integers([2, 3])], { keepdims: 0 });
  const weight = graph.floats([9, 0, 0, 0, 9, 0, 0, 0, 9], [3, 3]);
  graph.output('scores', graph.node('MatMul', [means, weight]), ['N', 3]);
  return { name: 'colours.onnx', type: '', bytes: Buffer.from(graph.finish('colours')) };
}

test('someone else’s .onnx asks at once for its input and its names', async ({ page, site }) => {
  await site.open(page);
  await ready(page);
  await give(page, 'drop', [colours()]);
  await inUse(page, /colours\.onnx/);
  const fields = page.getByRole('form', { name: 'Change' });
  await expect(fields).toBeVisible();
  await expect(fields.getByRole('group', { name: 'Network' })).toHaveCount(0);
  for (const name of ['Resize to, px', 'Crop height, px', 'Crop width, px'])
    await fields.getByLabel(name).fill('32');
  await fields.getByRole('group', { name: 'Class names' }).getByLabel('As').selectOption('My own list');
  await fields
    .getByRole('textbox', { name: /names: one a line/ })
    .fill('{"0": "red", "1": "green", "2": "blue"}');
  await fields.getByRole('button', { name: 'Apply' }).click();
  await expect(fields.getByText('Applied.')).toBeVisible({ timeout: 60_000 });
  await give(page, 'drop', [{ ...fileAt('public/samples/lighthouse.png'), name: 'sky.png' }]);
  await expect(row(page, 'sky.png')).toContainText(/red|green|blue|Not sure/, { timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Answer' })).toContainText('centre crop 32');
});

for (const colorScheme of ['light', 'dark'] as const) {
  for (const [width, height] of [
    [1280, 800],
    [390, 844],
  ] as const) {
    test(`the form has no axe violations, ${colorScheme}, ${width} px, nothing wider than the page`, async ({
      browser,
      site,
    }) => {
      const page = await browser.newPage({ colorScheme, viewport: { width, height } });
      await site.open(page);
      await ready(page);
      await give(page, 'drop', read('p04_preact_os8_fp16')?.weights ?? []);
      await expect(page.getByRole('heading', { name: 'Assumed' })).toBeVisible({ timeout: 60_000 });
      const fields = await form(page);
      await fields.getByRole('group', { name: 'Class names' }).getByLabel('As').selectOption('My own list');
      expect(await violations(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    });
  }
}
