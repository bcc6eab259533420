import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { type ActionRun, startAction } from './support/action.ts';
import { wayTo } from './support/app.ts';
import { openBrowser, redLines } from './support/browser.ts';
import { expectGood } from './support/expect.ts';
import { ROOT } from './support/process.ts';
import { type Rig, rigDown, rigUp, type Server } from './support/rig.ts';

// examples/restaurant as its guests see it, in a real browser, while it is deployed. Its compose file is as it is.

jest.setTimeout(600_000);

const HOSTNAME = 'restaurant.example.com';
const SECRETS = { DJANGO_SECRET_KEY: 'for-tests-alone-'.repeat(4), DB_PASSWORD: 'a-password-for-tests' };

let rig: Rig;
let server: Server;
let folder: string;
let browser: Browser;

beforeAll(async () => {
  rig = await rigUp(1);
  [server] = rig.servers as [Server];
  folder = mkdtempSync(join(tmpdir(), 'e2e-restaurant-'));
  cpSync(join(ROOT, 'examples', 'restaurant'), folder, {
    recursive: true,
    filter: (path) => !/\/(node_modules|\.venv|__pycache__|dist)$/.test(path),
  });
  browser = await openBrowser(server, HOSTNAME);
  expectGood(await deploy('first').ended);
});
afterAll(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
  await rigDown();
});

const deploy = (version: string): ActionRun =>
  startAction(folder, 'deploy', {
    ...wayTo(rig, server),
    secrets: JSON.stringify(SECRETS),
    version,
    skip: 'test',
  });

/** Opens the page, looks at the menu, orders the first dish, waits for it. Gives what the guest was told. */
async function dine(page: Page, guest: string): Promise<string> {
  await page.goto(`http://${HOSTNAME}/`);
  const dishes = page.getByRole('region', { name: 'Menu' }).getByRole('listitem');
  await dishes.first().waitFor();
  expect(await dishes.count()).toBeGreaterThanOrEqual(3);
  await dishes.first().getByRole('button', { name: /^Add / }).click();
  await page.getByLabel('Name for the order').fill(guest);
  await page.getByRole('button', { name: 'Order', exact: true }).click();
  await page.getByRole('heading', { name: 'Grazie!' }).waitFor();
  const kitchen = page.getByRole('status', { name: 'Kitchen' });
  await kitchen.and(page.locator('[data-at=served], [data-at=quiet]')).waitFor();
  return (await kitchen.innerText()).replace(/\s+/g, ' ');
}

const badge = (page: Page) => page.getByRole('status', { name: 'Release' });

test('the menu shows and an order goes through before, during and after a switch', async () => {
  const guest = await browser.newPage();
  const red = redLines(guest);
  // Somebody who has the page open all the time, and does nothing.
  const watcher = await browser.newPage();
  const redOfWatcher = redLines(watcher);

  expect(await dine(guest, 'Ada')).toMatch(/^Served\. Cooked by blue, release \S+-first\.$/);
  await watcher.goto(`http://${HOSTNAME}/`);
  await badge(watcher).getByText('blue').waitFor();

  const config = join(folder, 'deploy.yml');
  writeFileSync(config, readFileSync(config, 'utf8').replace('clear: {', 'clear: { SPECIAL: risotto,'));
  const run = deploy('second');
  let over = false;
  const ended = run.ended.finally(() => {
    over = true;
  });
  const told: string[] = [];
  while (!over) told.push(await dine(guest, `Guest ${told.length + 1}`));

  const { outputs } = expectGood(await ended);
  expect(outputs).toMatchObject({ color: 'green', 'failed-requests': '0' });
  for (const words of told)
    expect(words).toMatch(/^Served\. Cooked by (blue|green), release \S+-(first|second)\.$/);
  // Dinners were under way on both sides of the switch.
  expect(told[0]).toContain('by blue');
  expect(told.at(-1)).toContain('by green');

  expect(await dine(guest, 'Grace')).toMatch(/^Served\. Cooked by green, release \S+-second\.$/);
  await badge(watcher).getByText('green').waitFor();
  expect([...red, ...redOfWatcher]).toEqual([]);
});
