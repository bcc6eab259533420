import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import type { Server } from './rig.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** A headless browser of this machine in which a hostname, by plain HTTP, is a server of the rig. */
export async function openBrowser(server: Server, hostname: string): Promise<Browser> {
  const executablePath = (process.env.PATH ?? '')
    .split(delimiter)
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
    .find(existsSync);
  if (!executablePath) throw new Error('there is no Chromium on this machine (apt-get install chromium)');
  const { host } = new URL(server.http);
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-features=HttpsUpgrades',
      `--host-resolver-rules=MAP ${hostname} ${host}`,
    ],
  });
}

/** Collects what a person with open developer tools would see in red: errors, exceptions, requests that failed. */
export function redLines(page: Page): string[] {
  const lines: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') lines.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => lines.push(`exception: ${error.message}`));
  page.on('response', (response) => {
    if (response.status() >= 400) lines.push(`${response.status()} ${response.url()}`);
  });
  page.on('requestfailed', (request) => {
    const reason = request.failure()?.errorText ?? '';
    // A page that is left gives up what it was asking for.
    if (reason !== 'net::ERR_ABORTED') lines.push(`${reason} ${request.url()}`);
  });
  return lines;
}
