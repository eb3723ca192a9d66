/** A test with the stand-in for the hub and the page of sources beside it, both kept for the worker's life. */
import { test as base } from '@playwright/test';
import { serveModels } from './models.ts';
import { type HubServer, startHub } from './server.ts';
import { type SourceSite, servePage } from './site.ts';

export const hubTest = (models: Parameters<typeof serveModels>[1] = {}) =>
  base.extend<object, { hub: HubServer; site: SourceSite }>({
    hub: [
      async ({ playwright: _ }, use) => {
        const hub = await startHub();
        serveModels(hub, models);
        await use(hub);
        await hub.close();
      },
      { scope: 'worker' },
    ],
    site: [
      async ({ playwright: _ }, use) => {
        const site = await servePage();
        await use(site);
        await site.close();
      },
      { scope: 'worker' },
    ],
  });
