import { type UseFormReturnType, useForm } from '@mantine/form';
import { useRef, useState } from 'react';
import type { ConnectionDetail } from '../../../api/types';
import { sayInvalid } from '../../../ui/problem';
import {
  cleanAuthUrl,
  numberProblem,
  sameValues,
  tenantOf,
  tenantProblem,
  urlProblem,
  type Values,
  valuesOf,
  type Warnings,
  warningsOf,
} from './values';

export type Form = UseFormReturnType<Values>;

export interface ConnectionFormState {
  form: Form;
  warnings: Warnings;
  /** For the form's `onBlur`: what is tidied and warned of when a field is left. */
  onLeave: () => void;
  /** Something differs from what is kept. */
  changed: boolean;
  /** Everything as it is kept. */
  reset: () => void;
}

export function useConnectionForm(detail: ConnectionDetail | null, secretIsKept: boolean): ConnectionFormState {
  const [warnings, setWarnings] = useState<Warnings>({});
  const [changed, setChanged] = useState(false);
  const kept = valuesOf(detail);
  /** What we filled in as Tenant: while it still stands there, nobody else has touched the field. */
  const filled = useRef('');
  const form = useForm<Values>({
    mode: 'uncontrolled',
    enhanceGetInputProps: sayInvalid,
    initialValues: kept,
    onValuesChange: (values) => setChanged(!sameValues(values, kept)),
    validate: {
      auth_url: (url, { allow_private_address }) => urlProblem(url, 'Auth URL', allow_private_address),
      resource_url: (url, { allow_private_address }) => urlProblem(url, 'Resource URL', allow_private_address),
      tenant: (tenant, { self_hosted }) => tenantProblem(tenant, self_hosted),
      client_id: (id) => (id.trim() ? null : 'Enter the Client ID.'),
      client_secret: (secret) => (secret.trim() || secretIsKept ? null : 'Enter the Client Secret.'),
      request_limit: (value) => numberProblem(value, 1, 100_000),
      window_seconds: (value) => numberProblem(value, 1, 86_400),
      reserve_percent: (value) => numberProblem(value, 0, 90),
    },
  });
  form.watch('auth_url', ({ value }) => {
    const { tenant, self_hosted } = form.getValues();
    if (detail || self_hosted || tenant !== filled.current) return;
    const found = tenantOf(value);
    if (found === filled.current) return;
    filled.current = found;
    form.setFieldValue('tenant', found);
  });
  const onLeave = () => {
    const values = form.getValues();
    const clean = cleanAuthUrl(values.auth_url);
    if (clean !== values.auth_url) form.setFieldValue('auth_url', clean);
    setWarnings(warningsOf({ ...values, auth_url: clean }));
  };
  const reset = () => {
    form.setInitialValues(kept);
    form.setValues(kept);
    form.clearErrors();
    setWarnings({});
    setChanged(false);
  };
  return { form, warnings, onLeave, changed, reset };
}
