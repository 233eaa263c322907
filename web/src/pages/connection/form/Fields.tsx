import { Button, Checkbox, Input, PasswordInput, Stack, TextInput } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConnectionDetail } from '../../../api/types';
import { Time } from '../../../ui/Time';
import classes from './form.module.css';
import type { ConnectionFormState } from './useConnectionForm';

/** In place of a field's help, so that the page does not move when it comes. */
function help(text: ReactNode, warning: string | undefined): ReactNode {
  return warning ? <span className={classes.warning}>{warning}</span> : text;
}

/** Nothing corrects or capitalises what is an address or an id. */
const exact = { autoComplete: 'off', autoCapitalize: 'none', autoCorrect: 'off', spellCheck: false } as const;

interface SecretProps {
  form: ConnectionFormState['form'];
  detail: ConnectionDetail | null;
  replacing: boolean;
  onReplace: () => void;
}

/** Write-only: of a kept secret the page knows when it was saved, and nothing else. */
function Secret({ form, detail, replacing, onReplace }: SecretProps) {
  if (!detail || replacing) {
    return (
      <PasswordInput
        key={form.key('client_secret')}
        label="Client Secret"
        description="HaloPSA shows it once. It is kept encrypted and never shown again."
        {...exact}
        autoComplete="new-password"
        aria-required
        autoFocus={replacing}
        {...form.getInputProps('client_secret')}
      />
    );
  }
  const { secret_saved_at: at, secret_saved_by: by } = detail;
  return (
    <Input.Wrapper label="Client Secret" labelElement="div">
      <div className={classes.saved}>
        <span>
          Saved
          {at && (
            <>
              {' '}
              <Time at={at} />
            </>
          )}
          {by && ` by ${by}`}.
        </span>
        <Button variant="default" size="compact-sm" onClick={onReplace} aria-label="Replace the Client Secret">
          Replace
        </Button>
      </div>
    </Input.Wrapper>
  );
}

interface Props extends SecretProps {
  warnings: ConnectionFormState['warnings'];
}

/** The five values that HaloPSA shows, in the order in which it is set up. */
export function Fields({ warnings, ...secret }: Props) {
  const { form } = secret;
  return (
    <Stack gap="md">
      <TextInput
        key={form.key('auth_url')}
        label="Auth URL"
        description={help(
          <>
            HaloPSA: Configuration › Integrations › HaloPSA API, <em>Authorization Server</em>.
          </>,
          warnings.auth_url,
        )}
        placeholder="https://acme.halopsa.com/auth"
        inputMode="url"
        aria-required
        {...exact}
        {...form.getInputProps('auth_url')}
      />
      <TextInput
        key={form.key('resource_url')}
        label="Resource URL"
        description={help(
          <>
            Same page, <em>Resource Server</em>.
          </>,
          warnings.resource_url,
        )}
        placeholder="https://acme.halopsa.com/api"
        inputMode="url"
        aria-required
        {...exact}
        {...form.getInputProps('resource_url')}
      />
      <div>
        <TextInput
          key={form.key('tenant')}
          label="Tenant"
          description={help(
            <>
              The name in your HaloPSA address, e.g. <em>acme</em>.
            </>,
            warnings.tenant,
          )}
          aria-required
          {...exact}
          {...form.getInputProps('tenant')}
        />
        <Checkbox
          key={form.key('self_hosted')}
          mt="xs"
          size="xs"
          label="Self-hosted HaloPSA without a tenant"
          {...form.getInputProps('self_hosted', { type: 'checkbox' })}
        />
      </div>
      <TextInput
        key={form.key('client_id')}
        label="Client ID"
        description={help(
          <>
            From <em>View Applications</em> › your application.
          </>,
          warnings.client_id,
        )}
        aria-required
        {...exact}
        {...form.getInputProps('client_id')}
      />
      <Secret {...secret} />
    </Stack>
  );
}
