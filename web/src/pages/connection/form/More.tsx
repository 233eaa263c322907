import { Checkbox, NumberInput, Stack, TextInput } from '@mantine/core';
import classes from './form.module.css';
import type { Form } from './useConnectionForm';

interface Props {
  form: Form;
  open: boolean;
  onToggle: (open: boolean) => void;
}

/** What most people leave as it is. */
export function More({ form, open, onToggle }: Props) {
  return (
    <details className={classes.more} open={open} onToggle={(event) => onToggle(event.currentTarget.open)}>
      <summary>More</summary>
      <Stack gap="md" mt="sm">
        <TextInput
          key={form.key('name')}
          label="Name of this connection"
          description="Shown in Haloscope only. Useful when several HaloPSA are connected."
          placeholder="HaloPSA"
          {...form.getInputProps('name')}
        />
        <Checkbox
          key={form.key('allow_private_address')}
          label="Allow a private address"
          description="For a HaloPSA inside your own network (10.x, 192.168.x, localhost). Otherwise such addresses are refused, so that nobody can use this form to reach machines behind your firewall."
          {...form.getInputProps('allow_private_address', { type: 'checkbox' })}
        />
        <div className={classes.three}>
          <NumberInput
            key={form.key('request_limit')}
            label="Request limit"
            description="HaloPSA's: 450"
            min={1}
            max={100_000}
            allowDecimal={false}
            {...form.getInputProps('request_limit')}
          />
          <NumberInput
            key={form.key('window_seconds')}
            label="within (seconds)"
            description="HaloPSA's: 300"
            min={1}
            max={86_400}
            allowDecimal={false}
            {...form.getInputProps('window_seconds')}
          />
          <NumberInput
            key={form.key('reserve_percent')}
            label="Keep free (percent)"
            description="For others: 20"
            min={0}
            max={90}
            allowDecimal={false}
            {...form.getInputProps('reserve_percent')}
          />
        </div>
        <p className={classes.note}>
          HaloPSA counts the requests of all integrations of a tenant together. What we keep free stays for your others,
          and a limit that HaloPSA refuses at earlier is learned.
        </p>
      </Stack>
    </details>
  );
}
