import type { ConnectionDetail, ConnectionForm, Sample } from '../../../api/types';

/** What the fields hold. Numbers may be empty text while somebody types. */
export interface Values extends Record<string, unknown> {
  name: string;
  auth_url: string;
  resource_url: string;
  tenant: string;
  self_hosted: boolean;
  client_id: string;
  client_secret: string;
  allow_private_address: boolean;
  request_limit: number | string;
  window_seconds: number | string;
  reserve_percent: number | string;
}

export const DEFAULTS = { request_limit: 450, window_seconds: 300, reserve_percent: 20 };

const EMPTY: Values = {
  name: '',
  auth_url: '',
  resource_url: '',
  tenant: '',
  self_hosted: false,
  client_id: '',
  client_secret: '',
  allow_private_address: false,
  ...DEFAULTS,
};

export function valuesOf(detail: ConnectionDetail | null): Values {
  if (!detail) return EMPTY;
  const { name, auth_url, resource_url, client_id, allow_private_address } = detail;
  const { request_limit, window_seconds, reserve_percent } = detail;
  const tenant = detail.tenant ?? '';
  return {
    ...{ name, auth_url, resource_url, client_id, allow_private_address },
    ...{ request_limit, window_seconds, reserve_percent },
    tenant,
    self_hosted: tenant === '',
    client_secret: '',
  };
}

/** Somebody with the sample may fill in its values by a click; its addresses are private ones. */
export function sampleValues(sample: Sample): Partial<Values> {
  return { ...sample.values, self_hosted: false, allow_private_address: true };
}

/** Numbers may be text while somebody types. */
export function sameValues(one: Values, other: Values): boolean {
  return Object.keys(other).every((field) => String(one[field]) === String(other[field]));
}

export function isUntouched(values: Values): boolean {
  return ['auth_url', 'resource_url', 'tenant', 'client_id', 'client_secret'].every((field) => values[field] === '');
}

/** What is sent. An empty secret is left out: the kept one stays. */
export function formOf(values: Values): ConnectionForm {
  const text = (field: keyof Values) => String(values[field]).trim();
  const form: ConnectionForm = {
    auth_url: cleanAuthUrl(text('auth_url')),
    resource_url: text('resource_url'),
    tenant: text('tenant'),
    self_hosted: values.self_hosted,
    client_id: text('client_id'),
    allow_private_address: values.allow_private_address,
    request_limit: Number(values.request_limit),
    window_seconds: Number(values.window_seconds),
    reserve_percent: Number(values.reserve_percent),
  };
  if (values.client_secret !== '') form.client_secret = values.client_secret.trim();
  const name = text('name');
  if (name !== '') form.name = name;
  return form;
}

/** HaloPSA also shows the address with `/token` behind it; we add that ourselves. */
export function cleanAuthUrl(typed: string): string {
  return typed.trim().replace(/\/token\/?$/i, '');
}

function parse(typed: string): URL | null {
  try {
    return new URL(typed.trim());
  } catch {
    return null;
  }
}

/** The tenant that an address of HaloPSA's own hosting names: the first part of its host. */
export function tenantOf(authUrl: string): string {
  const host = parse(authUrl)?.hostname ?? '';
  const labels = host.split('.');
  const isAddress = /^[\d.]+$/.test(host) || host.startsWith('[');
  return labels.length >= 3 && !isAddress ? (labels[0] ?? '') : '';
}

/** The Resource URL that belongs to an Auth URL, where its shape is the usual one. */
export function looksLikeResource(authUrl: string): boolean {
  const path = parse(authUrl)?.pathname.replace(/\/+$/, '') ?? '';
  return /\/api$/i.test(path);
}

function looksLikeAuth(resourceUrl: string): boolean {
  const path = parse(resourceUrl)?.pathname.replace(/\/+$/, '') ?? '';
  return /\/auth(\/token)?$/i.test(path);
}

const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export type Warnings = Partial<Record<'auth_url' | 'resource_url' | 'tenant' | 'client_id', string>>;

/** What looks wrong but may be right: said, and never in the way of saving. */
export function warningsOf(values: Values): Warnings {
  const warnings: Warnings = {};
  if (looksLikeResource(values.auth_url)) {
    warnings.auth_url = 'This looks like the Resource URL; the Auth URL usually ends in /auth.';
  }
  if (looksLikeAuth(values.resource_url)) {
    warnings.resource_url = 'This looks like the Auth URL; the Resource URL usually ends in /api.';
  }
  const named = tenantOf(values.auth_url);
  const tenant = values.tenant.trim();
  if (named !== '' && tenant !== '' && tenant.toLowerCase() !== named.toLowerCase()) {
    warnings.tenant = `The Auth URL names ‘${named}’. Is this one right?`;
  }
  const id = values.client_id.trim();
  if (id !== '' && !GUID.test(id)) {
    warnings.client_id = 'Usually it has the form 00000000-0000-0000-0000-000000000000. Is it whole?';
  }
  return warnings;
}

export function urlProblem(typed: string, label: string, allowPrivate: boolean): string | null {
  if (typed.trim() === '') return `Enter the ${label}.`;
  const url = parse(typed);
  if (!url || !/^https?:$/.test(url.protocol)) return `The ${label} begins with https:// and names a host.`;
  if (url.protocol === 'http:' && !allowPrivate) {
    return `The ${label} must begin with https://. Plain http is for private addresses only: tick ‘Allow a private address’ under More.`;
  }
  return null;
}

export function tenantProblem(tenant: string, selfHosted: boolean): string | null {
  if (/\s/.test(tenant.trim())) return 'A tenant has no spaces.';
  if (tenant.trim() === '' && !selfHosted)
    return 'Enter the Tenant, or tick that this HaloPSA is hosted by yourselves.';
  return null;
}

export function numberProblem(value: number | string, least: number, most: number): string | null {
  const given = Number(value);
  if (value === '' || !Number.isInteger(given) || given < least || given > most) {
    return `Enter a whole number from ${least} to ${most}.`;
  }
  return null;
}

/** What the steps came to, and what that means. `isKept`: there is a connection already, which goes on. */
export function resultWords(of: 'test' | 'save', ok: boolean, isKept: boolean): { title: string; more?: string } {
  const test = of === 'test';
  if (ok) return { title: test ? 'The connection works. Nothing was saved: this was a test.' : 'Saved.' };
  if (!isKept) {
    return {
      title: test
        ? 'The connection does not work yet. Nothing was saved: this was a test.'
        : 'Nothing was saved: one of the steps below failed.',
    };
  }
  return {
    title: test
      ? 'These values do not work. Nothing was saved: this was a test.'
      : 'Nothing was saved: these values do not work.',
    more: `The connection goes on with the values of before. Mend what failed below and ${test ? 'test' : 'save'} again, or press Cancel.`,
  };
}
