/** The address of a picture, pasted or dragged from another page: fetched where its host lets the page, else the way out is told. */
import { expect, type Page } from '@playwright/test';
import { Host } from './tools/host.ts';
import { ready, row } from './tools/person.ts';
import { test } from './tools/site.ts';
import { lesson } from './tools/teaching.ts';

/** An address as a browser hands it over: copied from the address bar, or a link dragged from a page. */
async function giveAddress(page: Page, how: 'paste' | 'drop', address: string): Promise<void> {
  await page.evaluate(
    ([how, address]) => {
      const data = new DataTransfer();
      data.setData(how === 'paste' ? 'text/plain' : 'text/uri-list', address);
      const options = { bubbles: true, cancelable: true };
      if (how === 'paste')
        document.body.dispatchEvent(new ClipboardEvent('paste', { ...options, clipboardData: data }));
      else
        for (const type of ['dragenter', 'dragover', 'drop'])
          document
            .querySelector('main')
            ?.dispatchEvent(new DragEvent(type, { ...options, dataTransfer: data }));
    },
    [how, address] as const,
  );
}

test('a picture’s address is fetched without a word of who asks, answered, and taught with', async ({
  page,
  site,
}) => {
  const host = new Host('public/samples', { headers: () => ({ 'access-control-allow-origin': '*' }) });
  await host.start();
  await site.open(page);
  await ready(page);
  const headers: Record<string, string>[] = [];
  page.on('request', (request) => {
    if (request.url().startsWith(host.url)) headers.push(request.headers());
  });
  await giveAddress(page, 'paste', `${host.url}snail.png?size=large`);
  await expect(row(page, 'snail.png')).toContainText('snail', { timeout: 60_000 });
  await giveAddress(page, 'drop', `${host.url}bus.png\r\n`);
  await expect(row(page, 'bus.png')).toContainText(/bus/i, { timeout: 60_000 });
  expect(headers).toHaveLength(2);
  for (const sent of headers) {
    expect(sent.referer ?? '').toBe('');
    expect(sent.cookie).toBeUndefined();
  }
  await expect(page.getByText('A picture is fetched from')).toHaveCount(0);

  await page.goto(`${await site.url()}#/teach`);
  await expect(lesson(page, 0)).toBeVisible();
  await giveAddress(page, 'paste', `${host.url}ladybug.png`);
  await page.getByRole('button', { name: 'Class 1', exact: true }).click({ timeout: 60_000 });
  await expect(lesson(page, 0)).toContainText('1 picture');
  await host.stop();
});

test('where the host forbids it, or no picture is there, the way out is told, and nothing is lost', async ({
  page,
  site,
}) => {
  const closed = new Host('public/samples');
  const open = new Host('public', { headers: () => ({ 'access-control-allow-origin': '*' }) });
  await Promise.all([closed.start(), open.start()]);
  await site.open(page);
  await ready(page);
  const rows = await page.locator('.tray [title]').count();
  const notice = page.locator('.strip').first();
  await giveAddress(page, 'drop', `${closed.url}snail.png`);
  await expect(notice).toContainText(
    `${new URL(closed.url).host} does not let this page fetch that picture. Save it, then drop the file.`,
  );
  await giveAddress(page, 'paste', `${open.url}samples/none.png`);
  await expect(notice).toContainText(`There is no picture at that address of ${new URL(open.url).host}`);
  // a host that calls a model or taught classes a picture gets neither opened
  await notice.getByRole('button').click();
  await giveAddress(page, 'paste', `${open.url}models/model.safetensors`);
  await expect(notice).toContainText(`There is no picture at that address of ${new URL(open.url).host}`);
  await expect(page.getByRole('button', { name: /^Model: / })).toHaveAccessibleName(/Built-in/);
  expect(await page.locator('.tray [title]').count()).toBe(rows);

  // text that is no address, and an address in a field, ask no host
  const asked = open.asked.length;
  await giveAddress(page, 'paste', `see ${open.url}samples/bus.png`);
  await page.goto(`${await site.url()}#/models`);
  for (const how of ['paste', 'drop'] as const) await giveAddress(page, how, `${open.url}samples/bus.png`);
  await page.waitForTimeout(500);
  expect(open.asked.length).toBe(asked);
  await Promise.all([closed.stop(), open.stop()]);
});
