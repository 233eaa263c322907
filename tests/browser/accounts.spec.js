// @ts-check
// People: how they come in and go, and what each may see.
import { enterAs, expect, test } from './desk.js';
import { ANA } from './installation.js';
import { button, field, heading, link, menu, tabs } from './screen.js';

/** @typedef {import('@playwright/test').Page} Page */

const WRONG = 'this is not the password';
const ANOTHER = 'another long password of mine';

/** @param {Page} page @param {string} name @param {string} password */
async function signIn(page, name, password) {
  await expect(heading(page, 'Sign in')).toBeVisible();
  await field(page, 'Name').fill(name);
  await field(page, 'Password').fill(password);
  await button(page, 'Sign in').click();
}

/** @param {Page} page @param {string} name */
async function signOut(page, name) {
  await page.getByRole('button', { name: new RegExp(`account of ${name}`) }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(heading(page, 'Sign in')).toBeVisible();
}

/** @param {Page} page @param {string} label */
const table = (page, label) => page.getByRole('table', { name: label });

test('one signs in, is told of a wrong password, and comes back to where one wanted to go', async ({
  page,
  administrator,
  installation,
}) => {
  expect((await administrator.get('/session')).user.name).toBe(ANA.name);
  await page.goto(`${installation.origin}/administration/audit`);
  await signIn(page, ANA.name, WRONG);
  await expect(field(page, 'Password')).toHaveAccessibleDescription(/password/i);
  await expect(field(page, 'Password')).toHaveAttribute('aria-invalid', 'true');
  await expect(field(page, 'Password')).toBeFocused();
  await signIn(page, 'nobody', WRONG);
  await expect(field(page, 'Password'), 'names cannot be guessed').toHaveAccessibleDescription(/password/i);

  await signIn(page, ANA.name, ANA.password);
  await expect(heading(page, 'Administration')).toBeVisible();
  await expect(page).toHaveURL(`${installation.origin}/administration/audit`);
  await expect(table(page, 'Audit log, newest first')).toContainText('Was refused at sign-in');

  await signOut(page, ANA.display_name);
  await page.goBack();
  await expect(heading(page, 'Sign in'), 'nothing of the session is left').toBeVisible();
});

test('a session that ended elsewhere leads to the sign-in page, and back', async ({
  page,
  administrator,
  installation,
}) => {
  expect((await administrator.get('/session')).state).toBe('signed_in');
  await enterAs(page, installation, '/administration/users');
  await expect(table(page, 'Users')).toBeVisible();
  await administrator.ask('PUT', '/session/password', { current_password: ANA.password, new_password: ANOTHER });
  await link(tabs(page, 'Administration'), 'Audit log').click();
  await expect(page.getByText('Your session ended')).toBeVisible();
  await signIn(page, ANA.name, ANOTHER);
  await expect(table(page, 'Audit log, newest first')).toContainText('Changed own password');
});

test('who is invited sets a password by the link, and sees what the role allows', async ({
  page,
  browser,
  administrator,
  installation,
  simulator,
}) => {
  const id = await administrator.connect(simulator);
  await enterAs(page, installation, '/administration/users');
  await button(page, 'Add user').click();
  const dialogue = page.getByRole('dialog', { name: 'Add user' });
  await button(dialogue, 'Add user').click();
  await expect(field(dialogue, 'Name to sign in with')).toHaveAccessibleDescription(
    /Enter what this person signs in with/,
  );
  await field(dialogue, 'Name to sign in with').fill('vera@example.com');
  await field(dialogue, 'Name').fill('Vera Lind');
  await expect(dialogue.getByRole('radio', { name: 'Viewer' }), 'the least by itself').toBeChecked();
  await button(dialogue, 'Add user').click();
  const url = await field(page, 'One-time link').inputValue();
  await button(page, 'Done').click();
  const row = table(page, 'Users').getByRole('row').filter({ hasText: 'vera@example.com' });
  await expect(row).toContainText('No password yet');

  const context = await browser.newContext();
  const hers = await context.newPage();
  await hers.goto(url);
  await expect(heading(hers, 'Welcome, Vera Lind')).toBeVisible();
  await expect(field(hers, 'You sign in with')).toHaveValue('vera@example.com');
  await field(hers, 'New password').fill('short');
  await field(hers, 'New password again').fill('short');
  await button(hers, 'Set password and sign in').click();
  await expect(field(hers, 'New password')).toHaveAccessibleDescription(/This has 5 of at least 12 characters/);
  await field(hers, 'New password').fill(ANOTHER);
  await field(hers, 'New password again').fill(ANOTHER);
  await button(hers, 'Set password and sign in').click();
  await expect(heading(hers, 'Home')).toBeVisible();

  await expect(menu(hers).getByRole('link')).toHaveText(['Home', 'Integrations']);
  for (const path of ['users', 'tokens', 'workspace', 'audit']) {
    await hers.goto(`${installation.origin}/administration/${path}`);
    await expect(
      hers
        .getByRole('main')
        .getByText(/your role|may not|no permission/i)
        .first(),
      path,
    ).toBeVisible();
    await expect(hers.getByRole('button', { name: /^(Add user|Make token|Save workspace)$/ }), path).toBeHidden();
    await expect(hers.getByRole('table')).toBeHidden();
  }
  await hers.goto(`${installation.origin}/integrations/halopsa/${id}/sync`);
  await expect(button(hers, 'Sync changes now')).toBeDisabled();
  await expect(button(hers, 'Sync changes now')).toHaveAccessibleDescription(/Your role may not start a sync/);
  await expect(button(hers, 'Pause')).toBeHidden();
  await link(tabs(hers, simulator.values['Tenant']), 'Connection').click();
  await expect(hers.getByText(/Your role may look at these values/)).toBeVisible();
  await expect(button(hers, 'Save And Sync')).toBeHidden();
  await expect(hers.getByRole('textbox')).toBeHidden();

  const again = await context.newPage();
  await again.goto(url);
  await expect(heading(again, 'This link has ended')).toBeVisible();
  await context.close();
});

test('one changes the password; everywhere else the session ends', async ({
  page,
  browser,
  administrator,
  installation,
}) => {
  expect((await administrator.get('/session')).state).toBe('signed_in');
  const context = await browser.newContext();
  const elsewhere = await context.newPage();
  await enterAs(elsewhere, installation, '/');
  await expect(menu(elsewhere)).toBeVisible();
  await enterAs(page, installation, '/account');
  const change = async (/** @type {string} */ present) => {
    await field(page, 'Present password').fill(present);
    await field(page, 'New password').fill(ANOTHER);
    await field(page, 'New password again').fill(ANOTHER);
    await button(page, 'Change password').click();
  };
  await change(WRONG);
  await expect(field(page, 'Present password')).toHaveAttribute('aria-invalid', 'true');
  await change(ANA.password);
  await expect(page.getByText('Your password is changed.')).toBeVisible();

  await link(menu(elsewhere), 'Integrations').click();
  await expect(heading(elsewhere, 'Sign in')).toBeVisible();
  await signIn(elsewhere, ANA.name, ANA.password);
  await expect(field(elsewhere, 'Password')).toHaveAttribute('aria-invalid', 'true');
  await signIn(elsewhere, ANA.name, ANOTHER);
  await expect(heading(elsewhere, 'Integrations')).toBeVisible();
  await context.close();
});

test('a token is shown once, does what it may, and is in the audit log', async ({
  page,
  playwright,
  administrator,
  installation,
}) => {
  expect((await administrator.get('/tokens')).length).toBe(0);
  await enterAs(page, installation, '/administration/tokens');
  await button(page, 'Make token').click();
  const dialogue = page.getByRole('dialog', { name: 'Make token' });
  await field(dialogue, 'Name').fill('Power BI');
  await dialogue.getByRole('checkbox', { name: 'See connections' }).check();
  await button(dialogue, 'Make token').click();
  const token = await field(page, 'Token').inputValue();
  expect(token).toMatch(/^hst_/);
  await button(page, 'Done').click();
  const row = table(page, 'API tokens').getByRole('row').filter({ hasText: 'Power BI' });
  await expect(row).toContainText('See data, See connections');
  expect(await page.content()).not.toContain(token);
  await page.reload();
  await expect(row).toBeVisible();
  expect(await page.content()).not.toContain(token);

  const program = await playwright.request.newContext({ extraHTTPHeaders: { authorization: `Bearer ${token}` } });
  const ask = async (/** @type {string} */ path) =>
    (await program.get(`${installation.origin}/api/v1${path}`)).status();
  expect(await ask('/connections')).toBe(200);
  expect(await ask('/users')).toBe(403);

  await button(page, 'End Power BI').click();
  await button(page, 'End token').click();
  await expect(row).toBeHidden();
  expect(await ask('/connections')).toBe(401);
  await program.dispose();
  await link(tabs(page, 'Administration'), 'Audit log').click();
  const audit = table(page, 'Audit log, newest first');
  const line = (/** @type {string} */ what) =>
    audit.getByRole('row').filter({ has: page.getByRole('rowheader', { name: what }) });
  await expect(line('Made an API token')).toContainText(ANA.name);
  await expect(line('Made an API token')).toContainText('Power BI');
  await expect(line('Ended an API token')).toBeVisible();
});

test('who guesses passwords has to wait', async ({ page, administrator, installation }) => {
  expect((await administrator.get('/session')).state).toBe('signed_in');
  await page.goto(`${installation.origin}/sign-in`);
  const notice = page.getByRole('alert').filter({ hasText: 'Too many attempts' });
  for (let times = 0; times < 6; times += 1) {
    const answered = page.waitForResponse(
      (answer) => answer.url().endsWith('/session') && answer.request().method() === 'POST',
    );
    await signIn(page, ANA.name, `${WRONG} ${times}`);
    await answered;
  }
  await expect(notice).toContainText(/Try again in \d+ s/);
  await expect(button(page, 'Sign in')).toBeDisabled();
  await expect(notice, 'it ends by itself').toBeHidden();
  await signIn(page, ANA.name, ANA.password);
  await expect(heading(page, `Welcome, ${ANA.display_name}`)).toBeVisible();
});
