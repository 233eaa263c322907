import { Anchor, Code } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Plain } from './Plain';

/** A one-time link that was used, is too old, or was copied without its end. */
export function LinkEnded() {
  return (
    <Plain title="This link has ended" about="It was used already, its time is over, or it was not copied completely.">
      <p>
        Ask an administrator for a new one, or run <Code>haloscope user link</Code> on the server: it prints one.
      </p>
      <p>
        <Anchor component={Link} to="/sign-in">
          Sign in with your password
        </Anchor>
      </p>
    </Plain>
  );
}
